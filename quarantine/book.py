"""The Book Protocol: what people decided, the credentials they were given, and the log of both.

Every change and its log entry are one transaction: there is no decision without a record, and no record without its decision.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from quarantine.audit import Break, Checkpoint, Entry
from quarantine.credentials import Credential
from quarantine.decision import Action, Decision
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.ranges import Subject


class UnknownDecision(PratiqueError):
    """There is no decision, or no credential, of that number or id."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision that has no number yet."""

    action: Action
    subject: Subject
    reason: str
    expires: datetime | None = None
    audience: str | None = None
    digests: Digests | None = None
    lifts: frozenset[str] = frozenset()
    seen: int | None = None
    """The latest decision about the package that whoever drafted this knew of; None: it does not matter."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """All new admissions are stopped."""

    since: datetime
    actor: str
    reason: str


class Book(Protocol):
    """Of one installation, for one upstream origin as far as decisions go. `at` is the ledger's instant, given by the caller."""

    async def decisions(self, *, withdrawn: bool = False) -> Sequence[Decision]:
        """All decisions by number; expired ones too, withdrawn ones on request."""
        ...

    async def changes(self, after: int) -> Sequence[Decision]:
        """Decisions with a higher number, and all withdrawn ones: everything that whoever knew those up to it does not know."""
        ...

    async def decide(self, drafts: Sequence[Draft], kind: str, actor: str, at: datetime) -> Sequence[Decision]:
        """Write decisions, all or none, with one log entry of this kind.

        Raises IllegalTransition where somebody has decided about a package since what a draft has `seen`.
        """
        ...

    async def withdraw(self, number: int, reason: str, actor: str, at: datetime) -> Decision:
        """Mark a decision as withdrawn. Raises UnknownDecision; IllegalTransition where it was withdrawn already."""
        ...

    async def freeze(self) -> Freeze | None:
        """The freeze in force."""
        ...

    async def set_freeze(self, freeze: Freeze | None, reason: str, actor: str, at: datetime) -> None:
        """Stop all new admissions, or go on (`None`)."""
        ...

    async def credentials(self) -> Sequence[Credential]:
        """All credentials, revoked and expired ones too."""
        ...

    async def issue(self, credential: Credential, name: str | None, actor: str, at: datetime) -> None:
        """Keep a new credential; `name` is its owner's, kept where it can be erased."""
        ...

    async def revoke(self, id: str, reason: str, actor: str, at: datetime) -> Credential:
        """Revoke a credential. Raises UnknownDecision; IllegalTransition where it was revoked already."""
        ...

    async def used(self, last_used: Mapping[str, datetime]) -> None:
        """Keep when credentials were last used; not an event of the log."""
        ...

    async def log(self, kind: str, payload: Mapping[str, object], actor: str, at: datetime) -> Entry:
        """An entry that changes nothing else: a policy that was loaded, an export."""
        ...

    async def actor_name(self, actor: str) -> str | None:
        """The name behind an id; None when it was never given, or erased."""
        ...

    async def erase_actor(self, actor: str) -> bool:
        """Forget a name. The log stays whole, since it holds ids only."""
        ...

    def entries(self, after: int = 0) -> AsyncIterator[Entry]:
        """The log from entry `after` + 1 on, in order."""
        ...

    async def head(self) -> Checkpoint | None:
        """The last entry; None while there is none."""
        ...

    async def verify(self, kept: Checkpoint | None = None) -> Sequence[Break]:
        """Check the chain, and that replaying it gives exactly what the tables of decisions, credentials and freeze hold."""
        ...
