"""One flight for many askers: concurrent calls with one key share one task, and outlive whoever asked first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Flights(Generic[Key, Value]):
    """Keeps the tasks under way by key."""

    def __init__(self) -> None:
        self._tasks: dict[Key, asyncio.Task[Value]] = {}

    def start(self, key: Key, work: Callable[[], Awaitable[Value]]) -> asyncio.Task[Value]:
        """The task under way for `key`, begun now if there is none. Await it through `asyncio.shield`."""
        task = self._tasks.get(key)
        # One that has just ended is still there until the loop comes round, which it never does for who asks again at once.
        if task is None or task.done():
            task = asyncio.ensure_future(self._run(work))
            self._tasks[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return task

    async def join(self, key: Key, work: Callable[[], Awaitable[Value]]) -> Value:
        """The outcome for `key`; a caller who gives up does not end it for the others."""
        return await asyncio.shield(self.start(key, work))

    async def close(self) -> None:
        """End everything that is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    async def _run(work: Callable[[], Awaitable[Value]]) -> Value:
        return await work()

    def _landed(self, key: Key, task: asyncio.Task[Value]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled():
            # Nobody may be waiting any more; an exception that is never fetched would be reported by the loop.
            task.exception()
