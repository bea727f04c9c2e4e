"""A large tarball goes out while it comes in, but nobody can finish it before it is verified."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from proxy.registry.download import HELD_BACK
from tests.fakes.simulator import Fault
from tests.proxy.registry.world import large, world

TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"


async def test_the_beginning_is_there_before_the_end_has_come(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        data = large()
        there.publish(tarball=data)
        event = asyncio.Event()
        there.upstream.fault(TARBALL, Fault.stall(event, after=2 * 2**20))
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 200
            assert response.headers["Content-Length"] == str(len(data))
            begun = await response.content.readexactly(2**20)
            assert begun == data[: 2**20]
            assert there.blobs("tarballs") == []
            event.set()
            assert begun + await response.content.read() == data
        assert len(there.blobs("tarballs")) == 1


async def test_the_last_bytes_wait_for_the_digest(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        data = large()
        there.publish(tarball=data)
        event = asyncio.Event()
        # All but the last byte has come.
        there.upstream.fault(TARBALL, Fault.stall(event, after=len(data) - 1))
        async with there.proxy.get(TARBALL) as response:
            await response.content.readexactly(len(data) - 2 * HELD_BACK)
            received = 0
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    async for chunk in response.content.iter_any():
                        received += len(chunk)
            assert received <= HELD_BACK
            event.set()
            rest = await response.content.read()
            assert len(rest) + received == 2 * HELD_BACK


async def test_wrong_bytes_end_with_a_reset_and_the_reason_is_remembered(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        data = large()
        there.publish(tarball=data)
        there.upstream.fault(TARBALL, Fault.corrupt(times=1))
        with pytest.raises(aiohttp.ClientError):
            async with there.proxy.get(TARBALL) as response:
                assert response.status == 200
                await response.read()
        assert there.blobs("tarballs") == []
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 403
            assert [each["rule"] for each in (await response.json())["findings"]] == ["integrity"]
        assert there.upstream.count(TARBALL) == 1
        assert await there.metric("pratique_tarball_mismatches_total") == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault.truncate(after=2 * 2**20, times=1),
        Fault.truncate(after=2 * 2**20, framing="chunked", times=1),
        Fault.truncate(after=2 * 2**20, framing="close", times=1),
        Fault.wrong_length(10, times=1),
        Fault.wrong_length(-10, times=1),
    ],
    ids=["truncated", "truncated chunks", "closed early", "too short", "too long"],
)
async def test_a_broken_download_ends_with_a_reset_and_leaves_nothing(tmp_path: Path, fault: Fault) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        there.upstream.fault(TARBALL, fault)
        with pytest.raises(aiohttp.ClientError):
            async with there.proxy.get(TARBALL) as response:
                assert response.status == 200
                await response.read()
        assert there.blobs("tarballs") == []
        assert list((tmp_path / "blobs" / "tarballs" / ".spool").iterdir()) == []


async def test_after_a_broken_download_the_next_one_heals(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        there.upstream.fault(TARBALL, Fault.truncate(after=2 * 2**20, times=1))
        with pytest.raises(aiohttp.ClientError):
            async with there.proxy.get(TARBALL) as response:
                await response.read()
        async with there.proxy.get(TARBALL) as response:
            assert await response.read() == large()


async def test_trouble_before_anything_went_out_is_tried_again(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish(tarball=large())
        there.upstream.fault(TARBALL, Fault.reset(after=2**19, times=1))
        async with there.proxy.get(TARBALL) as response:
            assert await response.read() == large()
        assert there.upstream.count(TARBALL) == 2


async def test_a_length_that_nobody_said_is_not_made_up(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        data = large()
        there.publish(tarball=data)
        there.upstream.fault(TARBALL, Fault.truncate(after=len(data), framing="close"))
        async with there.proxy.get(TARBALL) as response:
            assert "Content-Length" not in response.headers
            assert await response.read() == data


async def test_a_tarball_over_the_limit_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"max_tarball": "1MiB", "retries": 0}) as there:
        there.publish(tarball=large())
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 502
            assert "upstream.max_tarball" in (await response.json())["error"]
