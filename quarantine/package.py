"""What npm calls a package and a version: names, semver order, and the line a version belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from quarantine.errors import PratiqueError

MAX_NAME = 214
"""npm's own limit on a package name, scope included."""

MAX_VERSION = 256
"""node-semver's limit on the length of a version."""

MAX_NUMBER = 2**53 - 1
"""node-semver's limit on major, minor and patch: JavaScript's greatest exact integer."""

# npm's grammar for names that may still be fetched: old packages have capitals and `!~*'()`, which new ones may not.
_CHARACTERS = r"[A-Za-z0-9\-._~!*'()]"
_NAME = re.compile(rf"@(?!\.){_CHARACTERS}+/(?!\.){_CHARACTERS}+|(?![._]){_CHARACTERS}+")
_RESERVED = frozenset({"node_modules", "favicon.ico"})
_NUMBER = r"0|[1-9][0-9]*"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)


class InvalidName(PratiqueError):
    """The text is not the name of an npm package."""


class PackageName(str):
    """A package name that passed the grammar, in its exact case: `JSONStream` and `jsonstream` are two packages."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> PackageName:
        """Take `name` or `@scope/name`; raise InvalidName for anything npm could not have published."""
        if len(text) > MAX_NAME or not _NAME.fullmatch(text) or text.lower() in _RESERVED:
            raise InvalidName(f"{text[:60]!a} is not an npm package name (letters, digits, - . _ ~, optionally @scope/)")
        return cls(text)

    @property
    def basename(self) -> str:
        """The name without its scope, as tarball file names carry it."""
        return self.rpartition("/")[2]

    @property
    def scope(self) -> str | None:
        """`@acme` of `@acme/widget`."""
        return self.partition("/")[0] if self.startswith("@") else None


@dataclass(frozen=True, slots=True)
class PackageVersion:
    """One version of one package, as `name@version`."""

    name: PackageName
    version: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    @classmethod
    def parse(cls, text: str) -> PackageVersion:
        """Read `name@version`; the version may be anything npm has listed, semver or not."""
        name, at, version = text.rpartition("@")
        if not at or not name:
            raise InvalidName(f"{text[:80]!a} names no version: write NAME@VERSION, for example axios@1.7.9")
        package = PackageName.parse(name)
        if not is_version_text(version):
            raise InvalidName(f"{version[:40]!a} is not a version of {package[:60]}")
        return cls(package, version)


def is_version_text(text: str) -> bool:
    """Whether the text may stand for a version in an address or a document: short, printable ASCII, no separators."""
    return (
        0 < len(text) <= MAX_VERSION
        and text.isascii()
        and text.isprintable()
        and bool(text.strip("."))
        and not set(text) & set("/\\ %?#\"'<>@")
    )


@dataclass(frozen=True, slots=True)
class Semver:
    """A parsed semantic version (semver.org 2.0.0, as npm publishes them)."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...]

    @property
    def line(self) -> str:
        """The release line: the major of a stable version, the id of a prerelease (`7`, `-beta`)."""
        return f"-{self.prerelease_id}" if self.prerelease else str(self.major)

    @property
    def prerelease_id(self) -> str:
        """The first word of the prerelease without its number: `beta` of `2.0.0-beta.3`, `rc` of `1.0.0-rc2`."""
        words = (part.rstrip("0123456789") for part in self.prerelease)
        return next((word for word in words if word), "")


@lru_cache(maxsize=65536)
def semver(version: str) -> Semver | None:
    """Parse a version strictly; None for what npm's semver would not accept as it stands."""
    match = _SEMVER.fullmatch(version) if len(version) <= MAX_VERSION else None
    if match is None:
        return None
    major, minor, patch = (int(number) for number in match.group(1, 2, 3))
    if max(major, minor, patch) > MAX_NUMBER:
        return None
    prerelease = match[4]
    return Semver(major, minor, patch, tuple(prerelease.split(".")) if prerelease else ())


OrderKey = tuple[int, int, int, int, int, tuple[tuple[int, int, str], ...], str]


@lru_cache(maxsize=65536)
def order(version: str) -> OrderKey:
    """A sort key that puts versions in semver precedence; total, so build metadata and odd texts have a place too."""
    parsed = semver(version)
    if parsed is None:
        return (0, 0, 0, 0, 0, (), version)
    identifiers = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parsed.prerelease)
    return (1, parsed.major, parsed.minor, parsed.patch, 0 if parsed.prerelease else 1, identifiers, version)
