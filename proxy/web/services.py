"""What the handlers work with; put together in `proxy.wiring`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from proxy.access.keyring import NOBODY, Identity, Keyring
from proxy.access.records import Kind, Outcome
from proxy.access.store import AccessLog
from proxy.access.who import Caller, Callers
from proxy.clock import TrustedTime
from proxy.npm.asks import Ask
from proxy.registry.cached import CachedPackuments
from proxy.registry.quarantined import Quarantined
from proxy.registry.upstream import Upstream
from proxy.web.bases import Base, Bases
from proxy.web.metrics import Metrics
from quarantine.board import Board
from quarantine.book import Book
from quarantine.desk import Desk
from quarantine.ledger import Ledger
from quarantine.package import PackageName


class Usage(Protocol):
    """Takes which packages are asked for; never blocks."""

    def asked(self, name: PackageName) -> None:
        """Somebody asked for this package."""
        ...

    def installed(self, names: Iterable[PackageName]) -> None:
        """Somebody has these installed."""
        ...


MARGIN = timedelta(days=1)
"""How long after its hold a version may still wait for a look at the upstream and be found in lists."""


@dataclass(frozen=True, slots=True)
class Manners:
    """What the operator set about answers."""

    instance: str
    """Names this installation in `Via`, so that a loop is seen."""
    contact: str = ""
    max_age: timedelta = timedelta(seconds=60)
    longest_hold: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything below HTTP."""

    quarantined: Quarantined
    packuments: CachedPackuments
    upstream: Upstream
    ledger: Ledger
    board: Board
    book: Book
    desk: Desk
    keyring: Keyring
    time: TrustedTime
    callers: Callers
    bases: Bases
    records: AccessLog
    usage: Usage
    metrics: Metrics
    manners: Manners

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
    kind: Kind | None = None
    package: PackageName | None = None
    version: str | None = None
    outcome: Outcome = "served"
    rules: str = ""
    tree: Mapping[str, Sequence[str]] | None = None
    """What an audit said is installed."""
