"""What the rules say about a version, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Effect(StrEnum):
    """What a finding does to the version: a note is shown, the others withhold."""

    NOTE = "note"
    HOLD = "hold"
    REVIEW = "review"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's sentence about one version.

    `until` is the instant at which the finding can lapse by itself; None where only a person, or a new fact, lifts it.
    """

    rule: str
    reason: str
    effect: Effect
    until: datetime | None = None
    needs_look: bool = False
    """A fresh look at the upstream could lift this finding now."""
    lifted_by: int | None = None
    """The number of the release that keeps this finding from withholding."""
    pending: bool = False
    """Work of our own that is due anyway could lift this finding soon."""

    @property
    def withholds(self) -> bool:
        """Whether this finding alone keeps the version from being served."""
        return self.effect is not Effect.NOTE


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything the gate says about one version at one instant."""

    findings: tuple[Finding, ...] = ()

    @property
    def withheld(self) -> bool:
        """Whether at least one finding withholds the version."""
        return any(finding.withholds for finding in self.findings)

    @property
    def blocked(self) -> bool:
        """Whether a finding withholds the version in observe mode too."""
        return any(finding.effect is Effect.BLOCK for finding in self.findings)

    @property
    def until(self) -> datetime | None:
        """When the version can be admitted at the earliest; None when admitted, or when no date can be named."""
        # What waits for a look, or for work of ours, can lapse at any moment, so it is the others that say when.
        holding = [finding for finding in self.findings if finding.withholds and not finding.needs_look]
        dates = [finding.until for finding in holding if not finding.pending]
        known = [date for date in dates if date is not None]
        return max(known) if known and len(known) == len(dates) else None

    @property
    def changes_at(self) -> datetime | None:
        """The earliest instant at which this verdict may read differently without any new fact."""
        return min((finding.until for finding in self.findings if finding.until is not None), default=None)

    @property
    def needs_look(self) -> bool:
        """Whether a fresh look at the upstream is all that stands in the way."""
        holding = [finding for finding in self.findings if finding.withholds]
        return bool(holding) and all(finding.needs_look for finding in holding)

    @property
    def pending(self) -> bool:
        """Whether nothing stands in the way but looks, and work of our own."""
        holding = [finding for finding in self.findings if finding.withholds]
        return bool(holding) and all(finding.needs_look or finding.pending for finding in holding)

    @property
    def sentence(self) -> str:
        """The reasons that withhold, in one line."""
        return "; ".join(finding.reason for finding in self.findings if finding.withholds)


ADMITTED = Verdict()


def earliest(instants: Iterable[datetime | None]) -> datetime | None:
    """The earliest of the known instants."""
    return min((instant for instant in instants if instant is not None), default=None)


def stamp(instant: datetime) -> str:
    """An instant as we write it everywhere: UTC with minutes and `Z`, rounded up so as never to promise too early."""
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    if utc.second or utc.microsecond:
        utc = utc.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return f"{utc.isoformat(timespec='minutes')}Z"
