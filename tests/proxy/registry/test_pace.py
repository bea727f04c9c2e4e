"""A tarball may take long, as long as it comes; what fails before anybody had a part of it is tried as often as was set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from proxy.registry.errors import DownloadBroken
from proxy.registry.interface import Manifest
from proxy.registry.tarballs import CachedTarballs
from proxy.registry.upstream import Patience
from proxy.storage.blobs import CHUNK
from proxy.storage.memory import MemoryBlobStore
from quarantine.package import PackageName
from tests.fakes.simulator import Fault
from tests.proxy.registry.test_storage_trouble import OneTarball, manifest_of
from tests.proxy.registry.world import large, world

TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"


def test_the_deadline_moves_with_what_has_come_up_to_a_limit() -> None:
    patience = Patience(deadline=30, slowest=100, longest=60)
    assert [patience.allowed(received) for received in (0, 1000, 10**9)] == [30, 40, 60]


async def test_an_upstream_that_drips_does_not_keep_its_place(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"timeout": "300ms", "retries": 5}) as there:
        there.publish(tarball=large())
        await there.versions()
        there.upstream.fault(TARBALL, Fault.drip(10, 0.01))
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 503
            assert "too slowly" in (await response.json())["error"]


async def test_nor_once_the_beginning_has_gone_out(tmp_path: Path) -> None:
    async with world(tmp_path / "world") as there:
        there.publish(tarball=large())
        services = there.proxy.built.services
        shown = await services.quarantined.packument(PackageName("left-pad"))
        upstream = services.routed.public.upstream
        stage = CachedTarballs(upstream, MemoryBlobStore(), tmp_path, patience=Patience(deadline=0.3, slowest=2**30))
        there.upstream.fault(TARBALL, Fault.drip(2 * 2**20, 1.0))
        found = await stage.tarball(Manifest.of(shown.packument, "1.0.0"))
        with pytest.raises(DownloadBroken, match="too slowly"):
            async for _ in found.stream(0, None):
                pass
        assert there.upstream.count(TARBALL) == 1
        await stage.close()


async def test_one_that_never_answers_costs_no_more_than_the_deadline(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"timeout": "300ms", "retries": 50}) as there:
        there.publish()
        await there.versions()
        with there.upstream.hold(TARBALL):
            async with asyncio.timeout(5):
                assert await there.status(TARBALL) == 503


async def test_one_that_keeps_coming_may_take_longer_than_the_timeout(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"timeout": "300ms"}) as there:
        data = large(2**19)
        there.publish(tarball=data)
        await there.versions()
        there.upstream.fault(TARBALL, Fault.drip(2**15, 0.04))
        async with there.proxy.get(TARBALL) as response:
            assert await response.read() == data


@pytest.mark.parametrize("size", [10, 3 * 2**20], ids=["small", "large"])
@pytest.mark.parametrize("retries", [0, 3])
async def test_it_is_tried_as_often_as_was_set(tmp_path: Path, size: int, retries: int) -> None:
    async with world(tmp_path, upstream={"retries": retries}) as there:
        other = TARBALL.replace("1.0.0", "1.1.0")
        there.publish(tarball=large(size))
        there.publish(version="1.1.0", tarball=large(size) + b"x")
        await there.versions()
        there.upstream.fault(TARBALL, Fault.status(500, times=retries))
        assert await there.status(TARBALL) == 200
        assert there.upstream.count(TARBALL) == retries + 1
        there.upstream.fault(other, Fault.status(500, times=retries + 1))
        assert await there.status(other) == 503
        assert there.upstream.count(other) == retries + 1


class Counting(MemoryBlobStore):
    """Counts how often a whole blob is read."""

    def __init__(self) -> None:
        super().__init__()
        self.wholes = 0

    def stream(self, key: str, start: int = 0, end: int | None = None, chunk: int = CHUNK) -> AsyncGenerator[bytes, None]:
        self.wholes += start == 0 and end is None
        return super().stream(key, start, end, chunk)


async def part(stage: CachedTarballs, manifest: Manifest) -> bytes:
    found = await stage.tarball(manifest)
    return b"".join([chunk async for chunk in found.stream(3, 7)])


async def test_what_is_known_to_be_whole_is_bounded(tmp_path: Path) -> None:
    blobs = Counting()
    bodies = [large() + tail for tail in (b"x", b"y")]
    for data in bodies:
        stage = CachedTarballs(OneTarball(data), blobs, tmp_path)
        found = await stage.tarball(manifest_of(data))
        assert b"".join([chunk async for chunk in found.stream(0, None)]) == data
        await stage.close()
    stage = CachedTarballs(OneTarball(b""), blobs, tmp_path, checked=1)
    for _ in range(2):
        for data in bodies:
            assert await part(stage, manifest_of(data)) == data[3:7]
    assert blobs.wholes == 4
    assert await part(stage, manifest_of(bodies[1])) == data[3:7]
    assert blobs.wholes == 4
