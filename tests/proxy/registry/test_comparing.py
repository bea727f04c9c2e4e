"""Comparisons take their turn, within bounds, and what they die of is no matter of the server's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec
import pytest

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.diffing.values import Diff
from proxy.registry.comparing import WAITING, Comparing, TooBusy
from proxy.registry.interface import Tarball
from proxy.shared.confined import Bounds, Confined, Died
from tests.fakes.simulator.tarball import build_tarball

OLD = build_tarball({"name": "leaf"}, {"index.js": "a\n"})
NEW = build_tarball({"name": "leaf"}, {"index.js": "b\n"})
Value = TypeVar("Value")


class Here(Confined):
    """Runs in this process, and remembers how many did so at a time."""

    def __init__(self) -> None:
        super().__init__(Bounds(2**30))
        self.running = self.most = 0
        self.fails: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, function: Callable[..., Value], /, *arguments: object, seconds: float) -> Value:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.gate.wait()
            if self.fails is not None:
                raise self.fails
            return function(*arguments)
        finally:
            self.running -= 1


def whole(data: bytes) -> Callable[[], asyncio.Future[Tarball]]:
    """As small tarballs come."""

    async def stream(start: int, end: int | None) -> AsyncIterator[bytes]:
        yield data[start:end]

    def fetched() -> asyncio.Future[Tarball]:
        done: asyncio.Future[Tarball] = asyncio.get_running_loop().create_future()
        done.set_result(Tarball(len(data), data, stream, sealed=True))
        return done

    return fetched


def streamed(data: bytes, size: int | None, step: int = 100) -> Callable[[], asyncio.Future[Tarball]]:
    """As large ones come."""

    async def stream(start: int, end: int | None) -> AsyncIterator[bytes]:
        for at in range(0, len(data), step):
            yield data[at : at + step]

    def fetched() -> asyncio.Future[Tarball]:
        done: asyncio.Future[Tarball] = asyncio.get_running_loop().create_future()
        done.set_result(Tarball(size, None, stream, sealed=False))
        return done

    return fetched


async def test_whole_and_streamed_bytes_are_compared() -> None:
    comparing = Comparing(Here())
    for new in (whole(NEW), streamed(NEW, len(NEW)), streamed(NEW, None)):
        found = msgspec.json.decode(await comparing.diff(whole(OLD), new, None), type=Diff)
        assert [each.path for each in found.files] == ["index.js"]
    first = msgspec.json.decode(await comparing.diff(None, whole(NEW), None), type=Diff)
    assert first.added == 2


@pytest.mark.parametrize("size", [None, 10_000])
async def test_what_is_too_large_is_not_read_to_its_end(size: int | None) -> None:
    comparing = Comparing(Here(), Caps(packed=1000))
    with pytest.raises(ArchiveRefused, match="more than is compared"):
        await comparing.diff(None, streamed(b"x" * 10_000, size), None)


async def test_one_at_a_time_and_not_too_many_wait() -> None:
    here = Here()
    here.gate.clear()
    comparing = Comparing(here)
    waiting = [asyncio.create_task(comparing.diff(whole(OLD), whole(NEW), None)) for _ in range(WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy, match="ask again"):
        await comparing.diff(whole(OLD), whole(NEW), None)
    here.gate.set()
    assert len(set(await asyncio.gather(*waiting))) == 1
    assert here.most == 1
    await comparing.diff(whole(OLD), whole(NEW), None)


async def test_a_process_that_died_is_told_and_the_next_one_goes_on() -> None:
    here = Here()
    here.fails = Died("it died")
    comparing = Comparing(here)
    with pytest.raises(ArchiveRefused, match="could not be compared: it died"):
        await comparing.diff(whole(OLD), whole(NEW), None)
    here.fails = None
    assert await comparing.diff(whole(OLD), whole(NEW), None)


async def test_in_a_process_of_its_own() -> None:
    confined = Confined(Bounds(2**30, mapped=2**30, nice=1))
    try:
        comparing = Comparing(confined)
        assert b"index.js" in await comparing.diff(whole(OLD), whole(NEW), None)
        with pytest.raises(ArchiveRefused, match="the new archive cannot be read"):
            await comparing.diff(whole(OLD), whole(b"nothing"), None)
    finally:
        confined.close()
