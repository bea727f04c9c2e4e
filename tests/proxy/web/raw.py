"""HTTP by hand: request targets and headers exactly as given, which no client library would send."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    """One answer; header names in lower case."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


async def exchange(url: str, target: bytes, method: bytes = b"GET", headers: bytes | None = None, body: bytes = b"") -> Reply:
    """Send one request on a connection of its own; `headers` are whole lines and replace `Host`."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        lines = f"Host: {parts.netloc}\r\n".encode() if headers is None else headers
        length = f"Content-Length: {len(body)}\r\n".encode() if body else b""
        writer.write(method + b" " + target + b" HTTP/1.1\r\n" + lines + length + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        got = await asyncio.wait_for(reader.read(), 30)
    finally:
        writer.close()
    head, _, rest = got.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    _, code, reason = (status + "  ").split(" ", 2)
    named = dict(line.split(": ", 1) for line in fields if ": " in line)
    return Reply(int(code), reason.strip(), {key.lower(): value for key, value in named.items()}, rest)
