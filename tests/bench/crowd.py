"""Many clients in one event loop, for tests: wrk is faster, but tells nobody what it was answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.bench.wire import Answer, Line

TOLD = ("content-type", "content-encoding", "etag", "vary", "content-length", "content-disposition", "location", "npm-notice")
"""Headers that must not depend on load. Others tell the time (Date, Age, how long an answer may be kept)."""


@dataclass(frozen=True)
class Asked:
    """A request as the crowd makes it."""

    path: str
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, path: str, headers: Mapping[str, str]) -> Asked:
        """Hashable."""
        return cls(path, tuple(sorted(headers.items())))


@dataclass(frozen=True)
class Outcome:
    """What a client was answered, without what depends on the time."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, answer: Answer) -> Outcome:
        """Hashable."""
        return cls(answer.status, tuple((name, answer.headers[name]) for name in TOLD if name in answer.headers), answer.body)


@dataclass(frozen=True)
class Event:
    """A request with its answer, and when it was sent."""

    asked: Asked
    answer: Answer
    begun: float

    @property
    def outcome(self) -> Outcome:
        """What is compared."""
        return Outcome.of(self.answer)


@asynccontextmanager
async def crowd(url: str, size: int = 32) -> AsyncIterator[list[Line]]:
    """That many connections."""
    lines = [await Line.open(url) for _ in range(size)]
    try:
        yield lines
    finally:
        for line in lines:
            await line.close()


class Answers:
    """Counts them while they come in."""

    def __init__(self) -> None:
        self._come = asyncio.Semaphore(0)

    def another(self) -> None:
        """One more."""
        self._come.release()

    async def more(self, count: int) -> None:
        """Return when so many more have come."""
        async with asyncio.timeout(60):
            for _ in range(count):
                await self._come.acquire()


async def ask_all(lines: Sequence[Line], requests: Sequence[Asked], answers: Answers | None = None) -> list[Event]:
    """All requests, each line taking the next one as soon as it is free."""
    todo, events = iter(requests), []

    async def work(line: Line) -> None:
        for asked in todo:
            begun = time.perf_counter()
            answer = await line.get(asked.path, dict(asked.headers))
            events.append(Event(asked, answer, begun))
            if answers is not None:
                answers.another()

    await asyncio.gather(*map(work, lines))
    return events


async def one_by_one(url: str, requests: Sequence[Asked]) -> dict[Asked, Outcome]:
    """The same without load: each once, on one connection."""
    async with crowd(url, 1) as lines:
        return {each.asked: each.outcome for each in await ask_all(lines, requests)}
