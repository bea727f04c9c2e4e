"""Document: one version whose part of the packument is broken costs that version, not the package."""

from __future__ import annotations

from datetime import datetime

from quarantine.candidate import Candidate, Fact
from quarantine.verdict import Effect, Finding

NAME = "malformed-document"


class SoundDocument:
    """Withhold a version whose document cannot be passed on unchanged and understood alike by every client."""

    needs: frozenset[Fact] = frozenset()

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Report the flaw that was found when the version was first read."""
        return Finding(NAME, candidate.flaw, Effect.BLOCK) if candidate.flaw else None
