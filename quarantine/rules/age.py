"""Age: a version waits `hold` from the start of its clock, and only a look at the upstream after that lets it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from quarantine.candidate import Candidate, Fact
from quarantine.record import Sighting
from quarantine.rules.words import span
from quarantine.verdict import Effect, Finding, stamp

NAME = "age"


@dataclass(frozen=True, slots=True)
class Age:
    """Withhold what is younger than `hold`; a `hold` of zero switches the rule off."""

    hold: timedelta
    fresh_look: timedelta = timedelta(minutes=10)
    """How much earlier than the end of the hold the last look may be."""
    baseline: datetime | None = None
    """What was published before this instant counts as admitted."""

    needs = frozenset({Fact.SIGHTING})

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Hold until the age is reached, and from then on until a fresh look confirmed the version."""
        sighting = candidate.sighting
        if self.hold <= timedelta(0) or sighting is None or before_baseline(sighting, self.baseline):
            return None
        start = sighting.clock_start
        until = start + self.hold
        if now < until:
            return Finding(NAME, f"{which_clock(sighting, start)}, held for {span(self.hold)}", Effect.HOLD, until)
        return unconfirmed(NAME, candidate, until, self.fresh_look)


def unconfirmed(rule: str, candidate: Candidate, until: datetime, fresh_look: timedelta) -> Finding | None:
    """Keep holding what is old enough while the upstream has not been seen to list it at the end of its hold."""
    if candidate.sighting is not None and candidate.sighting.missing_since is not None:
        # What the last look missed is not let in by one from before the end.
        fresh_look = timedelta(0)
    if candidate.last_look is not None and candidate.last_look >= until - fresh_look:
        return None
    reason = f"its hold ended {stamp(until)}, but the upstream has not confirmed it since"
    return Finding(rule, reason, Effect.HOLD, None, needs_look=True)


def before_baseline(sighting: Sighting, baseline: datetime | None) -> bool:
    """Whether the version was there before the operator's baseline; one without a usable time never is."""
    return baseline is not None and sighting.published is not None and sighting.clock_start < baseline


def which_clock(sighting: Sighting, start: datetime) -> str:
    """Say which of the clocks started when."""
    if sighting.published is None:
        return f"no usable publish time, first seen {stamp(start)}"
    if sighting.last_absent is not None and sighting.last_absent > sighting.published:
        return f"not yet there when looked at {stamp(start)}"
    return f"published {stamp(start)}"
