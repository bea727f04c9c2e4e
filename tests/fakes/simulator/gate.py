"""Requests that wait until a test lets them go on: for coalescing, cancellation and races."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Gate:
    """Closed at first. As a context manager it opens at the end, so that no request is left waiting."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._changed = asyncio.Condition()
        self.arrived = 0
        """How many requests have come to this gate so far."""

    async def wait(self) -> None:
        """Called for each request; returns once the gate is open."""
        async with self._changed:
            self.arrived += 1
            self._changed.notify_all()
        await self._open.wait()

    async def reached(self, count: int = 1) -> None:
        """Returns once that many requests have come to the gate."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.arrived >= count)

    def release(self) -> None:
        """Lets everyone through, now and later."""
        self._open.set()

    set = release

    def close(self) -> None:
        """Makes those who come from now on wait again."""
        self._open.clear()

    def is_set(self) -> bool:
        """Whether requests pass."""
        return self._open.is_set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()
