"""Blobs in memory: for tests, and for whoever wants a proxy that forgets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from pathlib import Path

from proxy.storage.blobs import CHUNK, BlobInfo, check_key, check_prefix, check_range, is_due, wall_clock
from proxy.storage.errors import BlobMissing


class MemoryBlobStore:
    """A `BlobStore` in a dictionary. Nothing is bounded: it holds whatever is put."""

    def __init__(self, *, now: Callable[[], datetime] = wall_clock) -> None:
        self._now = now
        self._blobs: dict[str, tuple[bytes, datetime]] = {}

    async def stat(self, key: str) -> BlobInfo | None:
        found = self._blobs.get(check_key(key))
        return BlobInfo(key, len(found[0]), found[1]) if found else None

    async def read(self, key: str) -> bytes | None:
        found = self._blobs.get(check_key(key))
        return found[0] if found else None

    async def stream(
        self,
        key: str,
        start: int = 0,
        end: int | None = None,
        chunk: int = CHUNK,
    ) -> AsyncGenerator[bytes, None]:
        data = await self.read(key)
        if data is None:
            raise BlobMissing(key)
        end = check_range(key, len(data), start, end, chunk)
        for offset in range(start, end, chunk):
            yield data[offset : min(offset + chunk, end)]

    async def put(self, key: str, data: bytes) -> None:
        self._blobs[check_key(key)] = (bytes(data), self._now())

    async def put_file(self, key: str, source: Path) -> None:
        check_key(key)
        data = await asyncio.to_thread(source.read_bytes)
        await self.put(key, data)
        await asyncio.to_thread(source.unlink, missing_ok=True)

    async def touch(self, key: str) -> None:
        found = self._blobs.get(check_key(key))
        now = self._now()
        if found and is_due(found[1], now):
            self._blobs[key] = (found[0], now)

    async def delete(self, key: str) -> bool:
        return self._blobs.pop(check_key(key), None) is not None

    async def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        check_prefix(prefix)
        for key, (data, modified) in tuple(self._blobs.items()):
            if key.startswith(prefix):
                yield BlobInfo(key, len(data), modified)

    def local(self, key: str) -> Path | None:
        check_key(key)
        return None

    async def close(self) -> None:
        """Nothing to let go of: what was put stays readable, so that a test can close and look."""
