"""The rules: one pure file each. A new rule is a class with `needs` and `judge`, listed in `quarantine.policy`."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from quarantine.candidate import Candidate, Fact
from quarantine.verdict import Finding


class Rule(Protocol):
    """Judges one version by facts that are known; returns a finding, or None where it has nothing to say.

    Where it has nothing to say, it has nothing to say later either, until a fact of the version changes: time alone lifts
    findings and never brings them. The gate relies on it.
    """

    @property
    def needs(self) -> frozenset[Fact]:
        """The facts without which it cannot judge: the gate withholds while one is missing."""
        ...

    def judge(self, candidate: Candidate, now: datetime) -> Finding | None:
        """Judge at the instant `now`."""
        ...
