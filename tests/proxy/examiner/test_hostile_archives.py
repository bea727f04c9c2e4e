"""Whatever is in an archive: it costs its own version, and nobody waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from proxy.examiner.looking import ATTEMPTS
from tests.fakes.tars import END, header, member, tgz
from tests.proxy.examiner.scene import DAY, MANIFEST, Scene, scene
from tests.proxy.registry.world import MINUTE

MIB = 2**20


def zeros(size: int) -> bytes:
    """A gzip stream of so many zeros, a thousandth of their size."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(deflate.compress(bytes(MIB)) for _ in range(size // MIB)) + deflate.flush()


def heavy(size: int) -> bytes:
    """An honest archive that takes its reader some time: within the caps, but of a large file."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    noise = Random(0).randbytes(size // 100)
    pieces = [member("package/package.json", MANIFEST % b"1.1.0"), header("package/noise", size), noise]
    whole, rest = divmod(size - len(noise), MIB)
    pieces += [*(bytes(MIB) for _ in range(whole)), bytes(rest) + bytes(-size % 512) + END]
    return b"".join([*map(deflate.compress, pieces), deflate.flush()])


@asynccontextmanager
async def killing(there: Scene, times: int, how: signal.Signals = signal.SIGKILL) -> AsyncIterator[None]:
    """Kills so many examining processes in the middle of their work; a stopped one stands for one that never ends."""
    examination = there.proxy.built.examination
    assert examination is not None
    confined = examination.confined

    async def killer() -> None:
        while confined.deaths < times:
            if (pid := confined.pid) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            await asyncio.sleep(0.01)

    task = asyncio.ensure_future(killer())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Heart:
    """Beats as often as the event loop lets it, and remembers its longest pause, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def beat(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self.longest, last = max(self.longest, now - last), now


async def young(there: Scene, tarball: bytes) -> None:
    """An old version, and one with this tarball whose hold has ended."""
    there.publish()
    there.publish(version="1.1.0", ago=DAY, tarball=tarball)
    await there.versions()
    there.advance(7 * DAY)


async def failed(there: Scene, reason: str) -> None:
    """It waits for a person, who is told why; once and for all."""
    found = await there.examination("1.1.0")
    assert found is not None
    assert found.contents is None
    assert reason in (found.failed or "")
    verdict, findings = await there.verdict("1.1.0")
    assert verdict == "withheld"
    assert reason in findings["not-examined"]
    there.advance(2 * DAY)
    assert await there.versions() == ["1.0.0"]
    await there.examine()
    assert await there.examination("1.1.0") == found


async def test_a_bomb_is_refused_while_others_are_answered(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, zeros(512 * MIB))
        heart = Heart()
        beating = asyncio.ensure_future(heart.beat())
        examining = asyncio.ensure_future(there.examine())
        answered = 0
        while not examining.done():
            assert await there.fetch("1.0.0") == 200
            answered += 1
        beating.cancel()
        assert answered > 10
        assert heart.longest < 1
        await failed(there, "more than 200 times its size")


async def test_a_large_archive_is_read_while_others_are_answered(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, await asyncio.to_thread(heavy, 200 * MIB))
        heart = Heart()
        beating = asyncio.ensure_future(heart.beat())
        examining = asyncio.ensure_future(there.examine())
        while not examining.done():
            assert await there.fetch("1.0.0") == 200
        beating.cancel()
        assert heart.longest < 1
        found = await there.examination("1.1.0")
        assert found is not None
        assert found.contents is not None
        assert found.contents.unpacked > 200 * MIB


async def test_a_process_that_dies_once_costs_no_version(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, tgz(member("package/package.json", MANIFEST % b"1.1.0")))
        async with killing(there, 1):
            await there.examine()
        assert await there.metric("pratique_examiner_deaths_total") == 1
        assert await there.versions() == ["1.0.0", "1.1.0"]


async def test_an_archive_that_kills_its_process_every_time_waits_for_a_person(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, tgz(member("package/package.json", MANIFEST % b"1.1.0")))
        async with killing(there, ATTEMPTS):
            await there.examine(1)
        assert await there.fetch("1.0.0") == 200
        assert await there.metric("pratique_examinations_failed_total") == 1
        await failed(there, "died of it")


async def test_an_archive_that_takes_too_long_waits_for_a_person(tmp_path: Path) -> None:
    async with scene(tmp_path, examiner={"enabled": True, "timeout": "1s"}) as there:
        await young(there, tgz(member("package/package.json", MANIFEST % b"1.1.0")))
        async with killing(there, ATTEMPTS, signal.SIGSTOP):
            await there.examine(1)
        await failed(there, "longer than 1 s")


async def test_a_cap_of_the_configuration_counts(tmp_path: Path) -> None:
    files = [member(f"package/{number}", b"x") for number in range(20)]
    async with scene(tmp_path, examiner={"enabled": True, "max_entries": 10}) as there:
        await young(there, tgz(member("package/package.json", MANIFEST % b"1.1.0"), *files))
        await there.examine()
        await failed(there, "more than 10 headers")


async def test_what_is_no_archive_waits_for_a_person(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, b"no archive")
        await there.examine()
        await failed(there, "no archive")


async def test_bytes_that_are_not_the_promised_ones_are_not_looked_into(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, tgz(member("package/package.json", MANIFEST % b"1.1.0")))
        there.upstream.replace_bytes("left-pad", "1.1.0", tgz(member("package/package.json", b"{}")))
        await there.examine()
        assert await there.examination("1.1.0") is None
        assert "integrity" in (await there.verdict("1.1.0"))[1]


async def test_what_was_found_in_other_bytes_is_not_said_of_those_that_are_listed_now(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, tgz(member("package/package.json", MANIFEST % b"1.1.0")))
        await there.examine()
        path = "/-/pratique/v1/packages/left-pad/versions/1.1.0"
        assert (await there.proxy.json(path))["examination"]["failed"] is None
        there.publish(version="1.1.0", ago=DAY, tarball=tgz(member("package/package.json", MANIFEST % b"1.1.0 ")))
        there.advance(6 * MINUTE)
        await there.versions()
        told = await there.proxy.json(path)
        assert told["examination"] is None
        assert {each["rule"] for each in told["findings"]} >= {"integrity", "not-examined"}
