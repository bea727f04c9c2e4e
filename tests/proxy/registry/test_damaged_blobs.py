"""What has rotted on disk is found when it is read, fetched again, and never served."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.proxy import running_proxy
from tests.proxy.registry.world import World, flip, large, world

TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def empty(path: Path) -> None:
    path.write_bytes(b"")


async def stored(there: World) -> None:
    async with there.proxy.get(TARBALL) as response:
        assert response.status == 200
        await response.read()
    await there.settle()


@pytest.mark.parametrize("damage", [flip, cut, empty])
async def test_a_damaged_packument_is_fetched_again(tmp_path: Path, damage: object) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await stored(there)
        (blob,) = there.blobs("packuments")
        damage(blob)  # type: ignore[operator]
        async with running_proxy(there.upstream.url, tmp_path, there.proxy.clock) as again:
            assert list((await again.json("/left-pad"))["versions"]) == ["1.0.0"]
            await again.built.services.routed.public.packuments.settle()
            assert again.built.services.routed.public.packuments.counts.damaged == 1
            assert there.upstream.count("/left-pad") == 2
            assert "If-None-Match" not in there.upstream.asked("/left-pad")[1].headers
        async with running_proxy(there.upstream.url, tmp_path, there.proxy.clock) as again:
            await again.json("/left-pad")
            assert there.upstream.count("/left-pad") == 2


@pytest.mark.parametrize("damage", [flip, cut, empty])
async def test_a_damaged_small_tarball_is_fetched_again_within_the_request(tmp_path: Path, damage: object) -> None:
    async with world(tmp_path) as there:
        published = there.publish()
        await stored(there)
        (blob,) = there.blobs("tarballs")
        damage(blob)  # type: ignore[operator]
        # Until the next look what was verified before is sent from memory.
        there.advance(timedelta(minutes=6))
        async with there.proxy.get(TARBALL) as response:
            assert await response.read() == published.tarball
        assert there.upstream.count(TARBALL) == 2
        assert await there.metric("pratique_damaged_blobs_total") == 1
        assert there.blobs("tarballs")[0].read_bytes() == published.tarball


async def test_a_damaged_large_tarball_cannot_be_finished_and_heals(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        await stored(there)
        (blob,) = there.blobs("tarballs")
        flip(blob)
        with pytest.raises(aiohttp.ClientError):
            async with there.proxy.get(TARBALL) as response:
                assert len(await response.read()) < len(large())
        assert there.blobs("tarballs") == []
        assert await there.metric("pratique_damaged_blobs_total") == 1
        async with there.proxy.get(TARBALL) as response:
            assert await response.read() == large()
        assert there.upstream.count(TARBALL) == 2


async def test_no_part_is_cut_out_of_a_damaged_large_tarball(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        await stored(there)
        (blob,) = there.blobs("tarballs")
        flip(blob)
        async with there.proxy.get(TARBALL, Range="bytes=0-9") as response:
            assert response.status == 502
            assert "damaged" in (await response.json())["error"]
        async with there.proxy.get(TARBALL) as response:
            assert await response.read() == large()


async def test_damage_after_a_part_was_given_is_found_too(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        await stored(there)
        (blob,) = there.blobs("tarballs")
        assert await there.status(TARBALL, Range="bytes=0-9") == 206
        flip(blob)
        assert await there.status(TARBALL, Range="bytes=0-9") == 502


async def test_a_blob_that_somebody_removed_is_fetched_again(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        await stored(there)
        for blob in [*there.blobs("tarballs"), *there.blobs("packuments")]:
            blob.unlink()
        async with running_proxy(there.upstream.url, tmp_path, there.proxy.clock) as again, again.get(TARBALL) as response:
            assert await response.read() == large()


async def test_leftovers_of_downloads_are_removed_at_start(tmp_path: Path) -> None:
    spool = tmp_path / "blobs" / "tarballs" / ".spool"
    spool.mkdir(parents=True)
    left, growing = spool / "download-abc", spool / "download-def"
    left.write_bytes(b"half")
    growing.write_bytes(b"another process is at it")
    os.utime(left, (time.time() - 2 * 24 * 3600,) * 2)
    async with world(tmp_path):
        assert list(spool.iterdir()) == [growing]
