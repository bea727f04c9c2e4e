"""A store that refuses costs the next asker a fetch, not this one its answer."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from proxy.clock import TrustedTime
from proxy.npm.integrity import digests_of
from proxy.registry.cached import CachedPackuments
from proxy.registry.errors import DownloadBroken
from proxy.registry.interface import Manifest
from proxy.registry.reading import Reader
from proxy.registry.tarballs import CachedTarballs
from proxy.registry.upstream import Fetched
from proxy.storage.errors import StorageFailed
from proxy.storage.memory import MemoryBlobStore
from quarantine.ledger import MemoryLedger
from quarantine.package import PackageName, PackageVersion
from quarantine.record import Source
from tests.fakes.clock import FakeClock
from tests.fakes.simulator.tarball import integrity_of
from tests.proxy.registry.world import large

LEFT_PAD = PackageName("left-pad")


class Full(MemoryBlobStore):
    """A store on a full disk."""

    refuses = True

    async def put(self, key: str, data: bytes) -> None:
        if self.refuses:
            raise StorageFailed("store", key, "no space is left", "free some")
        await super().put(key, data)


class Unreadable(MemoryBlobStore):
    """A store whose files may be neither read nor removed."""

    async def read(self, key: str) -> bytes | None:
        raise StorageFailed("read", key, "permission denied", "allow it")

    async def delete(self, key: str) -> bool:
        raise StorageFailed("delete", key, "permission denied", "allow it")


class OneTarball:
    """An upstream that has exactly one."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked = 0

    @asynccontextmanager
    async def tarball(self, manifest: Manifest) -> AsyncIterator[aiohttp.ClientResponse]:
        self.asked += 1

        async def answer(request: web.BaseRequest) -> web.Response:
            return web.Response(body=self.data)

        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            port = runner.addresses[0][1]
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as response:
                yield response
        finally:
            await runner.cleanup()


class OneDocument:
    """An upstream that has exactly one."""

    def __init__(self) -> None:
        self.asked = 0

    async def look(self, name: PackageName, source: Source | None, *, past_caches: bool = False) -> Fetched:
        self.asked += 1
        return Fetched(b'{"name":"left-pad","versions":{}}', '"e"', None, datetime.now(UTC))


def manifest_of(data: bytes) -> Manifest:
    digests = digests_of(integrity_of(data), None)
    assert digests is not None
    return Manifest(PackageVersion(LEFT_PAD, "1.0.0"), digests, "")


@pytest.mark.parametrize("data", [b"small", large()], ids=["small", "large"])
async def test_a_full_store_does_not_break_a_download(tmp_path: Path, data: bytes) -> None:
    upstream, store = OneTarball(data), Full()
    stage = CachedTarballs(upstream, store, tmp_path)
    for asked in (1, 2):
        found = await stage.tarball(manifest_of(data))
        assert b"".join([chunk async for chunk in found.stream(0, None)]) == data
        assert upstream.asked == asked
        await stage.close()
    store.refuses = False
    await stage.tarball(manifest_of(data))
    await stage.close()


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file of this process may grow beyond that: the kernel refuses as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_small_download_needs_no_spool(tmp_path: Path) -> None:
    stage = CachedTarballs(OneTarball(b"small"), Full(), tmp_path / "gone")
    assert (await stage.tarball(manifest_of(b"small"))).data == b"small"


async def test_a_large_download_without_room_says_so(tmp_path: Path) -> None:
    data = large()
    stage = CachedTarballs(OneTarball(data), MemoryBlobStore(), tmp_path)
    with files_up_to(2**20 - 1), pytest.raises(StorageFailed):
        await stage.tarball(manifest_of(data))
    assert await asyncio.to_thread(os.listdir, tmp_path) == []
    found = await stage.tarball(manifest_of(data))
    assert b"".join([chunk async for chunk in found.stream(0, None)]) == data


async def test_a_large_download_that_runs_out_of_room_never_ends_clean(tmp_path: Path) -> None:
    data = large()
    stage = CachedTarballs(OneTarball(data), MemoryBlobStore(), tmp_path)
    with files_up_to(2 * 2**20):
        found = await stage.tarball(manifest_of(data))
        with pytest.raises(DownloadBroken):
            async for _ in found.stream(0, None):
                pass
    await stage.close()


@pytest.mark.parametrize("store", [Full(), Unreadable()], ids=["full", "unreadable"])
async def test_packuments_come_through_a_store_that_refuses(store: MemoryBlobStore) -> None:
    ledger, time, upstream = MemoryLedger(), TrustedTime(FakeClock()), OneDocument()
    for _ in range(2):
        stage = CachedPackuments(upstream, ledger, store, Reader(), time)
        assert (await stage.packument(LEFT_PAD)).name == LEFT_PAD
        assert not (await stage.packument(LEFT_PAD)).stale
        await stage.close()
    assert upstream.asked == 2
