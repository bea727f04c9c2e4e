"""A process beside this one for what may die of its input, or never end: it is bounded, and nobody else dies with it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import multiprocessing
import os
import resource
import signal
import threading
from asyncio import TimerHandle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TypeVar

from quarantine.errors import PratiqueError

Value = TypeVar("Value")


class Unfinished(PratiqueError):
    """The work came to no end; whether it was its own fault, a second attempt tells."""


class Died(Unfinished):
    """The process ended in the middle of it."""


class TookTooLong(Unfinished):
    """It was not done in time."""


class TookTooMuch(Unfinished):
    """It wanted more memory than there is for it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the process may take."""

    memory: int
    """Bytes that it may allocate."""
    mapped: int = 0
    """Bytes of files that it may map beside that."""
    nice: int = 0
    """How far it steps back behind others that want the processor, up to 19."""
    idle: float | None = None
    """Seconds without work after which it is ended, so that its memory does not stay; None: it is kept."""


class Confined:
    """Runs functions in a process of its own, one at a time. It is started by the first one, and again when it died."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._pool: ProcessPoolExecutor | None = None
        self._turn = asyncio.Lock()
        self._ending: TimerHandle | None = None
        self.deaths = 0
        """How many processes were lost to their work."""

    @property
    def pid(self) -> int | None:
        """The process that there is; None while there is none."""
        processes = getattr(self._pool, "_processes", None) or {}
        return next(iter(processes), None)

    async def run(self, function: Callable[..., Value], /, *arguments: object, seconds: float) -> Value:
        """What the function returns or raises; both go through pickle, as the arguments do.

        `seconds` count from when its turn comes, the start of the process included. Raises Unfinished. A caller who gives up
        ends the process, so that nobody else waits for what is wanted no longer.
        """
        async with self._turn:
            if self._ending is not None:
                self._ending.cancel()
            try:
                return await self._run(function, arguments, seconds)
            finally:
                if self._bounds.idle is not None and self._pool is not None:
                    self._ending = asyncio.get_running_loop().call_later(self._bounds.idle, self._abandon)

    def close(self) -> None:
        """End the process, and wait until it has."""
        if self._ending is not None:
            self._ending.cancel()
        self._abandon(wait=True)

    async def _run(self, function: Callable[..., Value], arguments: tuple[object, ...], seconds: float) -> Value:
        pool = self._pool or self._start()
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.get_running_loop().run_in_executor(pool, _within, seconds, function, arguments)
        except TimeoutError:
            self._lost()
            raise TookTooLong(f"it took longer than {seconds:g} s") from None
        except BrokenProcessPool:
            self._lost()
            raise Died("the process that worked on it died of it") from None
        except TookTooMuch:
            # What is left of the memory may be in pieces.
            self._lost()
            raise
        except asyncio.CancelledError:
            self._abandon()
            raise

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_confine, initargs=(self._bounds,))
        return self._pool

    def _lost(self) -> None:
        self.deaths += 1
        self._abandon()

    def _abandon(self, *, wait: bool = False) -> None:
        """Kill what may be stuck."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.kill()
        pool.shutdown(wait=wait, cancel_futures=True)


def _confine(bounds: Bounds) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(bounds.nice)
    limits = {
        resource.RLIMIT_DATA: bounds.memory,
        resource.RLIMIT_AS: bounds.memory + bounds.mapped,
        resource.RLIMIT_CORE: 0,
    }
    for which, limit in limits.items():
        # Not every kernel lets them be set.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (limit, limit))


def _end_with_parent() -> None:
    """Nobody else would end this process where the one that started it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _within(seconds: float, function: Callable[..., Value], arguments: tuple[object, ...]) -> Value:
    """Runs in the other process. Its time counts there too, should nobody here be left to look at the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    try:
        return function(*arguments)
    except MemoryError:
        raise TookTooMuch("it took more memory than there is for it") from None
