"""A stored tarball as an open file whose bytes have been checked once: what is read from it is what was checked.

A blob is never changed in place, only replaced as a whole, and an open file stays the one that it was.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from pathlib import Path

from proxy.npm.integrity import Check, IntegrityMismatch
from quarantine.digests import Digests

CHUNK = 2**18

NOWAIT = getattr(os, "RWF_NOWAIT", None)
"""Read only what needs no disk; Linux has it."""


class VerifiedFile:
    """Bytes that are the promised ones; the file is closed when nobody has this any more."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size
        weakref.finalize(self, os.close, descriptor)

    def at_hand(self, start: int, end: int) -> bytes | bytearray | None:
        """A stretch, where it is in the machine's memory; None where it would have to be read from a disk."""
        if NOWAIT is None:
            return None
        found = bytearray(end - start)
        try:
            if os.preadv(self._descriptor, [found], start, NOWAIT) == len(found):
                return found
        except OSError:
            pass
        return None

    def read(self, start: int, end: int) -> bytes:
        """A stretch, wherever it is. Raises OSError where the file has become shorter."""
        found = os.pread(self._descriptor, end - start, start)
        if len(found) != end - start:
            raise OSError("a stored tarball has become shorter")
        return found


def open_verified(path: Path, digests: Digests) -> VerifiedFile | None:
    """Open a file and read it once; None where it is not there, or not what was promised."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    size = 0
    with suppress(OSError, IntegrityMismatch):
        check = Check(digests)
        while chunk := os.pread(descriptor, CHUNK, size):
            check.update(chunk)
            size += len(chunk)
        check.finish()
        return VerifiedFile(descriptor, size)
    os.close(descriptor)
    return None
