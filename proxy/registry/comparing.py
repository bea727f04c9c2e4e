"""Comparing the bytes of two versions, one comparison after the other, in a process that may die of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.diffing.packed import compare_packed
from proxy.registry.interface import Tarball
from proxy.shared.confined import Confined, Unfinished
from quarantine.errors import PratiqueError

CAPS = Caps(packed=64 * 2**20, unpacked=512 * 2**20)
"""Larger archives are read by nobody."""

SECONDS = 60.0
"""How long one comparison may take."""

WAITING = 8
"""So many wait for their turn at most: each may hold two archives in memory."""

Fetched = Callable[[], Awaitable[Tarball]]


class TooBusy(PratiqueError):
    """Others wait for the same already; ask again in a while."""


class Comparing:
    """See proxy.npm.diffing.compare."""

    def __init__(self, confined: Confined, caps: Caps = CAPS, seconds: float = SECONDS) -> None:
        self._confined = confined
        self._caps = caps
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def diff(self, old: Fetched | None, new: Fetched, only: str | None) -> bytes:
        """A Diff as JSON. Raises TooBusy, ArchiveRefused, and what fetching raises."""
        if self._waiting >= WAITING:
            raise TooBusy("several comparisons are under way already; ask again in a minute")
        self._waiting += 1
        try:
            async with self._turn:
                after = await self._read(new)
                before = await self._read(old) if old is not None else None
                return await self._confined.run(compare_packed, before, after, only, self._caps, seconds=self._seconds)
        except Unfinished as error:
            raise ArchiveRefused(f"they could not be compared: {error}") from error
        finally:
            self._waiting -= 1

    async def _read(self, fetched: Fetched) -> bytes:
        found, most = await fetched(), self._caps.packed
        if found.data is not None:
            return found.data
        chunks, size = [], found.size or 0
        if size <= most:
            size = 0
            async for chunk in found.stream(0, None):
                size += len(chunk)
                chunks.append(chunk)
                if size > most:
                    break
        if size > most:
            raise ArchiveRefused(f"one of them has more than {most // 2**20} MiB, which is more than is compared")
        return await asyncio.to_thread(b"".join, chunks)
