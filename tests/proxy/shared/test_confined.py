"""A process beside this one: whatever becomes of its work, this one goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from proxy.shared.confined import Bounds, Confined, Died, TookTooLong, TookTooMuch
from quarantine.errors import PratiqueError

MEMORY = 512 * 2**20


class Bad(PratiqueError):
    """What a function may raise."""


def where() -> tuple[int, int]:
    return os.getpid(), os.nice(0)


def fail(text: str) -> None:
    raise Bad(text)


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_itself_once(mark: Path) -> str:
    if not mark.exists():
        mark.touch()
        kill_itself()
    return "done"


def hang() -> None:
    signal.pause()


def spin() -> None:
    while True:
        pass


def swallow(size: int) -> int:
    return len(bytearray(size))


def processor_time() -> float:
    import resource

    return float(resource.getrlimit(resource.RLIMIT_CPU)[0])


@pytest.fixture
async def confined() -> AsyncIterator[Confined]:
    made = Confined(Bounds(MEMORY, nice=19))
    yield made
    made.close()


async def gone(pid: int) -> None:
    """Wait until there is no such process."""
    async with asyncio.timeout(20):
        while True:
            if not runs(pid):
                return
            await asyncio.sleep(0.01)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_work_is_done_in_another_process_that_steps_back(confined: Confined) -> None:
    assert confined.pid is None
    pid, nice = await confined.run(where, seconds=30)
    assert (pid, nice) == (confined.pid, 19)
    assert pid != os.getpid()
    assert await confined.run(where, seconds=30) == (pid, nice)


async def test_what_the_work_raises_is_raised_here_and_costs_no_process(confined: Confined) -> None:
    with pytest.raises(Bad, match="a sentence"):
        await confined.run(fail, "a sentence", seconds=30)
    assert confined.deaths == 0


@pytest.mark.parametrize(("work", "error"), [(kill_itself, Died), (lambda: None, Exception)], ids=["killed", "unpicklable"])
async def test_what_goes_wrong_between_the_processes_is_an_error(
    confined: Confined, work: Callable[[], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await confined.run(work, seconds=30)
    assert await confined.run(swallow, 10, seconds=30) == 10


async def test_who_dies_is_counted_and_the_next_one_starts_afresh(confined: Confined, tmp_path: Path) -> None:
    with pytest.raises(Died):
        await confined.run(kill_itself_once, tmp_path / "mark", seconds=30)
    assert (confined.deaths, confined.pid) == (1, None)
    assert await confined.run(kill_itself_once, tmp_path / "mark", seconds=30) == "done"


async def test_what_never_ends_is_ended(confined: Confined) -> None:
    await confined.run(where, seconds=30)
    pid = confined.pid
    assert pid is not None
    with pytest.raises(TookTooLong, match=r"longer than 0\.2 s"):
        await confined.run(hang, seconds=0.2)
    await gone(pid)
    assert confined.deaths == 1


async def test_processor_time_is_bounded_there_too(confined: Confined) -> None:
    assert 30 <= await confined.run(processor_time, seconds=30) < 40


async def test_too_much_memory_is_an_error_of_its_own(confined: Confined) -> None:
    with pytest.raises(TookTooMuch):
        await confined.run(swallow, 2 * MEMORY, seconds=30)
    assert await confined.run(swallow, MEMORY // 4, seconds=30) == MEMORY // 4


async def test_those_who_wait_for_their_turn_lose_no_time(confined: Confined) -> None:
    await confined.run(where, seconds=30)
    lost, *behind = [asyncio.ensure_future(confined.run(each, seconds=3)) for each in (hang, where, where)]
    with pytest.raises(TookTooLong):
        await lost
    assert len(await asyncio.gather(*behind)) == 2


async def test_who_gives_up_ends_the_work(confined: Confined) -> None:
    await confined.run(where, seconds=30)
    pid = confined.pid
    assert pid is not None
    work = asyncio.ensure_future(confined.run(spin, seconds=60))
    await asyncio.sleep(0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await gone(pid)
    assert confined.deaths == 0
    assert await confined.run(swallow, 1, seconds=30) == 1


async def test_an_idle_process_is_ended_and_a_busy_one_is_not() -> None:
    confined = Confined(Bounds(MEMORY, idle=0.3))
    try:
        pid, _ = await confined.run(where, seconds=30)
        await confined.run(time.sleep, 0.6, seconds=30)
        assert confined.pid == pid
        await gone(pid)
        assert confined.pid is None
        assert (await confined.run(where, seconds=30))[0] != pid
        assert confined.deaths == 0
    finally:
        confined.close()


async def test_close_waits_until_it_has_ended(confined: Confined) -> None:
    pid, _ = await confined.run(where, seconds=30)
    confined.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
