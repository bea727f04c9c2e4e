"""Clients that only swallow: hundreds at once, with next to nothing done until the last byte has come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from tests.bench.wire import Answer, parse_head, request_bytes

Outcome = TypeVar("Outcome")


class Gulp(asyncio.Protocol):
    """One connection, one answer at a time; what came is kept in pieces and read later."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._pieces: list[bytes] = []
        self._missing: int | None = None
        self._chunked = False
        self._done: asyncio.Future[float] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        if self._done is not None and not self._done.done():
            self._done.set_exception(ConnectionResetError("the connection was closed in the middle of an answer"))

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._pieces.append(data)
        if self._missing is None:
            self._begin()
        else:
            self._missing -= len(data)
        ended = data.endswith(b"0\r\n\r\n") if self._chunked else self._missing is not None and self._missing <= 0
        if ended and self._done is not None and not self._done.done():
            self._done.set_result(time.perf_counter())

    def _begin(self) -> None:
        whole = b"".join(self._pieces)
        end = whole.find(b"\r\n\r\n")
        if end >= 0:
            _, headers = parse_head(whole[:end])
            self._chunked = "chunked" in headers.get("transfer-encoding", "")
            self._missing = int(headers.get("content-length", 0)) - (len(whole) - end - 4)

    async def get(self, request: bytes) -> Answer:
        """What came, and how long after the request the last of it did."""
        assert self._transport is not None
        self._pieces, self._missing, self._chunked = [], None, False
        self._done = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        self._transport.write(request)
        ended = await self._done
        return Answer(0, {}, b"".join(self._pieces), ended - begun)

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.close()


async def swallow(url: str, path: str, headers: Mapping[str, str], clients: int) -> list[Answer]:
    """All ask at once, over connections that are there before; answers are read after the last has come."""
    parts, loop = urlsplit(url), asyncio.get_running_loop()
    assert parts.hostname
    assert parts.port
    gulps = [(await loop.create_connection(Gulp, parts.hostname, parts.port))[1] for _ in range(clients)]
    request = request_bytes(parts.netloc, path, headers)
    try:
        return [_read(each) for each in await asyncio.gather(*(gulp.get(request) for gulp in gulps))]
    finally:
        for gulp in gulps:
            gulp.close()


def run(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """On the fastest loop there is."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


def _read(raw: Answer) -> Answer:
    head, _, rest = raw.body.partition(b"\r\n\r\n")
    status, headers = parse_head(head)
    return Answer(status, headers, _unchunked(rest) if "chunked" in headers.get("transfer-encoding", "") else rest, raw.seconds)


def _unchunked(data: bytes) -> bytes:
    at = 0
    parts: list[bytes] = []
    while size := int(data[at : (end := data.index(b"\r\n", at))].split(b";")[0], 16):
        parts.append(data[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(parts)
