"""The cached stage for tarballs: kept by digest, verified whenever they are read, fetched once for all who ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import aiohttp
import structlog

from proxy.npm.integrity import Check, IntegrityMismatch, blob_key, check_bytes
from proxy.registry.download import SMALL, Download
from proxy.registry.errors import DownloadBroken
from proxy.registry.interface import Manifest, Tarball
from proxy.registry.memory import Memory
from proxy.registry.upstream import Patience
from proxy.registry.verified_file import VerifiedFile, open_verified
from proxy.storage.blobs import BlobInfo, BlobStore
from proxy.storage.errors import BlobMissing, BlobTruncated, StorageFailed
from quarantine.digests import Digests
from quarantine.errors import PratiqueError

log = structlog.get_logger()

UNSAID = Patience()
CHECKED = 50_000
"""So many large blobs are remembered to be whole; one that was forgotten is read through once more."""


class Opened(Protocol):
    """Something that opens one attempt at a tarball: the upstream."""

    def tarball(self, manifest: Manifest) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """See proxy.registry.upstream.Upstream."""
        ...


@dataclass(slots=True)
class Counts:
    """What the metrics show of this stage."""

    hits: int = 0
    misses: int = 0
    damaged: int = 0
    mismatches: int = 0


class CachedTarballs:
    """Bytes by digest. Knows nothing of policy: bytes that one version may have are not thereby another's."""

    def __init__(
        self,
        upstream: Opened,
        blobs: BlobStore,
        spool: Path,
        limit: int = 2 * 2**30,
        patience: Patience = UNSAID,
        checked: int = CHECKED,
    ) -> None:
        self._upstream = upstream
        self._blobs = blobs
        self._spool = spool
        self._limit = limit
        self._patience = patience
        self._turns = asyncio.Semaphore(patience.downloads)
        self._downloads: dict[str, Download] = {}
        self._owners: dict[Download, asyncio.Task[None]] = {}
        self._whole: Memory[str, tuple[int, datetime]] = Memory(checked)
        self.counts = Counts()
        self.on_mismatch: Callable[[Manifest, IntegrityMismatch], Awaitable[None]] | None = None
        """Told of bytes that were not the promised ones, also where a part of them had gone out already."""

    async def tarball(self, manifest: Manifest) -> Tarball:
        """The bytes of a version. Raises IntegrityMismatch, NotFound or UpstreamFailed before anything was handed out."""
        key = blob_key(manifest.digests)
        download = self._downloads.get(key)
        if download is None:
            stored = await self._stored(key, manifest.digests)
            if stored is not None:
                self.counts.hits += 1
                return stored
            # Another asker may have begun while the store was read.
            download = self._downloads.get(key) or self._begin(key, manifest)
        try:
            await download.ready()
        except asyncio.CancelledError:
            if download.unwanted:
                self._give_up(key, download)
            raise
        return await self._from(download, key, manifest)

    async def size(self, manifest: Manifest) -> int | None:
        """Length in bytes of what is stored, without reading it; None when nothing is."""
        info = await self._blobs.stat(blob_key(manifest.digests))
        return info.size if info else None

    async def verified(self, manifest: Manifest) -> VerifiedFile | None:
        """The stored bytes as an open file, checked once more; None where they are no file of this machine, or not stored."""
        path = self._blobs.local(blob_key(manifest.digests))
        return await asyncio.to_thread(open_verified, path, manifest.digests) if path is not None else None

    async def kept(self, digests: Digests) -> Tarball | None:
        """The stored bytes with these digests; None where there are none. Nothing is fetched."""
        return await self._stored(blob_key(digests), digests)

    async def put(self, digests: Digests, whole: bytes | Path) -> None:
        """Store bytes that were made here; a file is gone afterwards. They are verified whenever they are read."""
        await self._put(blob_key(digests), whole)

    def local(self, digests: Digests) -> Path | None:
        """The file of this machine that holds, or would hold, the bytes with these digests."""
        return self._blobs.local(blob_key(digests))

    @property
    def queued(self) -> int:
        """How many downloads wait for their turn."""
        return sum(not download.begun for download in self._downloads.values())

    async def close(self) -> None:
        """End the downloads under way; nothing partial is kept."""
        owners = list(self._owners.values())
        for task in owners:
            task.cancel()
        await asyncio.gather(*owners, return_exceptions=True)

    async def _from(self, download: Download, key: str, manifest: Manifest) -> Tarball:
        data = download.data
        if data is not None:
            return _in_memory(data)
        stored = await self._stored(key, manifest.digests) if key not in self._downloads else None
        if stored is not None:
            return stored

        def stream(start: int, end: int | None) -> AsyncIterator[bytes]:
            if start or end is not None:
                raise ValueError("a range cannot be cut out of what is still arriving")
            return download.follow()

        return Tarball(download.size, None, stream, sealed=False)

    def _begin(self, key: str, manifest: Manifest) -> Download:
        self.counts.misses += 1
        download = Download(manifest.digests, self._spool, self._limit, str(manifest.id))
        self._downloads[key] = download
        task = asyncio.ensure_future(self._own(download, key, manifest))
        self._owners[download] = task
        task.add_done_callback(lambda _: self._owners.pop(download, None))
        return download

    def _give_up(self, key: str, download: Download) -> None:
        """End what still waits for its turn and is wanted by nobody any more, so that it stands in nobody's way."""
        if self._downloads.get(key) is download:
            del self._downloads[key]
        if (owner := self._owners.get(download)) is not None:
            owner.cancel()

    async def _own(self, download: Download, key: str, manifest: Manifest) -> None:
        try:
            await download.run(
                lambda: self._upstream.tarball(manifest),
                lambda whole: self._put(key, whole),
                self._turns,
                self._patience,
            )
        except IntegrityMismatch as error:
            self.counts.mismatches += 1
            log.error("integrity-mismatch", version=str(manifest.id), reason=str(error))
            if self.on_mismatch is not None:
                # Before anybody can begin another download of it.
                await self.on_mismatch(manifest, error)
        except PratiqueError as error:
            log.warning("download-failed", version=str(manifest.id), reason=str(error))
        finally:
            # What everybody left may have been begun anew meanwhile.
            if self._downloads.get(key) is download:
                del self._downloads[key]

    async def _put(self, key: str, whole: bytes | Path) -> None:
        if isinstance(whole, bytes):
            await self._blobs.put(key, whole)
        else:
            await self._blobs.put_file(key, whole)

    async def _stored(self, key: str, digests: Digests) -> Tarball | None:
        """What the store holds, verified; damaged bytes are forgotten, so that they are fetched again."""
        info = await self._blobs.stat(key)
        if info is None:
            return None
        with suppress(StorageFailed):
            await self._blobs.touch(key)
        if info.size > SMALL:
            return Tarball(info.size, None, lambda start, end: self._verified(info, digests, start, end), sealed=True)
        try:
            data = await self._blobs.read(key)
            if data is None:
                return None
            check_bytes(data, digests)
        except (IntegrityMismatch, BlobTruncated) as error:
            await self._damaged(key, error)
            return None
        return _in_memory(data)

    async def _verified(self, info: BlobInfo, digests: Digests, start: int, end: int | None) -> AsyncIterator[bytes]:
        """A large blob's bytes: whole ones are checked as they pass and the last chunk waits for the outcome; before a
        part is cut out, the whole is read and checked once."""
        whole = start == 0 and (end is None or end >= info.size)
        try:
            if not whole and self._whole.get(info.key) != (info.size, info.modified):
                async with aclosing(self._checked(info, digests)) as everything:
                    async for _ in everything:
                        pass
            source = self._checked(info, digests) if whole else self._blobs.stream(info.key, start, end)
            async with aclosing(source) as chunks:
                async for chunk in chunks:
                    yield chunk
        except (IntegrityMismatch, BlobTruncated) as error:
            await self._damaged(info.key, error)
            raise DownloadBroken("the stored tarball was damaged and has been forgotten; ask again") from error
        except BlobMissing as error:
            raise DownloadBroken("the stored tarball was removed meanwhile; ask again") from error

    async def _checked(self, info: BlobInfo, digests: Digests) -> AsyncGenerator[bytes, None]:
        check = Check(digests)
        held: bytes | None = None
        async with aclosing(self._blobs.stream(info.key)) as chunks:
            async for chunk in chunks:
                check.update(chunk)
                if held is not None:
                    yield held
                held = chunk
        check.finish()
        self._whole.put(info.key, (info.size, info.modified), 1)
        if held is not None:
            yield held

    async def _damaged(self, key: str, error: PratiqueError) -> None:
        self.counts.damaged += 1
        log.error("damaged-blob", blob=key, reason=str(error))
        await self._blobs.delete(key)


def _in_memory(data: bytes) -> Tarball:
    async def stream(start: int, end: int | None) -> AsyncIterator[bytes]:
        yield data[start:end]

    return Tarball(len(data), data, stream, sealed=True)
