"""Reading an archive that was made as strictly as those that come from elsewhere: it must be what was meant, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.npm.archive.headers import BLOCK
from proxy.npm.archive.members import Caps
from proxy.npm.archive.oddities import shown
from proxy.npm.archive.reading import read_archive
from proxy.npm.archive.writing import File
from quarantine.errors import PratiqueError

_PATH = 16 * 2**10
"""Bytes of the longest path that can be read back."""

_PER_FILE = _PATH + 4 * BLOCK
"""The most that a file's headers and padding take."""

_DENSEST = 1100
"""More deflate cannot do."""

_PART = 2**20


class Unstrippable(PratiqueError):
    """Nobody can say what would be left, or what was made is not what was meant. Says where."""


def verify(packed: bytes, files: Sequence[File]) -> None:
    """Raise Unstrippable unless every client sees exactly these files in the archive, and ArchiveRefused if it is none at all."""
    size = sum(len(file.content) for file in files)
    # What it is made of was read within an operator's caps; these only say that there is no more.
    caps = Caps(
        packed=len(packed),
        unpacked=size + _PER_FILE * (len(files) + 1),
        ratio=_DENSEST,
        entries=2 * len(files),
        path=_PATH,
        depth=_PATH,
    )
    made = read_archive(packed, caps)
    if made.oddities:
        raise Unstrippable(f"the archive that was made can be read in more than one way: {made.oddities[0]}")
    wanted = {file.path: file for file in files}
    if len(made.members) != len(files) or made.files.keys() != wanted.keys():
        raise Unstrippable("the archive that was made does not list the files that it should have")
    for path, member in made.files.items():
        file = wanted[path]
        if not _same(made.view(member), file.content) or bool(member.mode & 0o111) != file.executable:
            raise Unstrippable(f"{shown(path)} is not what it should be in the archive that was made")


def _same(one: bytes | memoryview, other: bytes | memoryview) -> bool:
    """Views are compared byte by byte in a slow way, copies of them are not."""
    parts = range(0, max(len(one), len(other)), _PART)
    return all(bytes(one[at : at + _PART]) == bytes(other[at : at + _PART]) for at in parts)
