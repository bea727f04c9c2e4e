"""Ambiguous archive: what two readers could see differently is not repaired but withheld."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quarantine.candidate import NOTHING, Candidate
from quarantine.rules.words import listed
from quarantine.verdict import Effect, Finding

NAME = "ambiguous-archive"


@dataclass(frozen=True, slots=True)
class AmbiguousArchive:
    """Report a tarball of which nobody can say what a client will find in it, be the version young or old."""

    effect: Effect

    needs = NOTHING

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Say what is odd about it."""
        contents = candidate.examination.contents if candidate.examination else None
        if contents is None or not contents.oddities:
            return None
        return Finding(NAME, f"its tarball can be read in more than one way: {listed(contents.oddities)}", self.effect)
