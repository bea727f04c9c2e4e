"""Manifest mismatch: the manifest inside a tarball must say what the registry shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quarantine.candidate import NOTHING, Candidate
from quarantine.rules.words import listed
from quarantine.verdict import Effect, Finding

NAME = "manifest-mismatch"


@dataclass(frozen=True, slots=True)
class ManifestMismatch:
    """Report a tarball that is another one, or does something else, than its document says; be the version young or old."""

    effect: Effect

    needs = NOTHING

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Say where they differ."""
        contents = candidate.examination.contents if candidate.examination else None
        if contents is None or not contents.mismatches:
            return None
        return Finding(NAME, f"its tarball is not what the registry shows: {listed(contents.mismatches)}", self.effect)
