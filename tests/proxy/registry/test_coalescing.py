"""A thousand who ask at once cost the upstream one request, and whoever came first may leave."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from proxy.registry.interface import Manifest
from quarantine.package import PackageName
from tests.fakes.simulator import Fault
from tests.proxy.registry.world import large, world

LEFT_PAD = PackageName("left-pad")
TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"


async def test_a_thousand_cold_askers_of_a_packument(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        stage = there.proxy.built.services.quarantined
        with there.upstream.hold("/left-pad") as gate:
            asking = [asyncio.ensure_future(stage.packument(LEFT_PAD)) for _ in range(1000)]
            await gate.reached()
        shown = await asyncio.gather(*asking)
        assert {tuple(each.served) for each in shown} == {("1.0.0",)}
        assert there.upstream.count("/left-pad") == 1


async def test_a_thousand_cold_askers_of_a_tarball(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        published = there.publish()
        await there.versions()
        stage = there.proxy.built.services.quarantined
        with there.upstream.hold(TARBALL) as gate:
            asking = [asyncio.ensure_future(stage.tarball(LEFT_PAD, "1.0.0")) for _ in range(1000)]
            await gate.reached()
        found = await asyncio.gather(*asking)
        assert all(each.data == published.tarball for each in found)
        assert there.upstream.count(TARBALL) == 1
        assert len(there.blobs("tarballs")) == 1


async def test_many_http_clients_of_both(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        with there.upstream.hold(lambda _: True) as gate:
            asking = [asyncio.ensure_future(there.status(path)) for path in ("/left-pad", TARBALL) for _ in range(40)]
            await gate.reached()
        assert set(await asyncio.gather(*asking)) == {200}
        assert (there.upstream.count("/left-pad"), there.upstream.count(TARBALL)) == (1, 1)


async def test_a_thousand_askers_of_a_large_tarball_follow_one_download(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        shown = await there.proxy.built.services.quarantined.packument(LEFT_PAD)
        stage = there.proxy.built.services.routed.public.tarballs
        manifest = Manifest.of(shown.packument, "1.0.0")

        async def length() -> int:
            tarball = await stage.tarball(manifest)
            return sum([len(chunk) async for chunk in tarball.stream(0, None)])

        with there.upstream.hold(TARBALL) as gate:
            asking = [asyncio.ensure_future(length()) for _ in range(100)]
            await gate.reached()
        assert set(await asyncio.gather(*asking)) == {len(large())}
        assert there.upstream.count(TARBALL) == 1


async def test_all_askers_get_the_same_failure(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        with there.upstream.hold("/left-pad") as gate:
            asking = [asyncio.ensure_future(there.status("/left-pad")) for _ in range(20)]
            await gate.reached()
        assert set(await asyncio.gather(*asking)) == {404}
        assert there.upstream.count("/left-pad") == 1


async def test_the_first_asker_of_a_packument_may_hang_up(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        with there.upstream.hold("/left-pad") as gate:
            async with aiohttp.ClientSession() as leaving:
                first = asyncio.ensure_future(leaving.get(f"{there.proxy.url}/left-pad"))
                await gate.reached()
                second = asyncio.ensure_future(there.status("/left-pad"))
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)
        assert await second == 200
        assert there.upstream.count("/left-pad") == 1


async def test_the_first_asker_of_a_tarball_may_hang_up(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        event = asyncio.Event()
        there.upstream.fault(TARBALL, Fault.stall(event, after=2 * 2**20))
        async with aiohttp.ClientSession() as leaving:
            first = await leaving.get(there.proxy.url + TARBALL)
            await first.content.readexactly(2**20)
            second = await there.proxy.get(TARBALL)
            first.close()
        event.set()
        assert await second.read() == large()
        second.release()
        assert there.upstream.count(TARBALL) == 1


async def test_cancelled_callers_do_not_end_what_others_wait_for(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        stage = there.proxy.built.services.quarantined
        with there.upstream.hold("/left-pad") as gate:
            asking = [asyncio.ensure_future(stage.packument(LEFT_PAD)) for _ in range(10)]
            await gate.reached()
            for each in asking[:9]:
                each.cancel()
            await asyncio.gather(*asking[:9], return_exceptions=True)
        assert "1.0.0" in (await asking[9]).served
        assert there.upstream.count("/left-pad") == 1
