"""What a person decided about a package: who, what, why, until when, and the bytes they saw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from quarantine.digests import Digests
from quarantine.ranges import Subject


class Action(StrEnum):
    """What can be decided."""

    RELEASE = "release"
    BLOCK = "block"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as it stands in the ledger; numbers grow with time, so that a newer one is told from an older."""

    number: int
    action: Action
    subject: Subject
    reason: str
    actor: str
    """The opaque id of whoever decided; the name is kept apart, so that it can be erased."""
    at: datetime
    expires: datetime | None = None
    audience: str | None = None
    """For this audience only; None: for everybody."""
    digests: Digests | None = None
    """The bytes that were looked at; a release admits no others."""
    lifts: frozenset[str] = frozenset()
    """For a release, the rules whose findings it lifts: what somebody saw and accepted, and nothing that comes later."""
    withdrawn: datetime | None = None

    def active(self, now: datetime) -> bool:
        """Whether it counts at this instant."""
        return self.withdrawn is None and (self.expires is None or now < self.expires)

    def outlasting(self, frozen: datetime | None) -> Decision:
        """As it stands under a freeze: a block or hold that was in force at its beginning does not lapse."""
        if frozen is None or self.action is Action.RELEASE or self.at > frozen or not self.active(frozen):
            return self
        return replace(self, expires=None)

    def applies(self, version: str, audience: str | None, now: datetime) -> bool:
        """Whether it counts for this version and audience at this instant."""
        return self.active(now) and self.audience in {None, audience} and self.subject.covers(version)
