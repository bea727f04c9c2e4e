"""Looking into tarballs in the background: what does it, when, and what it counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from config.settings import Settings
from proxy.background import Background
from proxy.clock import TrustedTime
from proxy.examiner.dependencies import Dependencies
from proxy.examiner.examiner import Examiner
from proxy.examiner.examining import Examining
from proxy.examiner.leases import Leases
from proxy.examiner.looking import Looking
from proxy.examiner.pace import Pace
from proxy.registry.quarantined import Quarantined
from proxy.registry.rewriting import Rewriting
from proxy.registry.routed import Routed
from proxy.shared.confined import Bounds, Confined
from proxy.web.metrics import Reading
from proxy.wiring.from_settings import longest_hold
from proxy.wiring.place import Place
from proxy.wiring.rewriting import caps
from quarantine.ledger import Ledger

PAUSE = 5.0
"""Seconds between two rounds."""

LEASE = timedelta(seconds=30)
"""How long nobody examines young versions after the process that does it was killed."""

IDLE = 120.0
"""Seconds for which the examining process waits for something else to examine."""

BEGAN = "examining-since"
"""The note that says when examining began: what had been let in by then stays in while it waits to be examined."""

NICE = 19
"""Whoever waits for an answer goes first."""


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that examines, in this process."""

    examiner: Examiner
    examining: Examining
    confined: Confined


def counted(examination: Examination | None) -> Iterator[Reading]:
    """For the metrics."""
    if examination is None:
        return
    counts, examiner = examination.examining.counts, examination.examiner
    yield "counter", "pratique_examined", "Versions whose tarballs were looked into.", counts.examined
    yield "counter", "pratique_examinations_failed", "Of these, those of which nothing can be said.", counts.failed
    yield "counter", "pratique_examined_ambiguous", "Those that can be read in more than one way.", counts.ambiguous
    yield "counter", "pratique_examined_scripts", "Those that run something when they are installed.", counts.scripted
    yield "counter", "pratique_examiner_deaths", "Examining processes lost to an archive.", examination.confined.deaths
    yield "counter", "pratique_examiner_seconds", "Time that examinations took, downloads included.", examiner.seconds
    yield "gauge", "pratique_examiner_waiting", "Versions that were asked for, and wait to be examined.", examiner.waiting


async def note_beginning(settings: Settings, ledger: Ledger, now: datetime) -> datetime | None:
    """When examining began, on record from the first start with it; None where it is switched off, which ends it."""
    known = await ledger.note(BEGAN)
    if not settings.examiner.enabled:
        if known:
            await ledger.write_note(BEGAN, "")
        return None
    if not known:
        known = now.isoformat()
        await ledger.write_note(BEGAN, known)
    return datetime.fromisoformat(known)


def open_examination(
    settings: Settings,
    routed: Routed,
    ledger: Ledger,
    stage: Quarantined,
    rewriting: Rewriting,
    place: Place,
    time: TrustedTime,
    spool: Path,
    stack: AsyncExitStack,
) -> Examination | None:
    """What examines; None where that is switched off. `stack` closes it."""
    said = settings.examiner
    if not said.enabled:
        return None
    limits, longest = caps(settings), longest_hold(settings)
    confined = Confined(Bounds(said.memory, limits.packed + limits.unpacked, NICE, IDLE))
    stack.callback(confined.close)
    looking = Looking(routed, confined, spool, limits, said.timeout.total_seconds())
    dependencies = Dependencies(routed, confined, time, longest)
    examining = Examining(routed, ledger, looking, dependencies, stage, place.claims, time, longest)
    examiner = Examiner(examining, routed, ledger, time, longest)
    rewriting.on_refused = examiner.want
    return Examination(examiner, examining, confined)


def start_examining(
    examiner: Examiner, budget: int, workers: int, time: TrustedTime, leases: Leases, background: Background
) -> None:
    """Begin rounds. `budget`: examinations a minute; without any there are none."""
    if not budget:
        return
    pace = Pace(budget, time.elapsed)

    def paced(work: Callable[[int], Awaitable[int]], share: int) -> Callable[[], Awaitable[None]]:
        async def some() -> None:
            allowed = pace.allowed() // share
            if allowed:
                pace.spend(await work(allowed))

        return some

    # Whoever has not the lease still examines what it was asked for alone, within its part of the budget.
    mine, others = paced(examiner.round, 1), paced(examiner.hear, workers)
    background.every(PAUSE, "examine", lambda: leases.once("examine", LEASE, mine, others))
