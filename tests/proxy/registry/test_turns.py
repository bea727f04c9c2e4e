"""Tarballs are fetched so many at a time, each in its turn; who leaves makes room, and looks never wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from proxy.registry.errors import DownloadBroken, UpstreamFailed
from proxy.registry.interface import Manifest
from proxy.registry.tarballs import CachedTarballs
from proxy.registry.upstream import Patience
from proxy.storage.memory import MemoryBlobStore
from quarantine.package import PackageName
from tests.fakes.simulator import Gate
from tests.proxy.registry.test_storage_trouble import manifest_of
from tests.proxy.registry.world import world

LEFT_PAD = PackageName("left-pad")
ALL = [manifest_of(name) for name in (b"a", b"b", b"c", b"d")]


class Gated:
    """An upstream on which every attempt waits at a gate, and then fails."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.asked: list[Manifest] = []

    @asynccontextmanager
    async def tarball(self, manifest: Manifest) -> AsyncIterator[aiohttp.ClientResponse]:
        self.asked.append(manifest)
        await self.gate.wait()
        raise UpstreamFailed("no")
        yield


def staged(upstream: Gated, folder: Path) -> CachedTarballs:
    return CachedTarballs(upstream, MemoryBlobStore(), folder, patience=Patience(retries=0, downloads=1))


async def asking(stage: CachedTarballs, manifest: Manifest) -> asyncio.Task[object]:
    """An asker who has come so far that it waits."""
    task = asyncio.ensure_future(stage.tarball(manifest))
    for _ in range(10):
        await asyncio.sleep(0)
    return task


async def comes_true(condition: Callable[[], bool]) -> bool:
    """Let the loop run until it is so, a few seconds at most: nothing tells a client that it has been heard."""
    for _ in range(2000):
        if condition():
            return True
        await asyncio.sleep(0.001)
    return False


async def test_turns_come_in_the_order_of_asking(tmp_path: Path) -> None:
    upstream = Gated()
    stage = staged(upstream, tmp_path)
    tasks = [await asking(stage, manifest) for manifest in ALL]
    assert upstream.asked == ALL[:1]
    upstream.gate.release()
    assert {type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)} == {UpstreamFailed}
    assert upstream.asked == ALL


async def test_who_leaves_while_waiting_makes_room(tmp_path: Path) -> None:
    upstream = Gated()
    stage = staged(upstream, tmp_path)
    tasks = [await asking(stage, manifest) for manifest in ALL]
    tasks[1].cancel()
    await asyncio.wait(tasks[1:2])
    upstream.gate.release()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert upstream.asked == [ALL[0], *ALL[2:]]


async def test_as_long_as_one_stays_it_is_fetched(tmp_path: Path) -> None:
    upstream = Gated()
    stage = staged(upstream, tmp_path)
    first, leaving, staying = [await asking(stage, ALL[index]) for index in (0, 1, 1)]
    leaving.cancel()
    await asyncio.wait([leaving])
    upstream.gate.release()
    await asyncio.gather(first, staying, return_exceptions=True)
    assert upstream.asked == ALL[:2]


async def test_what_everybody_left_can_be_asked_for_again(tmp_path: Path) -> None:
    upstream = Gated()
    stage = staged(upstream, tmp_path)
    first, leaving = [await asking(stage, manifest) for manifest in ALL[:2]]
    leaving.cancel()
    again = await asking(stage, ALL[1])
    upstream.gate.release()
    await asyncio.gather(first, leaving, again, return_exceptions=True)
    assert isinstance(again.exception(), UpstreamFailed)
    assert upstream.asked == ALL[:2]


async def test_who_leaves_once_it_is_under_way_ends_nothing(tmp_path: Path) -> None:
    upstream = Gated()
    stage = staged(upstream, tmp_path)
    task = await asking(stage, ALL[0])
    task.cancel()
    await asyncio.wait([task])
    again = await asking(stage, ALL[0])
    assert not again.done()
    assert upstream.asked == ALL[:1]
    upstream.gate.release()
    await asyncio.wait([again])


async def test_those_who_wait_hear_of_the_end(tmp_path: Path) -> None:
    stage = staged(Gated(), tmp_path)
    tasks = [await asking(stage, manifest) for manifest in ALL]
    await stage.close()
    for each in tasks:
        with pytest.raises(DownloadBroken):
            await each


async def test_looks_get_through_however_many_tarballs_crawl(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        versions = [f"1.0.{number}" for number in range(80)]
        for version in versions:
            there.publish(version=version)
        there.publish("other")
        await there.versions()
        stage = there.proxy.built.services.quarantined
        with there.upstream.hold(lambda asked: asked.path.endswith(".tgz")) as gate:
            fetching = [asyncio.ensure_future(stage.tarball(LEFT_PAD, version)) for version in versions]
            await gate.reached(Patience().downloads)
            async with asyncio.timeout(5):
                assert await there.status("/other") == 200
            assert gate.arrived == Patience().downloads
        assert len(await asyncio.gather(*fetching)) == len(versions)


async def test_a_client_that_hangs_up_makes_room(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        versions = [f"1.0.{number}" for number in range(Patience().downloads)]
        for version in (*versions, "2.0.0"):
            there.publish(version=version)
        await there.versions()
        services = there.proxy.built.services
        tarballs = services.routed.public.tarballs
        with there.upstream.hold(lambda asked: asked.path.endswith(".tgz")) as gate:
            fetching = [asyncio.ensure_future(services.quarantined.tarball(LEFT_PAD, version)) for version in versions]
            await gate.reached(len(versions))
            parts = urlsplit(there.proxy.url)
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(f"GET /left-pad/-/left-pad-2.0.0.tgz HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            assert await comes_true(lambda: tarballs.queued == 1)
            writer.close()
            assert await comes_true(lambda: tarballs.queued == 0)
        await asyncio.gather(*fetching)
        assert there.upstream.count("/left-pad/-/left-pad-2.0.0.tgz") == 0
