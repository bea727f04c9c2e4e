"""Install script added: most attacks that were seen ran code at installation, from a version whose predecessor ran none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from quarantine.candidate import NOTHING, Candidate
from quarantine.examination import Script
from quarantine.rules.words import listed
from quarantine.rules.youth import if_young
from quarantine.verdict import Effect, Finding

NAME = "install-script-added"


@dataclass(frozen=True, slots=True)
class InstallScriptAdded:
    """Report install scripts that the predecessor in the line has not, or that read differently there."""

    effect: Effect
    hold: timedelta
    baseline: datetime | None = None

    needs = NOTHING

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """A package without any predecessor adds nothing; one whose predecessor is not known may have."""
        examination = candidate.examination
        if examination is None or examination.contents is None or examination.alone:
            return None
        effect = if_young(self.effect, candidate.sighting, self.hold, self.baseline)
        since, scripts = examination.since, examination.contents.scripts
        if since is None:
            reason = f"it runs {_named(scripts)} when installed, and whether earlier versions did is not known"
            return Finding(NAME, reason, effect) if scripts else None
        told = []
        if since.scripts:
            told.append(f"it runs {_named(since.scripts)} when installed, which {since.version} did not")
        if since.changed_scripts:
            told.append(f"its {_named(since.changed_scripts)} is not what it was in {since.version}")
        return Finding(NAME, "; ".join(told), effect) if told else None


def _named(scripts: tuple[Script, ...]) -> str:
    return listed([f"{each.words} ({each.command})" if each.command else each.words for each in scripts])
