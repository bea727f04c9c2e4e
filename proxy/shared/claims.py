"""Claims to a piece of work: of all workers one does it, and the others wait and find it done."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PAUSE = 0.01
"""Seconds between two looks at whether another process has let go."""

PATIENCE = 30.0
"""Seconds that another process is waited for; then the work is done twice rather than by nobody."""


class Claims:
    """Locks by name, each a byte of one file that nobody writes; the kernel frees those of a process that dies."""

    def __init__(self, handle: int | None, patience: float = PATIENCE) -> None:
        self._handle = handle
        self._patience = patience
        self._mine: dict[int, asyncio.Lock] = {}
        self._wanted: dict[int, int] = {}

    @classmethod
    def alone(cls) -> Claims:
        """Those of a process that has none beside it: there is never anybody to wait for."""
        return cls(None)

    @classmethod
    def beside(cls, path: Path, patience: float = PATIENCE) -> Claims:
        """Those that all processes have which name this file."""
        return cls(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), patience)

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[bool]:
        """Hold the claim to `key`. True: nobody else had it. False: somebody had, so what is wanted may be there by now."""
        if self._handle is None:
            yield True
            return
        at = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=7).digest())
        lock = self._mine.setdefault(at, asyncio.Lock())
        self._wanted[at] = self._wanted.get(at, 0) + 1
        try:
            # A process does not exclude itself from a byte of a file.
            first = not lock.locked()
            async with lock:
                held = self._take(at)
                first = first and held
                try:
                    held = held or await self._wait(at)
                    yield first
                finally:
                    if held:
                        fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, at)
        finally:
            self._wanted[at] -= 1
            if not self._wanted[at]:
                del self._wanted[at], self._mine[at]

    def close(self) -> None:
        """Let go of everything."""
        if self._handle is not None:
            os.close(self._handle)

    async def _wait(self, at: int) -> bool:
        """Whether the claim was got in time."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._patience
        while clock() < until:
            # Nothing wakes a process when another one's lock goes, least of all where that was killed.
            await asyncio.sleep(PAUSE)
            if self._take(at):
                return True
        return False

    def _take(self, at: int) -> bool:
        assert self._handle is not None
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
        except OSError as error:
            if error.errno in {errno.EACCES, errno.EAGAIN}:
                return False
            raise
        return True
