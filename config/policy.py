"""What an operator decides about versions: the quarantine, and the packages for which it differs."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from config.kinds import Duration, Instant, Pattern
from config.pattern import matches

Enforce = Literal["enforce", "observe"]
"""observe records and reports what would be withheld; blocks always enforce."""


class QuarantineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The quarantine, either as a whole or as `Settings.for_package` resolves it for one package."""

    enforce: Enforce = "enforce"
    hold: Duration = timedelta(days=7)  # age at which a version is admitted; 0 switches the age rule off
    new_package_hold: Duration = timedelta(days=14)  # the same, while the package's first version is younger than this
    admit: Literal["age"] = "age"  # what lets a held version in
    baseline: Instant | None = None  # UTC; what was published before counts as admitted
    fresh_look: Duration = timedelta(minutes=10)  # admitted only if last looked at no earlier than `until` minus this


class PackageQuarantine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one `[[packages]]` entry changes. None inherits."""

    enforce: Enforce | None = None
    hold: Duration | None = None
    new_package_hold: Duration | None = None

    def keys(self) -> frozenset[str]:
        """The names of the keys that are set."""
        return frozenset(self._set())

    def _set(self) -> dict[str, Any]:
        return {key: value for key in self.__struct_fields__ if (value := getattr(self, key)) is not None}


class PackageEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[packages]]` entry: for the names that `match` matches, these keys."""

    match: Pattern
    quarantine: PackageQuarantine = PackageQuarantine()


def resolve(base: QuarantineSettings, entries: tuple[PackageEntry, ...], name: str) -> QuarantineSettings:
    """The quarantine for one package: the first entry that matches and sets a key wins that key, the rest is `base`."""
    if not entries:
        return base
    return _overlaid(base, tuple(entry.quarantine for entry in entries if matches(entry.match, name)))


@lru_cache(maxsize=1024)
def _overlaid(base: QuarantineSettings, overrides: tuple[PackageQuarantine, ...]) -> QuarantineSettings:
    # Few combinations are ever asked for, however many packages there are.
    changes: dict[str, Any] = {}
    for override in reversed(overrides):
        changes |= override._set()
    return replace(base, **changes) if changes else base
