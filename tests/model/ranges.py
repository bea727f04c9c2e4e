"""The versions and ranges that decisions of the machine are about, each with what it means spelled out."""

from __future__ import annotations

from collections.abc import Callable

from quarantine.package import order

VERSIONS = ["1.0.0", "1.1.0", "1.2.0-beta.1", "1.2.0-beta.2", "2.0.0-rc.1", "2.0.0", "2.1.0"]


def at_least(version: str, bound: str) -> bool:
    """Plain semver precedence, prereleases included."""
    return order(version) >= order(bound)


MEANING: dict[str, Callable[[str], bool]] = {
    "*": lambda version: True,
    "<1.2.0": lambda version: not at_least(version, "1.2.0"),
    ">=1.1.0 <2.0.0": lambda version: at_least(version, "1.1.0") and not at_least(version, "2.0.0"),
    ">=2.0.0-rc.1": lambda version: at_least(version, "2.0.0-rc.1"),
    ">1.0.0": lambda version: at_least(version, "1.0.0") and version != "1.0.0",
}


def covers(versions: str, version: str) -> bool:
    """Whether a decision about `versions` is about this one."""
    return MEANING[versions](version) if versions in MEANING else versions == version
