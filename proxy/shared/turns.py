"""Turns at something of which there is little: whoever is waited for comes before whoever is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum


class Urgency(IntEnum):
    """The lower, the sooner."""

    WAITED_FOR = 0
    """Somebody waits for this very thing."""
    SOON = 1
    """Somebody waits for a part of what it belongs to, and not for long."""
    LATER = 2
    """Nobody waits."""


@dataclass(slots=True, eq=False)
class _Waiting:
    name: Hashable
    urgency: Urgency
    rank: int
    turn: asyncio.Future[None]


class Turns:
    """So many at a time, the most urgent first; among equals whoever came first."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[_Waiting] = []

    @asynccontextmanager
    async def take(self, name: Hashable, urgency: Urgency, rank: int = 0) -> AsyncIterator[None]:
        """Have a turn. `name` is what `hurry` calls it; among equally urgent ones the lower `rank` comes first."""
        await self._come(name, urgency, rank)
        try:
            yield
        finally:
            self._free += 1
            self._call()

    def hurry(self, name: Hashable, urgency: Urgency) -> None:
        """What waits under this name is at least so urgent from now on."""
        for each in self._waiting:
            if each.name == name:
                each.urgency = min(each.urgency, urgency)

    async def _come(self, name: Hashable, urgency: Urgency, rank: int) -> None:
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        mine = _Waiting(name, urgency, rank, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            await mine.turn
        except asyncio.CancelledError:
            if mine in self._waiting:
                self._waiting.remove(mine)
            elif not mine.turn.cancelled():
                # It was called, and leaves all the same.
                self._free += 1
                self._call()
            raise

    def _call(self) -> None:
        while self._free > 0 and self._waiting:
            first = min(self._waiting, key=lambda each: (each.urgency, each.rank))
            self._waiting.remove(first)
            if not first.turn.done():
                self._free -= 1
                first.turn.set_result(None)
