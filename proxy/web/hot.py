"""What was answered lately, ready to be sent again: one look-up, one check, one write.

An answer stays true until something that it depends on changes. Its package's counter and the epoch say so for decisions, looks
and everything else that is written down (`proxy.shared.counters`); an instant says so for what time changes. The counters are
those from *before* the verdict that the answer gives, so whatever changes afterwards makes it void, in every worker, at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from aiohttp import HttpVersion11, web

from proxy.access.keyring import ANONYMOUS_ACTOR, Identity, Keyring
from proxy.access.permissions import Permission
from proxy.access.records import Access
from proxy.access.store import AccessLog
from proxy.access.who import Callers, told
from proxy.clock import TrustedTime
from proxy.registry.memory import Memory
from proxy.shared.counters import CREDENTIALS, EPOCH, Counters
from proxy.shared.stamps import Stamp
from proxy.web.metrics import Metrics
from proxy.web.requests import none_match
from proxy.web.sent import Entry, Sent
from proxy.web.usage import Usage
from quarantine.package import PackageName

Key = tuple[str, str | None, str | None, str | None, bool, str | None]
"""Raw target, how the client reaches us, Accept, Accept-Encoding, whether it is `npm ci` that asks, audience."""

MOST_IDENTITIES = 10_000
"""Callers of whom it is remembered who they are."""

ENTRY = 2000
"""About how many bytes an entry takes besides its body."""

OPEN_FILE = 2**14
"""What an open file counts for among bytes, so that a budget of 16 MiB keeps no more than 1,000 open."""

FORWARDED = ("X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix")


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who may read, as found out before."""

    identity: Identity
    credentials: int
    """The counter of credentials as it was before."""
    until: float
    """In elapsed seconds: when the credential expires."""


@dataclass(slots=True)
class Counts:
    """How often it was of use."""

    hits: int = 0
    misses: int = 0


