"""Looking again at packages in use, on a jittered schedule within a budget: clocks start when a version appears, not when
somebody wants it, and a version that vanishes while held is noticed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from proxy.clock import TrustedTime
from proxy.registry.errors import UpstreamDown
from proxy.registry.interface import Packument
from proxy.registry.quarantined import Quarantined
from proxy.registry.troubles import Trouble
from quarantine.errors import PratiqueError
from quarantine.ledger import InUse, Ledger
from quarantine.package import PackageName

log = structlog.get_logger()


WATCHED = timedelta(hours=1)
"""How long a package is taken at its word that nothing of it matures before then; new versions are noticed by looks."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the operator set."""

    every: timedelta = timedelta(minutes=30)
    asked_within: timedelta = timedelta(days=30)
    longest_hold: timedelta = timedelta(days=14)


def due(rows: Iterable[InUse], every: timedelta, now: datetime) -> list[PackageName]:
    """The packages whose next look has come, the most overdue first. Each has its own moment, so that looks spread out."""
    overdue = [(row.last_look + every * jitter(row.name), row.name) for row in rows]
    return [name for at, name in sorted(overdue) if at <= now]


def jitter(name: PackageName) -> float:
    """A factor between 0.75 and 1.25 that is the same for a package on every worker."""
    return 0.75 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32 / 2


class Looking(Protocol):
    """What looks are taken through."""

    async def packument(self, name: PackageName, newer_than: datetime | None = None) -> Packument:
        """See proxy.registry.interface.Cached."""
        ...

    def trouble(self, name: PackageName) -> Trouble | None:
        """What went wrong with the last look."""
        ...

    def place(self, name: PackageName) -> str:
        """Which registry is asked for the package: the one may be down while the other answers."""
        ...


class Refresher:
    """Takes one round at a time; the caller decides when."""

    def __init__(
        self,
        stages: Sequence[Quarantined],
        packuments: Looking,
        ledger: Ledger,
        time: TrustedTime,
        schedule: Schedule,
        unheard: Callable[[int], list[PackageName]] = lambda most: [],
    ) -> None:
        self._unheard = unheard
        self._stages = stages
        self._packuments = packuments
        self._ledger = ledger
        self._time = time
        self._schedule = schedule
        self._postponed: dict[PackageName, datetime] = {}
        """Packages whose last look failed for a reason of their own, and when they have their next turn."""
        self._watch: dict[PackageName, datetime] = {}
        """When a package with something young has to be judged again: not before its next version matures."""
        self.looks = 0
        """Looks taken in the background so far."""

    async def round(self, budget: int) -> int:
        """Look at what is due; how many looks that took, at most `budget`.

        Versions that have just matured come first, then packages that only an audit has named, then the schedule.
        """
        now = self._time.now()
        used = await self._ledger.in_use(now - self._schedule.asked_within, 100_000)
        matured = await self._matured({row.name for row in used})
        unheard = await self._never_seen(max(1, budget // 2))
        return await self._look([*matured, *unheard, *due(used, self._schedule.every, now)], budget, now)

    async def hear(self, budget: int) -> int:
        """Look only at what audits named here, where another process sees to the rest."""
        return await self._look(await self._never_seen(budget), budget, self._time.now())

    async def _never_seen(self, most: int) -> list[PackageName]:
        return [name for name in self._unheard(most) if await self._ledger.record(name) is None]

    async def _look(self, names: list[PackageName], budget: int, now: datetime) -> int:
        self._postponed = {name: at for name, at in self._postponed.items() if at > now}
        names = [name for name in dict.fromkeys(names) if name not in self._postponed]
        taken = 0
        down: set[str] = set()
        for name in names:
            if taken == budget:
                break
            if self._packuments.place(name) in down:
                continue
            taken += 1
            self.looks += 1
            trouble: PratiqueError | None = None
            try:
                # Past the freshness window, so that it is the upstream that is asked.
                if (await self._packuments.packument(name, newer_than=now)).stale:
                    trouble = self._packuments.trouble(name) or UpstreamDown("the upstream is slow")
            except PratiqueError as error:
                trouble = error
            if trouble is None:
                continue
            log.info("refresh-failed", package=name, reason=str(trouble))
            if isinstance(trouble, UpstreamDown):
                # The rest of the round would only wait for the same, as far as the same registry has it.
                down.add(self._packuments.place(name))
                continue
            # One broken package must not stand before all others in every round.
            self._postponed[name] = now + self._schedule.every * jitter(name)
        return taken

    async def _matured(self, used: set[PackageName]) -> list[PackageName]:
        """Packages with a version that waits for nothing but a look."""
        names = []
        now = self._time.now()
        young = await self._ledger.young(now - self._schedule.longest_hold - timedelta(days=1))
        self._watch = {name: self._watch[name] for name in young if name in self._watch}
        for name in young:
            if name in used and self._watch.get(name, now) <= now:
                try:
                    views = [await stage.known_view(name) for stage in self._stages]
                except PratiqueError:
                    continue
                judged = [shown.judged for shown in views if shown is not None]
                if not judged:
                    continue
                self._watch[name] = min(each.changes_at or now + WATCHED for each in judged)
                self._watch[name] = min(self._watch[name], now + WATCHED)
                if any(each.needs_look for each in judged):
                    self._watch[name] = now
                    names.append(name)
        return names
