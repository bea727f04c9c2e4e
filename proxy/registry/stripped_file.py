"""Taking install scripts out of one stored tarball; runs in a process that may die of what it reads."""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.archive.reading import read_archive
from proxy.npm.integrity import check_bytes
from proxy.npm.stripping.strip import RECIPE, strip
from quarantine.digests import Digests

RECIPES = {RECIPE: strip}
"""Every way of rewriting that this release knows, by number: rewritten bytes that were lost are made again by theirs."""

NEWEST = max(RECIPES)


class OddArchive(ArchiveRefused):
    """Readers of the archive could see different files, so nobody can say what stripping would leave."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; `target` holds the bytes unless nothing was removed."""

    integrity: str | None
    """`sha512-…` of the new bytes; None where there was nothing to remove."""
    shasum: str
    size: int
    unpacked: int
    files: int
    removed: tuple[str, ...] = ()


def strip_file(source: bytes | Path, digests: Digests, target: Path, recipe: int, caps: Caps) -> Outcome:
    """Write to `target` what is left of `source`, if there is anything to remove.

    Raises IntegrityMismatch where the bytes are not those of `digests`, ArchiveRefused and OddArchive.
    """
    with _opened(source) as packed:
        check_bytes(packed, digests)
        archive = read_archive(packed, caps)
        if archive.oddities:
            raise OddArchive(f"its archive can be read in more than one way: {archive.oddities[0]}")
        stripped = RECIPES[recipe](archive)
        if stripped is None:
            files = [member for member in archive.members if not member.directory]
            shasum = hashlib.sha1(packed, usedforsecurity=False).hexdigest()
            return Outcome(None, shasum, len(packed), sum(each.size for each in files), len(files))
        target.write_bytes(stripped.packed)
        return Outcome(
            stripped.integrity, stripped.shasum, len(stripped.packed), stripped.unpacked, stripped.files, stripped.removed
        )


@contextmanager
def _opened(source: bytes | Path) -> Iterator[memoryview]:
    if isinstance(source, bytes):
        yield memoryview(source)
        return
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
        yield view
