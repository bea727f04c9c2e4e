"""Which version of a dependency satisfies a range. Runs in a process that may die: whoever publishes writes ranges."""

from __future__ import annotations

from collections.abc import Sequence

from nodesemver import make_range, make_semver

LONGEST = 256
"""Characters of a range. A longer one is read by nobody here, and satisfied by nothing."""

_ANY = frozenset({"", "*", "x", "X"})

NO_RANGE = ""
"""In place of a version: the text is no range, so it may be a dist-tag."""


def first_satisfying(asked: Sequence[tuple[str, Sequence[str]]]) -> list[str | None]:
    """For each range the first of its versions that npm would take for it; None where it would take none of them."""
    return [_first(text.strip(), versions) for text, versions in asked]


def _first(text: str, versions: Sequence[str]) -> str | None:
    if text in _ANY:
        # npm takes whatever `latest` is, a prerelease too.
        return next(iter(versions), None)
    if len(text) > LONGEST:
        return None
    try:
        wanted = make_range(text, loose=True)
    except ValueError:
        return NO_RANGE
    return next((version for version in versions if _satisfies(version, wanted)), None)


def _satisfies(version: str, wanted: object) -> bool:
    try:
        return bool(wanted.test(make_semver(version, loose=True)))  # type: ignore[attr-defined]
    except ValueError:
        return False
