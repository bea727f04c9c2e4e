"""Whose install scripts are allowed: a package, a scope, or a range of one package's versions.

A range is a text here; what it means is read by whoever judges versions. Its grammar is the part of npm's that leaves no
doubt, so that a list which loads is one that can be judged by.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from config.pattern import EVERYTHING, matches, validated

ALL = "*"
"""The range of every version."""

MOST = 256
"""Characters of a range."""

_NUMBER = r"(?:0|[1-9][0-9]{0,14})"
_PART = rf"(?:{_NUMBER}|(?=[0-9A-Za-z-]*[A-Za-z-])[0-9A-Za-z-]+)"
_FULL = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PART}(?:\.{_PART})*)?"
_PARTIAL = rf"(?:{_FULL}|{_NUMBER}(?:\.{_NUMBER})?(?:\.[xX*])?)"
_COMPARATOR = rf"(?:[<>]=?|[=^~])?{_PARTIAL}"
_ALTERNATIVE = rf"(?:{_PARTIAL} - {_PARTIAL}|{_COMPARATOR}(?: {_COMPARATOR})*)"
_RANGE = re.compile(rf"{_ALTERNATIVE}(?: ?\|\| ?{_ALTERNATIVE})*", re.ASCII)


class Trusted(msgspec.Struct, frozen=True):
    """One entry of `scripts.trusted`."""

    match: str
    """A package name, or a glob within one scope."""
    versions: str = ALL
    """A version or a range as npm writes them, prereleases to be included."""

    def __str__(self) -> str:
        return self.match if self.versions == ALL else f"{self.match}@{self.versions}"

    def names(self, name: str) -> bool:
        """Whether the package is meant; of which versions, `versions` says. Case matters: nothing is trusted by mistake."""
        return matches(self.match, name)


def parse_trusted(text: str) -> Trusted:
    """Read `name`, `@scope/*` or `name@range`. ValueError, with the mend, for anything else."""
    text = text.strip()
    if text == EVERYTHING:
        raise ValueError('"*" would trust everybody: write scripts.mode = "allow" if that is meant')
    at = text.find("@", 1)
    match = validated(text if at < 0 else text[:at])
    scope = match.rpartition("/")[0]
    if "*" in scope or ("*" in match and not scope):
        raise ValueError(f"{match!r}: anybody can publish under such a name; write whole names, or one scope: '@scope/*'")
    if at < 0:
        return Trusted(match)
    versions = text[at + 1 :].strip()
    if not versions:
        raise ValueError(f"{text!r} names no version: write {match!r} for all of them")
    if versions == ALL:
        return Trusted(match)
    if "*" in match:
        raise ValueError(f"{text!r}: a range is about one package; write its whole name, or {match!r} for all versions")
    if len(versions) > MOST or not _RANGE.fullmatch(versions):
        raise ValueError(f"{text[:60]!r}: what follows the name is no range; write 1.2.3, ^0.34, <2 or '>=1 <2'")
    return Trusted(match, versions)


def trusted_text(text: str) -> str:
    """The entry in its one spelling. ValueError as for `parse_trusted`."""
    return str(parse_trusted(text))


@lru_cache(maxsize=64)
def all_trusted(texts: tuple[str, ...]) -> tuple[Trusted, ...]:
    """A whole list of them."""
    return tuple(parse_trusted(text) for text in texts)
