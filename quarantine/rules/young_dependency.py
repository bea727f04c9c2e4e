"""Young dependency: a version is no older than what it pulls in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from quarantine.candidate import NOTHING, Candidate
from quarantine.rules.words import listed
from quarantine.rules.youth import if_young
from quarantine.verdict import Effect, Finding, stamp

NAME = "young-dependency"


@dataclass(frozen=True, slots=True)
class YoungDependency:
    """Report dependencies of which nothing was old enough when the version was examined, until it is."""

    effect: Effect
    hold: timedelta
    new_package_hold: timedelta
    baseline: datetime | None = None

    needs = NOTHING

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """The last of them to come of age says until when."""
        examination = candidate.examination
        if examination is None:
            return None
        waits = [(each.started + (self.new_package_hold if each.package else self.hold), each) for each in examination.young]
        waiting = [(until, each) for until, each in waits if now < until]
        if not waiting:
            return None
        told = [f"{each.name} ({'a package' if each.package else each.spec} of {stamp(each.started)})" for _, each in waiting]
        until = max(until for until, _ in waiting)
        effect = if_young(self.effect, candidate.sighting, self.hold, self.baseline)
        return Finding(NAME, f"it depends on what is too young itself: {listed(told)}", effect, until)
