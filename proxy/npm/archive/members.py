"""What an archive holds, as every reader of it must see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from quarantine.errors import PratiqueError
from quarantine.examination import Oddity

_NAME = r"(?:@[^/]+/[^/]+|[^/@][^/]*)"
_PACKAGES = re.compile(rf"node_modules/{_NAME}(?:/node_modules/{_NAME})*")


class ArchiveRefused(PratiqueError):
    """A cap was reached, or the bytes are no archive at all: nothing can be said of what is inside. Says which cap, and where."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How much is read of one archive before it is refused. Sizes in bytes."""

    packed: int = 512 * 2**20
    unpacked: int = 2**30
    ratio: int = 200
    """Unpacked over packed bytes, once more than `ratio_from` are unpacked."""
    ratio_from: int = 32 * 2**20
    entries: int = 200_000
    """Headers of any kind."""
    path: int = 1024
    """Bytes of one path."""
    depth: int = 64
    """Components of one path."""
    manifest: int = 2**20
    """One package.json, npm-shrinkwrap.json or other file that is parsed."""
    pax: int = 64 * 2**10
    """One pax or long-name record."""


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file or a folder."""

    path: str
    """As it lands in the package's folder, without the archive's root: `package.json`, `lib/index.js`."""
    size: int
    mode: int
    """The permission bits of its header."""
    offset: int
    """Where its bytes begin in the unpacked stream."""
    directory: bool = False


@dataclass(frozen=True)
class Archive:
    """An archive that was read to its very end."""

    root: str
    """The first component of every path: `package`, most often. Clients take it off whatever it is."""
    members: tuple[Member, ...]
    """In the order of the stream."""
    oddities: tuple[Oddity, ...]
    """Empty: every client sees exactly `members`. Else nobody can say what a client sees, and `members` is what we made of it."""
    packed: int
    """Bytes of the archive as it is downloaded."""
    unpacked: memoryview = field(repr=False)
    """The whole stream: of a file that is mapped, where it is large."""

    @cached_property
    def files(self) -> Mapping[str, Member]:
        """Regular files by path; where a path occurs twice, its last one."""
        return {member.path: member for member in self.members if not member.directory}

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none of that path."""
        member = self.files.get(path)
        return bytes(self.view(member)) if member is not None else None

    def view(self, member: Member) -> memoryview:
        """The bytes of a member, not copied."""
        return self.unpacked[member.offset : member.offset + member.size]

    def packages(self) -> Iterator[str]:
        """The folders that hold a package.json of a bundled package: `node_modules/a`, `node_modules/@s/b/node_modules/c`, …"""
        for path in self.files:
            folder, slash, name = path.rpartition("/")
            if slash and name == "package.json" and is_package_folder(folder):
                yield folder


def is_package_folder(folder: str) -> bool:
    """Whether a client takes this folder inside of a package for a package of its own."""
    return _PACKAGES.fullmatch(folder) is not None
