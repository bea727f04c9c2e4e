"""Bytes that are served in place of a version's own: an archive without its install scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What became of the bytes with one digest under one recipe. The first that is on record stays: lockfiles pin it."""

    of: str
    """The strongest digest of the upstream's bytes, as in `dist.integrity`."""
    recipe: int
    """Which way of rewriting it was."""
    integrity: str
    """`sha512-…` of the served bytes."""
    shasum: str
    """sha1 of them in hexadecimal, for clients that know nothing else."""
    size: int
    """Bytes of the served archive."""
    unpacked: int
    """Bytes of all files in it: `dist.unpackedSize`."""
    files: int
    """`dist.fileCount`."""
    removed: tuple[str, ...]
    """What was taken out, each as a reader would say it: `scripts.postinstall`, `binding.gyp`, …"""
    at: datetime

    @property
    def untouched(self) -> bool:
        """Whether the served bytes are the upstream's: they have no install script, whatever their document says."""
        return self.integrity == self.of
