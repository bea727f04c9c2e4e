"""Clients that do not forgive: they say of every request whether it was answered, and retry nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, url: str) -> Wire:
        """Connect to a server."""
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def get(self, path: str, **headers: str) -> Answer:
        """Ask once. Raises ConnectionError or IncompleteReadError where no whole answer comes."""
        self.ask(path, **headers)
        return await self.answer()

    def ask(self, path: str, **headers: str) -> None:
        """Send a request."""
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{key}: {value}" for key, value in headers.items())]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())

    async def answer(self) -> Answer:
        """Receive what was asked for."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(head[0].split(" ")[1]), headers, body)

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


@asynccontextmanager
async def wires(url: str, count: int) -> AsyncIterator[Sequence[Wire]]:
    """So many connections, each of which has been answered once; the kernel deals them out among the workers."""
    opened = [await Wire.to(url) for _ in range(count)]
    try:
        for each in opened:
            assert (await each.get("/-/ping")).status == 200
        yield opened
    finally:
        for each in opened:
            each.close()


async def statuses(opened: Sequence[Wire], path: str, **headers: str) -> set[int]:
    """What all connections are answered, asked at once."""
    return {each.status for each in await asyncio.gather(*(one.get(path, **headers) for one in opened))}


@dataclass
class Tally:
    """What became of all requests."""

    answered: int = 0
    last: int = 0
    """Answers that said that they are the last of their connection."""
    lost: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def note(self, answer: Answer) -> None:
        """One more."""
        async with self.changed:
            self.answered += 1
            self.last += answer.headers.get("connection") == "close"
            self.statuses.add(answer.status)
            self.changed.notify_all()

    async def more(self, count: int) -> None:
        """Return when so many more have been answered."""
        wanted = self.answered + count
        async with self.changed:
            await self.changed.wait_for(lambda: self.answered >= wanted)


async def customer(url: str, path: str, tally: Tally, *, keep: bool) -> None:
    """Asks without a pause, on one connection or on a new one each time, until there is nobody to connect to."""
    while True:
        try:
            wire = await Wire.to(url)
        except ConnectionRefusedError:
            return
        try:
            while True:
                answer = await wire.get(path)
                await tally.note(answer)
                if not keep or answer.headers.get("connection") == "close":
                    break
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            tally.lost.append(repr(error))
        finally:
            wire.close()
