"""Integrity: the digests a version is listed with must exist, stay what they were, and match the bytes that came."""

from __future__ import annotations

from datetime import datetime

from quarantine.candidate import Candidate, Fact
from quarantine.verdict import Effect, Finding

NAME = "integrity"


class Integrity:
    """Withhold changed digests and bytes that did not match; note what only sha1 vouches for."""

    needs = frozenset({Fact.INTEGRITY, Fact.SIGHTING})

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Compare what is listed now with the first sighting and with what was downloaded."""
        digests, sighting, mismatch = candidate.digests, candidate.sighting, candidate.mismatch
        if digests and sighting and sighting.digests and not sighting.digests.agrees(digests):
            reason = "the upstream now lists other bytes under this version than when it was first seen"
            return Finding(NAME, reason, Effect.BLOCK)
        if mismatch is not None and now < mismatch.until:
            return Finding(NAME, mismatch.reason, Effect.BLOCK, mismatch.until)
        if digests and digests.weak:
            return Finding("weak-integrity", "only a sha1 digest vouches for its bytes", Effect.NOTE)
        return None
