"""What was answered lately, ready to be sent again: one look-up, one check, one write.

An answer stays true until something that it depends on changes. Its package's counter and the epoch say so for decisions, looks
and everything else that is written down (`proxy.shared.counters`); an instant says so for what time changes. The counters are
those from *before* the verdict that the answer gives, so whatever changes afterwards makes it void, in every worker, at once.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import HttpVersion11, web
from aiohttp.http import RawRequestMessage
from multidict import CIMultiDictProxy

from proxy.access.keyring import ANONYMOUS_ACTOR, Identity, Keyring
from proxy.access.permissions import Permission
from proxy.access.records import Access
from proxy.access.store import AccessLog
from proxy.access.who import Callers, told
from proxy.clock import TrustedTime
from proxy.registry.memory import Memory
from proxy.registry.verified_file import VerifiedFile
from proxy.shared.counters import CREDENTIALS, EPOCH, Counters
from proxy.shared.stamps import Stamp
from proxy.web.metrics import Metrics
from proxy.web.pinning import PINNED
from proxy.web.rendered import Rendering
from proxy.web.requests import none_match
from proxy.web.sent import CHUNK, JOINED, Entry, Sent
from proxy.web.usage import Usage
from quarantine.package import PackageName

Key = tuple[str, str | None, str | None, str | None, bool, str | None]
"""Raw target, how the client reaches us, Accept, Accept-Encoding, whether it is `npm ci` that asks, audience."""

MOST_IDENTITIES = 10_000
"""Callers of whom it is remembered who they are."""

ENTRY = 2000
"""About how many bytes an entry takes besides its body."""

OPEN_FILE = 2**10
"""What an open file counts for among bytes, at least."""

FORWARDED = ("X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix")


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who may read, as found out before."""

    identity: Identity
    credentials: int
    """The counter of credentials as it was before."""
    until: float
    """In elapsed seconds: when the credential expires."""


