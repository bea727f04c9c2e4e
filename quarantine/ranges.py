"""Version ranges as people write them about packages (`axios@<1.8.2`), read so that nothing slips between.

npm's own matching leaves prereleases out of most ranges. For a block that would be a hole: `<2.0.0` has to mean 2.0.0-rc.1 too.
So the comparators are npm's, and the comparison is plain semver precedence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import nodesemver

from quarantine.errors import PratiqueError
from quarantine.package import OrderKey, PackageName, is_version_text, order, semver

MAX_RANGE = 256


class InvalidRange(PratiqueError):
    """The text is neither a version nor a range of versions."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a decision is about: one package, and an exact version or a range of its versions."""

    name: PackageName
    versions: str
    exact: bool

    def __str__(self) -> str:
        return f"{self.name}@{self.versions}"

    @classmethod
    def parse(cls, text: str) -> Subject:
        """Read `name`, `name@version` or `name@range`; a bare name means every version. Raises InvalidName, InvalidRange."""
        at = text.find("@", 1)
        name = PackageName.parse(text if at < 0 else text[:at])
        versions = "*" if at < 0 else text[at + 1 :].strip()
        if not versions:
            raise InvalidRange(f"{name}@ names no version; write {name} for all of them")
        if semver(versions) is not None:
            return cls(name, versions, exact=True)
        _comparators(versions)
        return cls(name, versions, exact=False)

    def covers(self, version: str) -> bool:
        """Whether a version is meant; one that is no semver only by its exact text, or by `*`."""
        if self.exact:
            return version == self.versions
        return in_range(version, self.versions)


def satisfies(version: str, text: str) -> bool:
    """Whether a version lies in a range as npm's clients see it: prereleases do not, unless the range names one of theirs.

    For what lets in, as `in_range` is for what shuts out: of two readings each takes the safe one.
    """
    if semver(version) is None or not in_range(version, text):
        return False
    try:
        return bool(nodesemver.satisfies(version, text, loose=False))
    except ValueError:
        return False


def in_range(version: str, text: str) -> bool:
    """Whether a version lies in a range, prereleases and build metadata included. Raises InvalidRange."""
    alternatives = _comparators(text)
    if any(not alternative for alternative in alternatives):
        return True
    if semver(version) is None:
        return False
    key = _precedence(version)
    return any(all(_holds(operator, key, bound) for operator, bound in alternative) for alternative in alternatives)


@lru_cache(maxsize=4096)
def _comparators(text: str) -> tuple[tuple[tuple[str, OrderKey], ...], ...]:
    """Alternatives of comparators; an alternative without any matches everything."""
    if text in {"", "*", "x", "X"}:
        return ((),)
    if len(text) > MAX_RANGE or not text.isascii() or not text.isprintable():
        raise InvalidRange(f"{text[:40]!a} is not a range of versions")
    try:
        parsed = nodesemver.make_range(text, loose=False)
    except ValueError:
        shown = "a version" if is_version_text(text) else "a range"
        raise InvalidRange(f"{text[:60]!r} is not {shown} that npm understands; write 1.2.3, <1.8.2, ^4 or '>=1 <2'") from None
    found = []
    for alternative in parsed.set:
        bounds = [(each.operator, each.semver.version) for each in alternative if each.operator is not None]
        if beyond := next((bound for _operator, bound in bounds if semver(bound) is None), None):
            raise InvalidRange(f"{text[:60]!r} reaches {beyond[:60]}, which npm does not count as a version")
        found.append(tuple((operator or "=", _precedence(bound)) for operator, bound in bounds))
    return tuple(found)


def _precedence(version: str) -> OrderKey:
    """The sort key without the text that makes it total: build metadata does not count."""
    return (*order(version)[:-1], "")


def _holds(operator: str, key: OrderKey, bound: OrderKey) -> bool:
    match operator:
        case "<":
            return key < bound
        case "<=":
            return key <= bound
        case ">":
            return key > bound
        case ">=":
            return key >= bound
        case _:
            return key == bound
