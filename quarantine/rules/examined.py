"""Examined: a young version waits until somebody has looked into its tarball."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from quarantine.candidate import Candidate, Fact
from quarantine.record import Sighting
from quarantine.rules.youth import came_young
from quarantine.verdict import Effect, Finding

NAME = "not-examined"


@dataclass(frozen=True, slots=True)
class Examined:
    """Withhold a young version while facts are missing, and any version that could not be examined."""

    hold: timedelta
    baseline: datetime | None = None
    since: datetime | None = None
    """When examining began; None: before anything was seen. What had been let in by then is served while it waits."""

    needs = frozenset({Fact.SIGHTING})

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Old versions are served while they wait for their turn: they are in lockfiles already."""
        if candidate.examination is not None:
            failed = candidate.examination.failed
            return Finding(NAME, f"its tarball could not be examined: {failed}", Effect.REVIEW) if failed else None
        if came_young(candidate.sighting, self.hold, self.baseline) and not self._was_let_in(candidate.sighting):
            return Finding(NAME, "its tarball has not been examined yet", Effect.HOLD, pending=True)
        return None

    def _was_let_in(self, sighting: Sighting | None) -> bool:
        return self.since is not None and sighting is not None and sighting.clock_start + self.hold <= self.since
