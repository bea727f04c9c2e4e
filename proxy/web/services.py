"""What the handlers work with; put together in `proxy.wiring`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

from proxy.access.keyring import NOBODY, Identity, Keyring
from proxy.access.records import Kind, Outcome
from proxy.access.store import AccessLog
from proxy.access.who import Caller, Callers
from proxy.clock import TrustedTime
from proxy.examiner.examiner import Examiner
from proxy.npm.asks import Ask
from proxy.registry.comparing import Comparing
from proxy.registry.quarantined import Quarantined
from proxy.registry.routed import Routed
from proxy.shared.stamps import Stamp
from proxy.signing.key import SigningKey
from proxy.web.bases import Base, Bases
from proxy.web.hot import Hot
from proxy.web.metrics import Metrics
from proxy.web.rendered import Rendering
from proxy.web.usage import Usage
from quarantine.board import Board
from quarantine.book import Book
from quarantine.desk import Desk
from quarantine.errors import PratiqueError
from quarantine.ledger import Ledger
from quarantine.package import PackageName


class UnknownAudience(PratiqueError):
    """A credential, a decision or a question names an audience that is not configured."""


class BadPolicy(PratiqueError):
    """A policy that somebody wants to try is none."""


class Sync(Protocol):
    """Whether another worker has changed what is remembered of the book."""

    def due(self) -> bool:
        """Cheap enough for every request."""

    async def catch_up(self) -> None:
        """Return when everything is known that was changed before this was called."""


MARGIN = timedelta(days=1)
"""How long after its hold a version may still wait for a look at the upstream and be found in lists."""


@dataclass(frozen=True, slots=True)
class Manners:
    """What the operator set about answers."""

    instance: str
    """Names this installation in `Via`, so that a loop is seen."""
    same_for_all: bool = False
    """Whether everybody gets the same answer, credential or not, so that a cache on the way may share it."""
    audiences: bool = False
    """Whether what is shown depends on whose credential it is."""
    desk_apart: bool = False
    """Whether administrators have a listener of their own, so that the other one takes no decisions."""
    fresh: timedelta = timedelta(minutes=5)
    """How long a look at the upstream counts."""
    contact: str = ""
    rewrites: bool = False
    """Whether some package is to be served without its install scripts, so that our keys have something to vouch for."""
    max_age: timedelta = timedelta(seconds=60)
    longest_hold: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything below HTTP."""

    quarantined: Quarantined
    """That of whoever asks: see `seen_by`."""
    stages: Mapping[str | None, Quarantined]
    """By audience; None is everybody else."""
    routed: Routed
    rendering: Rendering
    comparing: Comparing
    hot: Hot
    ledger: Ledger
    board: Board
    book: Book
    desk: Desk
    keyring: Keyring
    sync: Sync
    """Asked before a request is looked at: what any worker was told holds for the next request to any of them."""
    time: TrustedTime
    callers: Callers
    bases: Bases
    desk_bases: Bases
    """The same for the administrators' own listener."""
    records: AccessLog
    usage: Usage
    metrics: Metrics
    signing: SigningKey
    manners: Manners
    rehearse: Callable[[Mapping[str, Any]], Mapping[str | None, Quarantined]]
    """The stages as they would be by another policy, written as the configuration writes it. Raises BadPolicy."""
    examiner: Examiner | None = None
    """Told of what was shown and served; None where nobody looks into tarballs."""

    def for_caller(self, identity: Identity) -> Services:
        """The same for the caller's audience. Raises UnknownAudience: where it is not known what applies, nothing is shown."""
        try:
            return self.seen_by(identity.audience)
        except UnknownAudience:
            raise UnknownAudience(
                f"the token {identity.label!r} is for the audience {identity.audience!r}, which this server's configuration does"
                f' not have: whoever runs it adds [[audiences]] name = "{identity.audience}", or makes you another token'
            ) from None

    def seen_by(self, audience: str | None) -> Services:
        """The same for one audience. Raises UnknownAudience."""
        if audience == self.quarantined.audience:
            return self
        stage = self.stages.get(audience)
        if stage is None:
            there = ", ".join(name for name in self.stages if name) or "none"
            raise UnknownAudience(f"there is no audience {audience!r} in this server's configuration; there is {there}")
        return replace(self, quarantined=stage)

    async def waiting_names(self) -> list[PackageName]:
        """The packages that can have a withheld version at all; no document has to be read to know that."""
        young = await self.ledger.young(self.time.now() - self.manners.longest_hold - MARGIN)
        return sorted({*young, *self.board.names()})


@dataclass(slots=True)
class Asking:
    """One request on its way: what is asked, by whom, and what is to be recorded of it."""

    ask: Ask
    caller: Caller
    base: Base
    identity: Identity = NOBODY
    request_id: str = ""
    at_desk: bool = False
    """Whether it came in by the administrators' own listener."""
    kind: Kind | None = None
    package: PackageName | None = None
    version: str | None = None
    outcome: Outcome = "served"
    rules: str = ""
    stamp: Stamp | None = None
    """The counters from before anything was looked up."""
    tree: Mapping[str, Sequence[str]] | None = None
    """What an audit said is installed."""