class Hot:
    """The answers of one worker that are still true."""

    def __init__(
        self,
        counters: Counters,
        time: TrustedTime,
        callers: Callers,
        keyring: Keyring,
        usage: Usage,
        metrics: Metrics,
        records: AccessLog,
        *,
        memory: int,
        tag: str,
    ) -> None:
        """`memory` in bytes is for tarballs, and an eighth of it for the rest, whose bodies are counted where they are rendered.

        `tag` begins every request's id.
        """
        self._counters, self._slots = counters, counters.slots
        self._time, self._callers, self._keyring = time, callers, keyring
        self._usage, self._metrics, self._records = usage, metrics, records
        self._documents: Memory[Key, Entry] = Memory(memory // 8)
        self._tarballs: Memory[Key, Entry] = Memory(memory)
        self._known: dict[tuple[str | None, str], Known] = {}
        self._tag, self._number = tag, 0
        self._making: set[asyncio.Task[None]] = set()
        self.counts = Counts()

    def stamp(self, name: PackageName) -> Stamp:
        """See Stamp."""
        return Stamp.of(self._counters, name)

    @property
    def credentials(self) -> int:
        """The counter of credentials, to be taken before somebody is identified."""
        return self._slots[CREDENTIALS]

    def know(self, authorization: str | None, address: str, identity: Identity, credentials: int) -> None:
        """Remember who presents this header from this address."""
        if Permission.READ not in identity.permissions:
            return
        until = float("inf")
        if identity.actor != ANONYMOUS_ACTOR:
            credential = self._keyring.find(identity.actor)
            if credential is None:
                return
            if credential.expires is not None:
                until = self._time.elapsed() + (credential.expires - self._time.now()).total_seconds()
        if len(self._known) >= MOST_IDENTITIES:
            self._known.clear()
        self._known[authorization, address] = Known(identity, credentials, until)

    def key(self, request: web.BaseRequest, identity: Identity) -> Key:
        """What an answer to this request depends on, besides what its entry says."""
        headers = request.headers
        how = self._reached(request) if self._callers.speaks_for_others(request.remote) else headers.get("Host")
        command = headers.get("npm-command") == "ci"
        return (request.raw_path, how, headers.get("Accept"), headers.get("Accept-Encoding"), command, identity.audience)

    def keep(self, key: Key, entry: Entry) -> None:
        """Remember an answer."""
        weight = ENTRY + len(key[0]) + len(key[2] or "")
        if entry.kind == "tarball":
            held = len(entry.content) if isinstance(entry.content, bytes) else OPEN_FILE
            self._tarballs.put(key, entry, weight + held)
        else:
            self._documents.put(key, entry, weight)

    def keep_later(self, key: Key, making: Coroutine[Any, Any, Entry | None]) -> None:
        """Remember what is still being made; nobody waits for it."""

        async def keep() -> None:
            if (entry := await making) is not None:
                self.keep(key, entry)

        task = asyncio.ensure_future(keep())
        self._making.add(task)
        task.add_done_callback(self._making.discard)

    async def close(self) -> None:
        """End what is being made."""
        for task in self._making:
            task.cancel()
        await asyncio.gather(*self._making, return_exceptions=True)

    def answer(self, request: web.BaseRequest) -> Sent | None:
        """The answer to a request, where one is at hand and true; the request is then recorded, too."""
        headers = request.headers
        if request.method != "GET" or request.version != HttpVersion11 or "Range" in headers or "Via" in headers:
            return None
        address, how = request.remote or "unknown", headers.get("Host")
        if self._callers.speaks_for_others(request.remote):
            address = self._callers.caller(request.remote, headers, secure=request.secure).address
            how = self._reached(request)
        elapsed = self._time.elapsed()
        authorization = headers.get("Authorization")
        known = self._known.get((authorization, address))
        if known is None or known.credentials != self._slots[CREDENTIALS] or elapsed >= known.until:
            return None
        identity = known.identity
        target, command = request.raw_path, headers.get("npm-command")
        memory = self._tarballs if target.endswith(".tgz") else self._documents
        key = (target, how, headers.get("Accept"), headers.get("Accept-Encoding"), command == "ci", identity.audience)
        entry = memory.get(key)
        if entry is None:
            self.counts.misses += 1
            return None
        stamp, slots = entry.stamp, self._slots
        if slots[EPOCH] != stamp.epoch or slots[stamp.slot] != stamp.changes or elapsed >= entry.until:
            memory.drop(key)
            self.counts.misses += 1
            return None
        if not identity.concerns(entry.name) or not request.keep_alive:
            return None
        self.counts.hits += 1
        return self._sent(request, entry, identity, address, command, elapsed)

    def _sent(
        self, request: web.BaseRequest, entry: Entry, identity: Identity, address: str, command: str | None, elapsed: float
    ) -> Sent:
        now = self._time.now()
        entry.fresh(elapsed, now.timestamp())
        self._number += 1
        request_id = f"{self._tag}{self._number:x}\r\n\r\n".encode()
        condition = request.headers.get("If-None-Match")
        same = condition is not None and (condition == entry.etag or none_match(condition, entry.etag))
        sent = Sent(304, entry.same + request_id) if same else Sent(200, entry.ok + request_id, entry.content)
        self._usage.asked(entry.name)
        credential = identity.actor if identity.actor != ANONYMOUS_ACTOR else None
        if credential is not None:
            self._keyring.was_used(credential, now)
        agent = told(request.headers.get("User-Agent", ""), 200)
        command = told(command, 40) if command else None
        self._records.note(
            Access(now, entry.kind, entry.name, entry.version, "served", address, agent, command or None, credential)
        )
        self._metrics.request(entry.kind, "served", self._time.elapsed() - elapsed)
        return sent

    def _reached(self, request: web.BaseRequest) -> str:
        """How a client reaches us through a front, as one text."""
        told = [",".join(request.headers.getall(name, [])) for name in (*FORWARDED, "Host")]
        return "\n".join(told)
