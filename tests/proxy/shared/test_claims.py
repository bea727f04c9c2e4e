"""Claims: one of several processes does a piece of work, and the death of one frees what it held."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proxy.shared.claims import Claims

ROOT = Path(__file__).parents[3]

HOLDING = """
import asyncio, sys
from pathlib import Path
from proxy.shared.claims import Claims

async def main():
    async with Claims.beside(Path(sys.argv[1])).of("left-pad") as first:
        print(first, flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


@contextmanager
def holding(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the claim to left-pad until its standard input says something."""
    command = [sys.executable, "-c", HOLDING, path]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "True\n"
        yield child
        child.kill()


async def take(claims: Claims, key: str) -> bool:
    """Hold a claim for a moment; whether we were first."""
    async with claims.of(key) as first:
        return first


async def test_who_comes_second_waits_and_is_told(tmp_path: Path) -> None:
    claims = Claims.beside(tmp_path / "claims")
    with holding(tmp_path / "claims") as child:
        assert await take(claims, "right-pad")
        waiting = asyncio.create_task(take(claims, "left-pad"))
        await take(claims, "right-pad")
        assert not waiting.done()
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
        assert await waiting is False
    assert await take(claims, "left-pad")
    claims.close()


async def test_a_holder_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    claims = Claims.beside(tmp_path / "claims")
    with holding(tmp_path / "claims") as child:
        waiting = asyncio.create_task(take(claims, "left-pad"))
        await asyncio.sleep(0)
        child.send_signal(signal.SIGKILL)
        assert await waiting is False
    claims.close()


async def test_one_that_takes_too_long_is_not_waited_for_any_longer(tmp_path: Path) -> None:
    claims = Claims.beside(tmp_path / "claims", patience=0.05)
    with holding(tmp_path / "claims"):
        assert await take(claims, "left-pad") is False
    claims.close()


async def test_within_one_process_too_one_comes_after_the_other(tmp_path: Path) -> None:
    claims = Claims.beside(tmp_path / "claims")
    inside: list[str] = []
    told: list[bool] = []

    async def work(name: str) -> None:
        async with claims.of("left-pad") as first:
            told.append(first)
            inside.append(name)
            assert len(inside) == 1
            await asyncio.sleep(0)
            inside.clear()

    await asyncio.gather(*(work(name) for name in "abc"))
    assert told == [True, False, False]
    claims.close()


async def test_an_interrupted_wait_leaves_nothing_behind(tmp_path: Path) -> None:
    claims = Claims.beside(tmp_path / "claims")
    with holding(tmp_path / "claims"):
        waiting = asyncio.create_task(take(claims, "left-pad"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert await take(claims, "left-pad")
    claims.close()


async def test_alone_there_is_nobody_to_wait_for() -> None:
    claims = Claims.alone()
    async with claims.of("left-pad") as first:
        assert first
        assert await take(claims, "left-pad")
