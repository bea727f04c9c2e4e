"""The examiner: decides what is examined next, one after the other, within a budget, and never in the way of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol

import structlog

from proxy.clock import TrustedTime
from proxy.examiner.examining import EXAMINER, examination_of
from proxy.examiner.waiting import Waiting, in_order
from proxy.registry.errors import NotFound, UpstreamDown
from proxy.registry.quarantined import Shown
from quarantine.errors import PratiqueError
from quarantine.ledger import Ledger
from quarantine.package import PackageName, PackageVersion
from quarantine.rules.examined import NAME as NOT_EXAMINED
from quarantine.verdict import Verdict

log = structlog.get_logger()

NOT_THERE = timedelta(hours=1)
"""How long a version is left alone of which there is nothing to examine."""

MARGIN = timedelta(days=7)
"""How long after the longest hold a version is still looked for that nobody has asked about; what is asked for is examined
however old it is."""

MOST_DUE = 1000
"""So many young versions are put in order at a time."""


class OneByOne(Protocol):
    """What examines a single version."""

    async def examine(self, id: PackageVersion) -> int:
        """See proxy.examiner.examining.Examining."""
        ...


class Places(Protocol):
    """Which registry has a package: the one may be down while the other answers."""

    def place(self, name: PackageName) -> str:
        """See proxy.registry.routed.Routed."""
        ...


class Examiner:
    """Takes one round at a time; the caller decides when."""

    def __init__(
        self,
        examining: OneByOne,
        places: Places,
        ledger: Ledger,
        time: TrustedTime,
        longest_hold: timedelta,
        waiting: Waiting | None = None,
    ) -> None:
        self._examining = examining
        self._places = places
        self._ledger = ledger
        self._time = time
        self._longest_hold = longest_hold
        self._waiting = waiting if waiting is not None else Waiting()
        self.seconds = 0.0
        """Seconds that rounds took which had something to do."""

    @property
    def waiting(self) -> int:
        """How many versions wait that somebody asked for here."""
        return len(self._waiting)

    def want(self, name: PackageName, version: str) -> None:
        """Somebody cannot go on before it is examined."""
        self._waiting.missed(PackageVersion(name, version))

    def shown(self, shown: Shown) -> None:
        """Somebody was shown a package: what of it waits for nothing but an examination is wanted."""
        for version, verdict in shown.judged.verdicts.items():
            if verdict.findings and _only_unexamined(verdict):
                self.want(shown.name, version)

    def served(self, shown: Shown, version: str) -> None:
        """A tarball was handed out: it is examined when there is time, unless it has been. Costs next to nothing."""
        if examination_of(shown.packument, version) is None:
            self._waiting.served(PackageVersion(shown.name, version))

    async def round(self, budget: int) -> int:
        """Examine what is due; how many versions that took, `budget` or a few more (predecessors).

        What is missed comes first, then young versions of packages in use, then what was served.
        """
        return await self._several(budget, young=True)

    async def hear(self, budget: int) -> int:
        """Examine only what was asked for here, where another process sees to the rest."""
        return await self._several(budget, young=False)

    async def _several(self, budget: int, *, young: bool) -> int:
        began, now, taken = self._time.elapsed(), self._time.now(), 0
        due: list[PackageVersion] | None = None if young else []
        down: set[str] = set()
        while taken < budget:
            id = self._waiting.next_missed(now)
            if id is None:
                due = await self._young() if due is None else due
                id = due.pop(0) if due else self._waiting.next_served(now)
            if id is None:
                break
            if self._places.place(id.name) not in down:
                taken += await self._one(id, down)
        if taken:
            self.seconds += self._time.elapsed() - began
        return taken

    async def _one(self, id: PackageVersion, down: set[str]) -> int:
        """One version; what fails is on nobody's record and comes again."""
        try:
            taken = await self._examining.examine(id)
        except NotFound as error:
            self._waiting.postpone(id, self._time.now(), NOT_THERE)
            log.info("nothing-to-examine", version=str(id), reason=str(error))
            return 0
        except UpstreamDown as error:
            # The rest of the round would only wait for the same, as far as the same registry has it.
            down.add(self._places.place(id.name))
            self._again(id, error)
            return 0
        except PratiqueError as error:
            self._again(id, error)
            return 1
        except Exception as error:
            # One version must not stand before all others in every round.
            log.exception("examination-failed", version=str(id))
            self._again(id, error)
            return 1
        self._waiting.done(id)
        return taken

    def _again(self, id: PackageVersion, error: Exception) -> None:
        self._waiting.postpone(id, self._time.now())
        self._waiting.served(id)
        log.info("examination-postponed", version=str(id), reason=str(error))

    async def _young(self) -> list[PackageVersion]:
        """Young versions that are due, the one that is likely to be missed first in front."""
        now = self._time.now()
        found = await self._ledger.unexamined(now - self._longest_hold - MARGIN, EXAMINER, MOST_DUE)
        due = [id for id in found if not self._waiting.is_postponed(id, now)]
        records = {name: await self._ledger.record(name) for name in _names(due)}
        return in_order(due, {name: record for name, record in records.items() if record is not None})


def _names(ids: Iterable[PackageVersion]) -> list[PackageName]:
    return list(dict.fromkeys(id.name for id in ids))


def _only_unexamined(verdict: Verdict) -> bool:
    """Whether that is all that keeps it from being served. What could not be examined is on record, and not tried again."""
    return verdict.pending and any(finding.rule == NOT_EXAMINED for finding in verdict.findings)
