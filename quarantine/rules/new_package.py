"""New package: a package whose first version is young waits longer, since nobody has used it yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from quarantine.candidate import Candidate, Fact
from quarantine.rules.age import before_baseline, unconfirmed
from quarantine.rules.words import span
from quarantine.verdict import Effect, Finding, stamp

NAME = "new-package"


@dataclass(frozen=True, slots=True)
class NewPackage:
    """Withhold every version of a package that is younger than `hold`; zero switches the rule off."""

    hold: timedelta
    fresh_look: timedelta = timedelta(minutes=10)
    """How much earlier than the end of the hold the last look may be."""
    baseline: datetime | None = None

    needs = frozenset({Fact.SIGHTING, Fact.PACKAGE_AGE})

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Hold until the package as a whole has the age, and from then on until a fresh look confirmed the version."""
        since, sighting = candidate.package_since, candidate.sighting
        if self.hold <= timedelta(0) or sighting is None or since is None or before_baseline(sighting, self.baseline):
            return None
        until = since + self.hold
        if now >= until:
            return unconfirmed(NAME, candidate, until, self.fresh_look)
        reason = f"a new package, its first version is of {stamp(since)}, held for {span(self.hold)}"
        return Finding(NAME, reason, Effect.HOLD, until)
