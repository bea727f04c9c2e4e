"""HTTP/1.1 by hand: as little between the clock and the socket as Python allows."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

NPM_ACCEPT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"


@dataclass(frozen=True)
class Answer:
    """An answer that was read whole. `body` is what came, packed if it was."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    seconds: float

    @property
    def content(self) -> bytes:
        """Unpacked."""
        return zlib.decompress(self.body, 31) if self.headers.get("content-encoding") == "gzip" else self.body


def request_bytes(host: str, path: str, headers: Mapping[str, str], method: str = "GET", body: bytes = b"") -> bytes:
    """A request as it goes out."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{key}: {value}" for key, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers."""
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest if line)
    return int(first.split(" ", 2)[1]), {key.strip().lower(): value.strip() for key, _, value in pairs}


class Wire:
    """One connection that is kept open; blocking."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        self._place = (parts.hostname, parts.port)
        self._host = parts.netloc
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET, timed from the first byte sent to the last received."""
        return self.ask("GET", path, headers or {})

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Once more on a new connection where the kept one has been closed."""
        kept = self._socket is not None
        try:
            return self._ask(method, path, headers, body)
        except ConnectionError:
            self.close()
            if not kept:
                raise
            return self._ask(method, path, headers, body)

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self._place, timeout=120)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sent = request_bytes(self._host, path, headers, method, body)
        begun = time.perf_counter()
        self._socket.sendall(sent)
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            self._more(data)
        status, told = parse_head(bytes(data[:end]))
        del data[: end + 4]
        if status in {204, 304} or method == "HEAD":
            content = b""
        elif "chunked" in told.get("transfer-encoding", ""):
            content = self._chunks(data)
        else:
            length = int(told.get("content-length", 0))
            while len(data) < length:
                self._more(data)
            content = bytes(data[:length])
        seconds = time.perf_counter() - begun
        if told.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, told, content, seconds)

    def _chunks(self, data: bytearray) -> bytes:
        content = bytearray()
        while True:
            while (end := data.find(b"\r\n")) < 0:
                self._more(data)
            size = int(data[:end].split(b";")[0], 16)
            while len(data) < end + 2 + size + 2:
                self._more(data)
            content += data[end + 2 : end + 2 + size]
            del data[: end + 2 + size + 2]
            if not size:
                return bytes(content)

    def _more(self, data: bytearray) -> None:
        assert self._socket is not None
        got = self._socket.recv(2**20)
        if not got:
            raise ConnectionResetError("the connection was closed in the middle of an answer")
        data += got


class Line:
    """One connection that is kept open; for an event loop."""

    def __init__(self, url: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host = urlsplit(url).netloc
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str) -> Line:
        """Connect."""
        parts = urlsplit(url)
        return cls(url, *await asyncio.open_connection(parts.hostname, parts.port, limit=2**20))

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET, timed from the first byte sent to the last received."""
        return await self.ask("GET", path, headers or {})

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Any method."""
        begun = time.perf_counter()
        self._writer.write(request_bytes(self._host, path, headers, method, body))
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, told = parse_head(head[:-4])
        if status in {204, 304} or method == "HEAD":
            content = b""
        elif "chunked" in told.get("transfer-encoding", ""):
            content = await self._chunks()
        else:
            content = await self._reader.readexactly(int(told.get("content-length", 0)))
        return Answer(status, told, content, time.perf_counter() - begun)

    async def _chunks(self) -> bytes:
        parts = []
        while size := int((await self._reader.readuntil(b"\r\n")).split(b";")[0], 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return b"".join(parts)

    async def close(self) -> None:
        """Leave."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
