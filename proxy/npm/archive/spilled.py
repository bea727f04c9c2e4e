"""Where unpacked bytes go: into memory while they are few, then into a file that nobody else sees and that is mapped."""

from __future__ import annotations

import mmap
import tempfile
from types import TracebackType
from typing import IO, Self

from proxy.npm.archive.members import ArchiveRefused

SPILL = 32 * 2**20
"""Bytes that are kept in memory. Of a thousand packages, one or two unpack to more."""


class Spilled:
    """Bytes that come one after the other, to be looked at as one."""

    def __init__(self, limit: int = SPILL) -> None:
        self.size = 0
        self._limit = limit
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None

    def write(self, piece: bytes) -> None:
        """Raises ArchiveRefused where the disk has no room."""
        self.size += len(piece)
        if self._file is None and self.size <= self._limit:
            self._pieces.append(piece)
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
                self._file.writelines(self._pieces)
                self._pieces.clear()
            self._file.write(piece)
        except OSError as error:
            raise ArchiveRefused(f"the archive cannot be unpacked into a temporary file: {error.strerror}") from None

    def view(self) -> memoryview:
        """All of it. What is on disk stays there as long as the view does."""
        if self._file is None:
            return memoryview(self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces))
        try:
            self._file.flush()
            return memoryview(mmap.mmap(self._file.fileno(), self.size, access=mmap.ACCESS_READ))
        except OSError as error:
            raise ArchiveRefused(f"the unpacked archive cannot be mapped: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
