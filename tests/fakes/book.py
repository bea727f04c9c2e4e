"""A book in memory, for the tests of whatever uses one: the same promises, nothing kept on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from proxy.ledger import book_payloads as payloads
from proxy.ledger.book_images import (
    CREDENTIAL,
    DECISION,
    FREEZE,
    credential_image,
    decision_image,
    freeze_image,
    kept,
    numbered,
)
from proxy.ledger.book_replay import Replay, Tables
from proxy.ledger.errors import explained
from quarantine.audit import GENESIS, Break, Checkpoint, Entry, check_chain, seal
from quarantine.book import Draft, Freeze, UnknownDecision
from quarantine.credentials import Credential
from quarantine.decision import Decision
from quarantine.lifecycle import IllegalTransition, check_withdrawal


class MemoryBook:
    """A `Book`. Each method does everything between two awaits, so none is ever seen half done."""

    def __init__(self, origin: str = "https://registry.example") -> None:
        self._origin = origin
        self._decisions: dict[int, Decision] = {}
        self._credentials: dict[str, Credential] = {}
        self._names: dict[str, str | None] = {}
        self._freeze: Freeze | None = None
        self._entries: list[Entry] = []

    async def decisions(self, *, withdrawn: bool = False) -> Sequence[Decision]:
        return [each for each in self._decisions.values() if withdrawn or each.withdrawn is None]

    async def changes(self, after: int) -> Sequence[Decision]:
        return [each for each in self._decisions.values() if each.number > after or each.withdrawn is not None]

    async def decide(self, drafts: Sequence[Draft], kind: str, actor: str, at: datetime) -> Sequence[Decision]:
        if not drafts:
            return ()
        for draft in drafts:
            newest = max((each.number for each in self._decisions.values() if each.subject.name == draft.subject.name), default=0)
            if draft.seen is not None and newest > draft.seen:
                raise IllegalTransition(f"somebody decided about {draft.subject.name} meanwhile (decision {newest})")
        made = [numbered(draft, number, actor, at) for number, draft in enumerate(drafts, len(self._decisions) + 1)]
        with explained("write", "memory"):
            self._append(payloads.deciding(made, self._origin), kind, actor, at)
        self._decisions.update((each.number, each) for each in made)
        return made

    async def withdraw(self, number: int, reason: str, actor: str, at: datetime) -> Decision:
        if number not in self._decisions:
            raise UnknownDecision(f"there is no decision {number}")
        check_withdrawal(self._decisions[number], at, self._freeze.since if self._freeze is not None else None)
        with explained("write", "memory"):
            self._append(payloads.withdrawing(number, reason, at), payloads.WITHDRAW, actor, at)
        self._decisions[number] = replace(self._decisions[number], withdrawn=at)
        return self._decisions[number]

    async def freeze(self) -> Freeze | None:
        return self._freeze

    async def set_freeze(self, freeze: Freeze | None, reason: str, actor: str, at: datetime) -> None:
        kind = payloads.THAW if freeze is None else payloads.FREEZE
        with explained("write", "memory"):
            self._append(payloads.freezing(freeze, reason), kind, actor, at)
        self._freeze = freeze

    async def credentials(self) -> Sequence[Credential]:
        return sorted(self._credentials.values(), key=lambda each: (each.created, each.id))

    async def issue(self, credential: Credential, name: str | None, actor: str, at: datetime) -> None:
        if any(credential.id == each.id or credential.digest == each.digest for each in self._credentials.values()):
            raise IllegalTransition(f"there is a credential {credential.id}, or one of the same secret, already")
        with explained("write", "memory"):
            self._append(payloads.issuing(credential), payloads.TOKEN_CREATED, actor, at)
        self._credentials[credential.id] = credential
        self._names[credential.id] = name

    async def revoke(self, id: str, reason: str, actor: str, at: datetime) -> Credential:
        if id not in self._credentials:
            raise UnknownDecision(f"there is no credential {id}")
        if self._credentials[id].revoked is not None:
            raise IllegalTransition(f"credential {id} was revoked already")
        with explained("write", "memory"):
            self._append(payloads.revoking(id, reason, at), payloads.TOKEN_REVOKED, actor, at)
        self._credentials[id] = replace(self._credentials[id], revoked=at)
        return self._credentials[id]

    async def used(self, last_used: Mapping[str, datetime]) -> None:
        for id in last_used.keys() & self._credentials.keys():
            before = self._credentials[id].last_used
            if before is None or before < last_used[id]:
                self._credentials[id] = replace(self._credentials[id], last_used=last_used[id])

    async def log(self, kind: str, payload: Mapping[str, object], actor: str, at: datetime) -> Entry:
        with explained("write", "memory"):
            return self._append(payloads.saying(payload), kind, actor, at)

    async def actor_name(self, actor: str) -> str | None:
        return self._names.get(actor)

    async def erase_actor(self, actor: str) -> bool:
        if self._names.get(actor) is None:
            return False
        self._names[actor] = None
        return True

    async def entries(self, after: int = 0) -> AsyncIterator[Entry]:
        for entry in self._entries[after:]:
            yield entry

    async def head(self) -> Checkpoint | None:
        return Checkpoint(self._entries[-1].number, self._entries[-1].hash) if self._entries else None

    async def verify(self, kept: Checkpoint | None = None) -> Sequence[Break]:
        replay = Replay()
        for entry in self._entries:
            replay.take(entry)
        return check_chain(self._entries, await self.head(), kept) + replay.compare(self._tables())

    def _append(self, payload: str, kind: str, actor: str, at: datetime) -> Entry:
        previous = self._entries[-1].hash if self._entries else GENESIS
        self._entries.append(seal(len(self._entries) + 1, at, actor, kind, payload, previous))
        return self._entries[-1]

    def _tables(self) -> Tables:
        images = [decision_image(each, self._origin) for each in self._decisions.values()]
        return Tables(
            [kept(DECISION, image) | {"origin": image["origin"]} for image in images],
            [kept(CREDENTIAL, credential_image(each)) for each in self._credentials.values()],
            [kept(FREEZE, freeze_image(self._freeze))] if self._freeze else [],
            list(self._names),
        )
