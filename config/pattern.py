"""Globs over package names, as `[[packages]] match` writes them.

`*` matches any characters except `/`, so `@types/*` is a scope and `eslint-*` a family of unscoped packages. The
pattern `*` alone is everything, scoped packages too. Case matters: `JSONStream` and `jsonstream` are two packages.
"""

from __future__ import annotations

import re

EVERYTHING = "*"

# What may stand in a package name, old names included, plus the glob's own "*".
_PART = re.compile(r"[A-Za-z0-9\-_.!~*'()]+")


def matches(pattern: str, name: str) -> bool:
    """Whether the package name is one that the pattern means. Takes time linear in both, whatever the pattern."""
    if pattern == EVERYTHING:
        return True
    patterns, names = pattern.split("/"), name.split("/")
    return len(patterns) == len(names) and all(map(_part_matches, patterns, names))


def covers(wide: str, narrow: str) -> bool:
    """Whether `wide` matches every name that `narrow` matches.

    A star of `narrow` can become any text; so put a character there that no pattern spells out. If `wide` matches that,
    one of its own stars took it in, and would take in any other text as well.
    """
    return wide == EVERYTHING or (narrow != EVERYTHING and matches(wide, narrow.replace("*", "\0")))


def validated(pattern: str) -> str:
    """The pattern itself. ValueError, with the mend, when no package name could ever match it."""
    if pattern == EVERYTHING:
        return pattern
    if not pattern:
        raise ValueError('is empty: write a package name, a glob such as "@types/*", or "*" for everything')
    if "**" in pattern:
        raise ValueError(f'{pattern!r}: "**" means nothing here; write "*" alone for everything')
    if "@" in pattern[1:]:
        name = pattern[: pattern.index("@", 1)]
        raise ValueError(f"{pattern!r}: version ranges are not accepted here; write the name alone: {name!r}")
    scope, slash, name = pattern.rpartition("/")
    if pattern.startswith("@") and not slash:
        raise ValueError(f"{pattern!r} matches no package: for a whole scope write {pattern + '/*'!r}")
    if (slash and not scope.startswith("@")) or "/" in scope:
        raise ValueError(f'{pattern!r} matches no package: a name has one "/" at most, after its scope (@scope/name)')
    for part in (scope[1:], name) if slash else (name,):
        if not _PART.fullmatch(part):
            raise ValueError(f'{pattern!r} matches no package: write letters, digits, "-", "_", "." and "*" only')
    return pattern


def _part_matches(pattern: str, text: str) -> bool:
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    *middle, last = rest
    if not text.startswith(first):
        return False
    position = len(first)
    for piece in middle:  # the leftmost place is always the best one: it leaves the most for what follows
        position = text.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return len(text) - len(last) >= position and text.endswith(last)
