"""`pratique serve` with several workers: keeps their sockets, starts them, starts those again that die, and ends them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog

from config.settings import Settings
from proxy.cli.greeting import greet
from proxy.cli.listening import close, shut
from proxy.cli.orders import READY, Orders, pack
from proxy.cli.process import Doors, tls_of, told_to_stop
from proxy.cli.trouble import Trouble
from proxy.shared.counters import Counters
from proxy.shared.folder import RunFolder, counters_of

log = structlog.get_logger()

MARGIN = timedelta(seconds=10)
"""How long after `server.drain` a worker may take to end before it is killed."""

WORKER = (sys.executable, "-P", "-m", "proxy.cli.worker")

SHORT = 1.0
"""Seconds; a worker that serves no longer than this may have died of what the next one dies of too."""

MOST_IN_A_ROW = 5
FIRST_PAUSE = 0.1


async def supervise(settings: Settings, doors: Sequence[Doors], upstream: str, home: Path) -> None:
    """Run until SIGTERM or SIGINT. Raises Trouble where workers do not start, or die again and again."""
    stop = told_to_stop()
    tls_of(settings)
    folder = RunFolder.make(home)
    try:
        counters = Counters.create(counters_of(folder.path))

        async def prepare() -> None:
            # While it is imported, the workers import the same.
            from proxy.wiring.once import open_once

            await open_once(settings, upstream, os.environ)

        async def opened() -> None:
            from proxy.wiring.once import token_once

            token = await token_once(settings, upstream, os.environ, counters)
            greet(settings, doors[0], upstream, home, token)

        await Crew(settings, doors, upstream, folder.path, counters).run(stop, opened, prepare)
        counters.close()
    finally:
        folder.remove()


class Crew:
    """The workers, each at its own sockets, which stay open while it is started again: who waits there is served."""

    def __init__(
        self,
        settings: Settings,
        doors: Sequence[Doors],
        upstream: str,
        folder: Path,
        counters: Counters,
        *,
        program: Sequence[str] = WORKER,
        margin: timedelta = MARGIN,
    ) -> None:
        self._settings = settings
        self._doors = doors
        self._upstream = upstream
        self._folder = folder
        self._counters = counters
        self._program = program
        self._limit = (settings.server.drain + margin).total_seconds()
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._prepared = asyncio.Event()
        self._ready = [asyncio.Event() for _ in doors]
        self._stopping = asyncio.Event()

    async def run(
        self, stop: asyncio.Event, opened: Callable[[], Awaitable[None]], prepare: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        """Start all, call `opened` when they serve, and end all when told to stop, or when one cannot be kept.

        They get their orders after `prepare`, and have read in their program meanwhile.
        """
        keeping = [asyncio.create_task(self._keep(number)) for number in range(len(self._doors))]
        opening = asyncio.create_task(self._open(opened, prepare))
        stopping = asyncio.create_task(stop.wait())
        waiting: set[asyncio.Task[object]] = {stopping, opening, *keeping}
        try:
            while not stop.is_set():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    await each
        finally:
            for task in (stopping, opening):
                task.cancel()
            await self._end(keeping)
            await asyncio.gather(stopping, opening, *keeping, return_exceptions=True)

    async def _open(self, opened: Callable[[], Awaitable[None]], prepare: Callable[[], Awaitable[object]] | None) -> None:
        if prepare is not None:
            await prepare()
        self._prepared.set()
        for each in self._ready:
            await each.wait()
        await opened()

    async def _keep(self, number: int) -> None:
        """Start a worker again and again. Raises Trouble when that is of no use."""
        clock = asyncio.get_running_loop().time
        short_lives = 0
        while not self._stopping.is_set():
            served, code = await self._one(number, clock)
            # It may have died between a commit and telling the others of it.
            self._counters.bump_all()
            if self._stopping.is_set():
                return
            log.error("worker-ended", worker=number, code=code)
            if not self._ready[number].is_set():
                raise Trouble(f"worker {number} did not start; its reason stands above", code=code if code > 0 else 1)
            short_lives = short_lives + 1 if served < SHORT else 0
            if short_lives == MOST_IN_A_ROW:
                raise Trouble(f"worker {number} ended {MOST_IN_A_ROW} times at once (code {code}); the log has its reason")
            if short_lives:
                await self._pause(FIRST_PAUSE * 2 ** (short_lives - 1))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _one(self, number: int, clock: Callable[[], float]) -> tuple[float, int]:
        """The life of one process: for how many seconds it served, and its exit code."""
        loop, doors = asyncio.get_running_loop(), self._doors[number]
        # Before anything is waited for: at the end the sockets are closed, and have no numbers any more.
        orders = pack(self._orders(number))
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                # A session of its own: Ctrl-C is for us, and we say when it is to end.
                process = await asyncio.create_subprocess_exec(
                    *self._program,
                    stdin=theirs.fileno(),
                    pass_fds=[each.fileno() for each in doors.all],
                    start_new_session=True,
                )
            ours.setblocking(False)
            began: float | None = None
            try:
                await self._prepared.wait()
                if self._stopping.is_set():
                    # It has no orders, so there is nothing that it could finish.
                    process.kill()
                with suppress(OSError):  # it is dead already
                    await loop.sock_sendall(ours, orders)
                    if await loop.sock_recv(ours, 1) == READY:
                        began = clock()
                        self._processes[number] = process
                        self._ready[number].set()
                        if self._stopping.is_set():
                            process.terminate()
                code = await process.wait()
            finally:
                self._processes.pop(number, None)
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return (clock() - began if began is not None else 0.0), code

    def _orders(self, number: int) -> Orders:
        doors = self._doors[number]
        everybody, desk = ([each.fileno() for each in sockets] for sockets in (doors.everybody, doors.desk))
        return Orders(self._settings, self._upstream, str(self._folder), number, everybody, desk)

    async def _end(self, keeping: Sequence[asyncio.Task[None]]) -> None:
        """Let every worker finish what was sent; kill those that take too long. Those that still start finish after that."""
        self._stopping.set()
        self._prepared.set()
        sockets = [each for doors in self._doors for each in doors.all]
        shut(sockets)
        # Theirs are the last ones now, so that the port is free as soon as they have gone.
        close(sockets)
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        _, late = await asyncio.wait(keeping, timeout=self._limit)
        if late:
            log.error("workers-killed", count=len(late), after=self._limit)
        for task in late:
            task.cancel()
