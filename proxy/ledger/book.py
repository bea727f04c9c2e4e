"""The book in a database: each method is one hop into a database thread, and one transaction there, entry included."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from proxy.ledger import book_work as work
from proxy.ledger.book_payloads import saying
from proxy.ledger.book_verify import verify
from proxy.ledger.database import Database
from proxy.ledger.sql import SqlLedger
from proxy.shared.counters import CREDENTIALS, DECISIONS, EPOCH, Counters
from quarantine.audit import Break, Checkpoint, Entry
from quarantine.book import Draft, Freeze
from quarantine.credentials import Credential
from quarantine.decision import Decision

PAGE = 200
"""Entries that are read at once; between two pages the log may grow, and never changes otherwise."""


class SqlBook:
    """Decisions of one upstream origin; credentials, freeze and log of the whole installation.

    Several processes may write at once. Errors of the database come out as LedgerFailed; then nothing has changed. Counters are
    bumped after each change, before whoever waits for it goes on.
    """

    def __init__(self, database: Database, origin: str, origin_id: int, counters: Counters | None = None) -> None:
        self._counters = counters
        self._database = database
        self._origin = origin
        self._id = origin_id

    @classmethod
    async def beside(cls, ledger: SqlLedger) -> SqlBook:
        """The book that lies in a ledger's database and uses its threads; usable until the ledger is closed."""
        return cls(ledger.database, ledger.origin, ledger.origin_id, ledger.counters)

    async def decisions(self, *, withdrawn: bool = False) -> Sequence[Decision]:
        """All decisions by number; expired ones too, withdrawn ones on request."""
        return await self._database.read(partial(work.all_decisions, origin=self._id, withdrawn=withdrawn))

    async def changes(self, after: int) -> Sequence[Decision]:
        """Decisions with a higher number, and all withdrawn ones, by number."""
        return await self._database.read(partial(work.changed_decisions, origin=self._id, after=after))

    async def decide(self, drafts: Sequence[Draft], kind: str, actor: str, at: datetime) -> Sequence[Decision]:
        """Write decisions, all or none, with one log entry of this kind; nothing, and no entry, where there are none."""
        if not drafts:
            return ()
        decide = partial(work.decide, origin=self._id, origin_name=self._origin, drafts=tuple(drafts))
        packages = {Counters.package_slot(draft.subject.name) for draft in drafts}
        return await self._database.write(partial(decide, kind=kind, actor=actor, at=at), self._telling(DECISIONS, *packages))

    async def withdraw(self, number: int, reason: str, actor: str, at: datetime) -> Decision:
        """Mark a decision as withdrawn. Raises UnknownDecision; IllegalTransition where it no longer counts."""
        withdraw = partial(work.withdraw, origin=self._id, number=number, reason=reason)
        # Which package it is about is known only afterwards, and withdrawals are rare.
        return await self._database.write(partial(withdraw, actor=actor, at=at), self._telling(DECISIONS, EPOCH))

    async def freeze(self) -> Freeze | None:
        """The freeze in force."""
        return await self._database.read(work.freeze)

    async def set_freeze(self, freeze: Freeze | None, reason: str, actor: str, at: datetime) -> None:
        """Stop all new admissions, or go on (`None`)."""
        set_freeze = partial(work.set_freeze, wanted=freeze, reason=reason)
        await self._database.write(partial(set_freeze, actor=actor, at=at), self._telling(EPOCH))

    async def credentials(self) -> Sequence[Credential]:
        """All credentials, the oldest first; revoked and expired ones too."""
        return await self._database.read(work.all_credentials)

    async def issue(self, credential: Credential, name: str | None, actor: str, at: datetime) -> None:
        """Keep a new credential and its owner's name. Raises IllegalTransition where its id or secret is known already."""
        issue = partial(work.issue, credential=credential, name=name)
        await self._database.write(partial(issue, actor=actor, at=at), self._telling(CREDENTIALS))

    async def revoke(self, id: str, reason: str, actor: str, at: datetime) -> Credential:
        """Revoke a credential. Raises UnknownDecision; IllegalTransition where it was revoked already."""
        revoke = partial(work.revoke, id=id, reason=reason)
        return await self._database.write(partial(revoke, actor=actor, at=at), self._telling(CREDENTIALS))

    async def used(self, last_used: Mapping[str, datetime]) -> None:
        """Keep when credentials were last used, never backwards; not an event of the log."""
        await self._database.write(partial(work.used, last_used=dict(last_used)))

    async def log(self, kind: str, payload: Mapping[str, object], actor: str, at: datetime) -> Entry:
        """An entry that changes nothing else. Raises ValueError or TypeError for a payload that it cannot hold."""
        return await self._database.write(lambda connection: work.append(connection, saying(payload), kind, actor, at))

    async def actor_name(self, actor: str) -> str | None:
        """The name behind an id; None when it was never given, or erased."""
        return await self._database.read(partial(work.actor_name, actor=actor))

    async def erase_actor(self, actor: str) -> bool:
        """Forget a name; whether there was one. The log stays whole, since it holds ids only."""
        return await self._database.write(partial(work.erase_actor, actor=actor))

    async def entries(self, after: int = 0) -> AsyncIterator[Entry]:
        """The log from entry `after` + 1 on, in order."""
        while found := await self._database.read(partial(work.page, after=after, limit=PAGE)):
            for entry in found:
                yield entry
            after = found[-1].number

    async def head(self) -> Checkpoint | None:
        """The last entry; None while there is none."""
        return await self._database.read(work.head)

    async def verify(self, kept: Checkpoint | None = None) -> Sequence[Break]:
        """Check the chain, and that doing it again gives what the tables hold, those of other origins in them too."""
        return await self._database.read(partial(verify, kept=kept))

    def _telling(self, *slots: int) -> Callable[[], None] | None:
        counters = self._counters
        return (lambda: counters.bump(*slots)) if counters is not None else None
