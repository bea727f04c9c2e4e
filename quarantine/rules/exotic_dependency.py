"""Exotic dependency: what comes from a git repository, an address or a folder goes past every registry, and past us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from quarantine.candidate import NOTHING, Candidate
from quarantine.rules.words import listed
from quarantine.rules.youth import if_young
from quarantine.verdict import Effect, Finding

NAME = "exotic-dependency"

ALIAS = "alias"
"""Another package of the registry under this name: that one is judged by itself when it is asked for."""


@dataclass(frozen=True, slots=True)
class ExoticDependency:
    """Report dependencies that no registry serves; they withhold where the predecessor has them not."""

    effect: Effect
    hold: timedelta
    baseline: datetime | None = None

    needs = NOTHING

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Say where they lead; aliases stay in the registry, so they are told of only."""
        examination = candidate.examination
        contents = examination.contents if examination else None
        if examination is None or contents is None:
            return None
        since = examination.since
        fresh = {*since.exotic} if since is not None else {*contents.exotic}
        hosts = {*since.foreign} if since is not None else {*contents.foreign}
        leading = [each for each in contents.exotic if each.kind != ALIAS]
        told = [f"{each.name} from {each.spec} ({each.field})" for each in leading or contents.exotic]
        told += [f"whatever its npm-shrinkwrap.json fetches from {host}" for host in contents.foreign]
        if not told:
            return None
        new = bool(hosts) or any(each in fresh for each in leading)
        effect = if_young(self.effect, candidate.sighting, self.hold, self.baseline) if new else Effect.NOTE
        return Finding(NAME, f"it depends on {listed(told)}", effect)
