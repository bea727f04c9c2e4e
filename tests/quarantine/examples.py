"""Facts to judge in tests: one ordinary version of one ordinary package, and what differs from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from quarantine.candidate import Candidate
from quarantine.digests import Digests
from quarantine.package import PackageName, PackageVersion
from quarantine.record import Look, Seen, Sighting

NAME = PackageName.parse("left-pad")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)

SHA512 = Digests({"sha512": "AAAA"})
OTHER_SHA512 = Digests({"sha512": "BBBB"})
SHA1 = Digests({"sha1": "CCCC"})
BOTH = Digests({"sha1": "CCCC", "sha512": "AAAA"})


def seen(published: datetime | None = NOON, digests: Digests = SHA512) -> Seen:
    """One version as a look shows it."""
    return Seen(published, digests)


def look(at: datetime, *versions: str, modified: datetime | None = None, **odd: Seen) -> Look:
    """A look at these versions, published at noon; `_1_0_0=seen(…)` for one that is different."""
    shown = {version: seen() for version in versions}
    shown.update({name.strip("_").replace("_", "."): what for name, what in odd.items()})
    return Look(at, shown, modified=modified)


def sighting(**facts: Any) -> Sighting:
    """1.0.0, published at noon, present an hour later at our first sight of the package."""
    return Sighting(**{"version": "1.0.0", "first_seen": NOON + HOUR, "published": NOON, "digests": SHA512, **facts})


def candidate(**facts: Any) -> Candidate:
    """left-pad@1.0.0 with every fact known, looked at a year later, in a package that is four years old."""
    ordinary = {
        "id": PackageVersion(NAME, "1.0.0"),
        "sighting": sighting(),
        "digests": SHA512,
        "last_look": NOON + 365 * DAY,
        "package_since": NOON - 4 * 365 * DAY,
    }
    return Candidate(**{**ordinary, **facts})
