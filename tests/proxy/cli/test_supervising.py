"""Workers that end in the middle of their start, or whose server does: none is left behind."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from config.load import load
from proxy.cli.listening import listen
from proxy.cli.orders import Orders, pack
from proxy.cli.process import Doors
from proxy.cli.supervising import WORKER, Crew
from proxy.cli.trouble import Trouble
from proxy.shared.counters import Counters
from proxy.shared.folder import RunFolder, counters_of
from proxy.wiring.once import open_once

UPSTREAM = "http://127.0.0.1:9"

NEVER_READY = """
import os, sys, time
from pathlib import Path
fresh = Path(sys.argv[1] + ".new")
fresh.write_text(str(os.getpid()))
fresh.rename(sys.argv[1])
time.sleep(30)
"""

TAKES_ORDERS = """
import socket, sys
from pathlib import Path
noted, link = Path(sys.argv[1]), socket.socket(fileno=0)
def note(text):
    fresh = Path(sys.argv[1] + ".new")
    fresh.write_text(text)
    fresh.rename(noted)
note("here")
if link.recv(1):
    note("ordered")
    link.sendall(b"r")
    link.recv(2**20)
"""


def crew(folder: Path, program: str, noted: Path) -> Crew:
    """Of one worker, which does this."""
    settings = load(env={}, overrides={"server": {"drain": "0s"}}).settings
    doors = [Doors(each) for each in listen("127.0.0.1", 0, "--port")]
    counters, command = Counters.private(), [sys.executable, "-c", program, str(noted)]
    return Crew(settings, doors, UPSTREAM, folder, counters, program=command, margin=timedelta(seconds=0.1))


async def nothing() -> None:
    """What to do when all serve, who never do here."""


async def until(reached: Callable[[], bool]) -> None:
    """Return when something that tells nobody has come about."""
    async with asyncio.timeout(20):
        while True:
            if reached():
                return
            await asyncio.sleep(0.01)


async def test_one_that_is_still_starting_is_killed_at_the_end_of_the_limit(tmp_path: Path) -> None:
    noted, stop = tmp_path / "pid", asyncio.Event()
    running = asyncio.create_task(crew(tmp_path, NEVER_READY, noted).run(stop, nothing))
    await until(noted.exists)
    stop.set()
    with capture_logs() as lines:
        await running
    assert [(each["event"], each["count"]) for each in lines] == [("workers-killed", 1)]
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


async def worker(stdin: int, *doors: socket.socket) -> asyncio.subprocess.Process:
    """As the server starts one."""
    numbers = [each.fileno() for each in doors]
    return await asyncio.create_subprocess_exec(*WORKER, stdin=stdin, pass_fds=numbers, stderr=asyncio.subprocess.PIPE)


async def test_it_ends_as_always_where_the_server_has_gone_before_it_is_ready(tmp_path: Path) -> None:
    said = {"storage": {"data_dir": str(tmp_path / "data")}, "server": {"workers": 2}}
    settings = load(env={}, overrides=said).settings
    (tmp_path / "data").mkdir()
    await open_once(settings, UPSTREAM, os.environ)
    folder = RunFolder.make(tmp_path / "data")
    Counters.create(counters_of(folder.path)).close()
    ((door,),) = listen("127.0.0.1", 0, "--port")
    ours, theirs = socket.socketpair()
    with door, theirs:
        with ours:
            ours.sendall(pack(Orders(settings, UPSTREAM, str(folder.path), 0, [door.fileno()], [])))
        process = await worker(theirs.fileno(), door)
    _, errors = await process.communicate()
    assert (process.returncode, b"Traceback" in errors, b"stopping" in errors) == (0, False, True), errors
    folder.remove()


async def test_whoever_starts_one_by_hand_is_told_what_does() -> None:
    process = await worker(asyncio.subprocess.DEVNULL)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (
        2,
        b"pratique: a worker is started by `pratique serve --workers N`, and not by hand\n",
    )


async def test_workers_wait_for_their_orders_until_everything_is_prepared(tmp_path: Path) -> None:
    noted, stop, go, order = tmp_path / "pid", asyncio.Event(), asyncio.Event(), list[str]()

    async def prepare() -> None:
        await go.wait()
        order.append("prepared")

    async def opened() -> None:
        order.append("opened")
        stop.set()

    running = asyncio.create_task(crew(tmp_path, TAKES_ORDERS, noted).run(stop, opened, prepare))
    await until(noted.exists)
    assert noted.read_text() == "here"
    go.set()
    await running
    assert (order, noted.read_text()) == (["prepared", "opened"], "ordered")


async def test_where_preparing_fails_they_are_ended_at_once_and_the_reason_is_told(tmp_path: Path) -> None:
    noted = tmp_path / "pid"

    async def prepare() -> None:
        await until(noted.exists)
        raise Trouble("the disk is full")

    with pytest.raises(Trouble, match="the disk is full"):
        await crew(tmp_path, TAKES_ORDERS, noted).run(asyncio.Event(), nothing, prepare)
    assert noted.read_text() == "here"


async def test_told_to_stop_before_anything_is_prepared_it_stops(tmp_path: Path) -> None:
    noted, stop = tmp_path / "pid", asyncio.Event()
    running = asyncio.create_task(crew(tmp_path, TAKES_ORDERS, noted).run(stop, nothing, asyncio.Event().wait))
    await until(noted.exists)
    stop.set()
    with capture_logs() as lines:
        await running
    assert lines == []