class Found(NamedTuple):
    """An entry that is true for a request."""

    entry: Entry
    identity: Identity
    address: str
    headers: CIMultiDictProxy[str]
    elapsed: float


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
        rendering: Rendering,
        *,
        documents: int,
        tarballs: int,
        instance: str,
        tag: str,
    ) -> None:
        """Budgets in bytes for each sort of answer; `instance` is our name in `Via`; `tag` begins every request's id."""
        self._counters, self._slots = counters, counters.slots
        self._time, self._callers, self._keyring = time, callers, keyring
        self._usage, self._metrics, self._records, self._rendering = usage, metrics, records, rendering
        self._documents: Memory[Key, Entry] = Memory(documents)
        self._tarballs: Memory[Key, Entry] = Memory(tarballs)
        # No more than half of the files that this process may have open.
        self._open_file = max(OPEN_FILE, tarballs // max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2))
        self._known: dict[tuple[str | None, str], Known] = {}
        self._instance, self._tag, self._number = instance, tag, 0
        self._making: dict[Key, asyncio.Task[None]] = {}
        self.hits = 0
        """Answers sent so far."""

    def stamp(self, name: PackageName) -> Stamp:
        """See Stamp."""
        return Stamp.of(self._counters, name)

    def is_current(self, stamp: Stamp) -> bool:
        """Whether nothing has changed since it was taken."""
        return self._slots[EPOCH] == stamp.epoch and self._slots[stamp.slot] == stamp.changes

    @property
    def credentials(self) -> int:
        """The counter of credentials, to be taken before somebody is identified."""
        return self._slots[CREDENTIALS]

    def know(self, authorization: str | None, address: str, identity: Identity, credentials: int) -> None:
        """Remember who presents this header from this address."""
        if Permission.READ not in identity.permissions or (identity.actor == ANONYMOUS_ACTOR and authorization is not None):
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

    def key(self, request: web.BaseRequest, identity: Identity) -> Key | None:
        """What an answer to this request depends on, besides what its entry says; None for one that could not be found again."""
        message = request._message
        if not request.keep_alive or not self._is_plain(message):
            return None
        return _key(message, self._how(message.headers, request.remote), identity.audience)

    def _is_plain(self, message: RawRequestMessage) -> bool:
        """Whether it is one of the many that ask for a whole document or tarball, and for nothing else."""
        headers = message.headers
        if message.method != "GET" or message.version != HttpVersion11 or message.should_close or "Range" in headers:
            return False
        return "Via" not in headers or not any(self._instance in line for line in headers.getall("Via"))

    def _how(self, headers: CIMultiDictProxy[str], remote: str | None) -> str | None:
        """How the client reaches us, as one text."""
        if not self._callers.speaks_for_others(remote):
            return headers.get("Host")
        return "\n".join(",".join(headers.getall(name, [])) for name in (*FORWARDED, "Host"))

    def keep(self, key: Key, entry: Entry) -> None:
        """Remember an answer."""
        weight = ENTRY + sum(len(part) for part in key if isinstance(part, str))
        # What was rendered counts where it is kept.
        held = 0 if isinstance(entry.content, str) else self._open_file
        held = entry.length if isinstance(entry.content, bytes) else held
        self._memory_of(key[0]).put(key, entry, weight + held)

    def _memory_of(self, target: str) -> Memory[Key, Entry]:
        return self._tarballs if target.endswith(".tgz") else self._documents

    def keep_later(self, key: Key, making: Callable[[], Awaitable[Entry | None]]) -> None:
        """Remember what is still being made, unless it is being made already; nobody waits for it."""
        if key in self._making:
            return

        async def keep() -> None:
            if (entry := await making()) is not None:
                self.keep(key, entry)

        self._making[key] = task = asyncio.ensure_future(keep())
        task.add_done_callback(lambda _: self._making.pop(key, None))

    async def close(self) -> None:
        """End what is being made."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def answer(self, request: web.BaseRequest) -> Sent | None:
        """The answer to a request, where one is known and true; the request is then recorded, too."""
        # Not while the server stops, when every answer says that it is the last of its connection.
        found = self._find(request._message, request.remote, secure=request.secure) if request.keep_alive else None
        if found is None:
            return None
        content = self._content(found.entry)
        if content is None:
            content = await self._rendering.stored(str(found.entry.content))
            # What was true before the disk was read need not be any more, nor the credential count.
            again = self._find(request._message, request.remote, secure=request.secure)
            if content is None or again is None or again.entry is not found.entry:
                return None
        status, head = self._head(found)
        return Sent(status, head, content if status == 200 else b"")

    def at_once(self, message: RawRequestMessage, remote: str | None, *, secure: bool) -> tuple[bytes | bytearray, ...] | None:
        """The same as bytes, where all of them are in memory."""
        found = self._find(message, remote, secure=secure)
        if found is None:
            return None
        content = self._whole(found.entry)
        if content is None:
            return None
        status, head = self._head(found)
        if status == 304:
            return (head,)
        return (head + content,) if len(content) < JOINED else (head, content)

    def _whole(self, entry: Entry) -> bytes | bytearray | None:
        """All that follows the head; None where it is not in memory, or too much to be sent at once."""
        kept = self._content(entry)
        if not isinstance(kept, VerifiedFile):
            return kept
        return kept.at_hand(0, kept.size) if kept.size <= CHUNK else None

    def _content(self, entry: Entry) -> bytes | VerifiedFile | None:
        """What follows the head; None where it is on disk only."""
        return self._rendering.at_hand(entry.content) if isinstance(entry.content, str) else entry.content

    def _find(self, message: RawRequestMessage, remote: str | None, *, secure: bool) -> Found | None:
        if not self._is_plain(message):
            return None
        headers, address = message.headers, remote or "unknown"
        if self._callers.speaks_for_others(remote):
            address = self._callers.caller(remote, headers, secure=secure).address
        elapsed = self._time.elapsed()
        known = self._known.get((headers.get("Authorization"), address))
        if known is None or known.credentials != self._slots[CREDENTIALS] or elapsed >= known.until:
            return None
        identity, memory = known.identity, self._memory_of(message.path)
        key = _key(message, self._how(headers, remote), identity.audience)
        entry = memory.get(key)
        if entry is None:
            return None
        if elapsed >= entry.until or not self.is_current(entry.stamp):
            memory.drop(key)
            return None
        if entry.integrity is not None and headers.get(PINNED, entry.integrity) != entry.integrity:
            return None
        return Found(entry, identity, address, headers, elapsed) if identity.concerns(entry.name) else None

    def _head(self, found: Found) -> tuple[int, bytes]:
        """What goes before the content, made and recorded."""
        entry, headers = found.entry, found.headers
        self.hits += 1
        now = self._time.now()
        entry.fresh(found.elapsed, now.timestamp())
        self._number += 1
        request_id = f"{self._tag}{self._number:04x}\r\n\r\n".encode()
        condition = headers.get("If-None-Match")
        same = condition is not None and (condition == entry.etag or none_match(condition, entry.etag))
        self._usage.asked(entry.name)
        actor = found.identity.actor
        credential = actor if actor != ANONYMOUS_ACTOR else None
        if credential is not None:
            self._keyring.was_used(credential, now)
        agent = told(headers.get("User-Agent", ""), 200)
        command = told(headers.get("npm-command", ""), 40) or None
        self._records.note(
            Access(now, entry.kind, entry.name, entry.version, "served", found.address, agent, command, credential)
        )
        self._metrics.request(entry.kind, "served", self._time.elapsed() - found.elapsed)
        return (304, entry.same + request_id) if same else (200, entry.ok + request_id)


def _key(message: RawRequestMessage, how: str | None, audience: str | None) -> Key:
    headers = message.headers
    told_ci = headers.get("npm-command") == "ci"
    return (message.path, how, headers.get("Accept"), headers.get("Accept-Encoding"), told_ci, audience)
