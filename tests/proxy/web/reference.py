"""What must be shown, told once more in the plainest way, from the words of the design: no rules, no verdicts, no caches.

Every look shows which versions are listed, with which time and which digest. From the looks alone follows what is served.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOLD = timedelta(days=7)
NEW_PACKAGE_HOLD = timedelta(days=14)
SKEW = timedelta(minutes=5)
GONE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Listed:
    """One version in one look."""

    published: datetime | None
    """None where the upstream's time is missing or unreadable."""
    digest: str | None
    flawed: bool = False


@dataclass
class Remembered:
    """What we know of a version since its first sight."""

    clock: datetime
    digest: str | None
    shown: datetime
    """The last look that showed it."""
    missed: datetime | None = None
    """The first look that did not."""


@dataclass
class Reference:
    """One package over time."""

    remembered: dict[str, Remembered] = field(default_factory=dict)
    listed: dict[str, Listed] = field(default_factory=dict)
    last_look: datetime | None = None

    def look(self, now: datetime, listed: dict[str, Listed]) -> None:
        """The upstream is looked at."""
        missed = {version: entry for version, entry in self.listed.items() if version not in listed}
        for version in missed:
            known = self.remembered[version]
            known.missed = known.missed or now
        for version, entry in listed.items():
            if version in self.remembered:
                known = self.remembered[version]
                known.shown, known.missed = now, None
                known.digest = known.digest or entry.digest
                continue
            # Missing or future time: held for the full period from first sight.
            clock = now
            if entry.published is not None and entry.published <= now + SKEW:
                # The later of its time and our last look without it; at our first sight of the package, its time alone.
                clock = entry.published if self.last_look is None else max(entry.published, self.last_look)
            self.remembered[version] = Remembered(clock, entry.digest, now)
        # Gone is only what a second look, minutes later, misses too.
        self.listed = listed | {version: entry for version, entry in missed.items() if self.is_in_doubt(version, now)}
        self.last_look = now

    def served(self, now: datetime) -> list[str]:
        """The versions that a client sees and gets, in the upstream's order."""
        return [version for version in self.listed if self.is_served(version, now)]

    def is_served(self, version: str, now: datetime) -> bool:
        """Old enough, sound, and the same bytes as ever."""
        entry, known = self.listed[version], self.remembered[version]
        born = min(each.clock for each in self.remembered.values())
        if entry.flawed or entry.digest is None or entry.digest != known.digest:
            return False
        until = max(known.clock + HOLD, born + NEW_PACKAGE_HOLD)
        # What the last look missed is not let in by it.
        return now >= until and (known.missed is None or known.shown >= until)

    def is_in_doubt(self, version: str, now: datetime) -> bool:
        """Missed at first, and not for long enough."""
        missed = self.remembered[version].missed
        return missed is not None and now - missed < GONE_AFTER
