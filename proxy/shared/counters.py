"""Counters of changes in memory that all workers map: whoever wrote something bumps, whoever remembers something compares.

What is remembered is stamped with the counter as it was *before* the ledger was read. A bump comes after the commit and before
the answer, so that whoever asks after the answer finds another number than the stamp.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EPOCH, DECISIONS, CREDENTIALS = 0, 1, 2
"""The freeze, and whatever else concerns every package; what people decided; tokens."""

PACKAGES = 65_536
"""Slots for packages. Two packages may share one: then a change of the one costs the other a look into the ledger."""

_FIRST = 3
_SLOTS = _FIRST + PACKAGES
_MAGIC = b"pratique"
_VERSION = 1
_HEADER = 64
_SIZE = _HEADER + 8 * _SLOTS


class Counters:
    """Numbers that only grow. Reading takes no lock; a process that dies while it bumps leaves no lock behind."""

    def __init__(self, memory: mmap.mmap, handle: int | None) -> None:
        self._memory = memory
        self._handle = handle
        self._turn = threading.Lock()
        self._bytes = memoryview(memory)
        self._slots = self._bytes[_HEADER:_SIZE].cast("Q")

    @classmethod
    def private(cls) -> Counters:
        """Those of a process that shares them with nobody."""
        return cls(mmap.mmap(-1, _SIZE), None)

    @classmethod
    def create(cls, path: Path) -> Counters:
        """New ones, for others to open."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        # All of it on disk, since a page that has no room there kills whoever touches it.
        written = 0
        while written < _SIZE:
            written += os.pwrite(handle, bytes(_SIZE - written), written)
        os.pwrite(handle, _MAGIC + _VERSION.to_bytes(8, "little") + PACKAGES.to_bytes(8, "little"), 0)
        return cls(mmap.mmap(handle, _SIZE), handle)

    @classmethod
    def open(cls, path: Path) -> Counters:
        """Those that another process has created. Raises OSError; ValueError where the file is something else."""
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        head = os.pread(handle, _HEADER, 0)
        told = (head[:8], int.from_bytes(head[8:16], "little"), int.from_bytes(head[16:24], "little"))
        if told != (_MAGIC, _VERSION, PACKAGES) or os.fstat(handle).st_size != _SIZE:
            os.close(handle)
            raise ValueError(f"{str(path)!r} does not hold the counters of this version")
        return cls(mmap.mmap(handle, _SIZE), handle)

    def read(self, slot: int) -> int:
        """How often something of this slot has changed."""
        return self._slots[slot]

    @property
    def slots(self) -> memoryview:
        """The numbers themselves, to be read only: for whoever compares them with every request."""
        return self._slots

    @staticmethod
    def package_slot(name: str) -> int:
        """The slot of a package, the same in every process and for every registry that it may come from."""
        return _FIRST + zlib.crc32(name.encode()) % PACKAGES

    def bump(self, *slots: int) -> None:
        """Say that something of these slots has changed. Effective in every process on return."""
        with self._alone():
            for slot in slots:
                self._slots[slot] += 1

    def bump_all(self) -> None:
        """Say that anything may have changed: a process has died, perhaps between a commit and its bump."""
        with self._alone():
            for slot in range(_SLOTS):
                self._slots[slot] += 1

    def close(self) -> None:
        """Let go of the memory; the others go on."""
        self._slots.release()
        self._bytes.release()
        self._memory.close()
        if self._handle is not None:
            os.close(self._handle)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._turn:
            if self._handle is None:
                yield
                return
            # The kernel gives the lock back when its holder dies, whatever it was doing.
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)
