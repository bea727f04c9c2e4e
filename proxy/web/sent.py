"""An answer that is bytes already: what of it never changes is made once, what changes with time once a second."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web
from multidict import CIMultiDict

from proxy.access.records import Kind
from proxy.registry.verified_file import VerifiedFile
from proxy.shared.stamps import Stamp
from quarantine.package import PackageName

PER_REQUEST = b"X-Request-Id: "

JOINED = 2**15

CHUNK = 2**20
"""Bytes of a file that are written at once."""


class Sent(web.StreamResponse):
    """Bytes on their way, head and body."""

    def __init__(self, status: int, head: bytes, content: bytes | VerifiedFile = b"") -> None:
        # Not the parent's: all that sets up serves to make a head.
        self._sent_status = status
        self._head = head
        self._content = content

    @property
    def prepared(self) -> bool:
        return True

    @property
    def status(self) -> int:
        return self._sent_status

    @property
    def keep_alive(self) -> bool | None:
        return True

    @property
    def reason(self) -> str:
        return "Not Modified" if self._sent_status == 304 else "OK"

    @property
    def headers(self) -> CIMultiDict[str]:
        """Read back out of the bytes, for whoever looks at answers."""
        lines = self._head.decode().split("\r\n")[1:]
        return CIMultiDict([(name, value.strip()) for name, colon, value in (line.partition(":") for line in lines) if colon])

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write it; wait only for a client that reads slower than we send, or for a disk."""
        transport, content = request.transport, self._content
        if transport is None:
            raise ConnectionResetError("the client has gone")
        if isinstance(content, bytes):
            # Joining costs less than a second piece, until there is much to copy.
            if len(content) < JOINED:
                transport.write(self._head + content)
            else:
                transport.writelines([self._head, content])
            await request.protocol._drain_helper()
            return
        head = self._head
        for start in range(0, content.size, CHUNK):
            end = min(start + CHUNK, content.size)
            part: bytes | bytearray | None = content.at_hand(start, end)
            if part is None:
                part = await asyncio.to_thread(content.read, start, end)
            if request.transport is None:
                raise ConnectionResetError("the client has gone")
            transport.writelines([head, part] if head else [part])
            head = b""
            await request.protocol._drain_helper()

    async def write_eof(self, data: bytes = b"") -> None:
        """There is nothing left."""


@dataclass(slots=True)
class Entry:
    """An answer that is kept to be sent again."""

    stamp: Stamp
    until: float
    """In elapsed seconds: from then on it has to be judged again."""
    name: PackageName
    version: str | None
    kind: Kind
    etag: str
    headers: Mapping[str, str]
    """Those of the 200 that stay the same; of these a 304 has all but those that describe its content."""
    content: bytes | VerifiedFile | str
    """Bytes, a file of them, or the key of what was rendered (`proxy.web.rendered`)."""
    length: int
    """Of the content, in bytes."""
    max_age: float | None = None
    """For `Cache-Control`: seconds, never past `changes_at`; None where `headers` has it."""
    private: bool = False
    changes_at: float | None = None
    """In elapsed seconds: when the answer will be another, as far as that is known."""
    looked_at: float | None = None
    """In elapsed seconds: when the upstream was last looked at."""
    integrity: str | None = None
    """The only `pacote-integrity` that it answers, of versions that are on record with other bytes as well; None: any."""
    made_at: int = -1
    ok: bytes = b""
    same: bytes = b""

    def fresh(self, elapsed: float, now: float) -> None:
        """Bring what changes with time up to date; `now` in seconds since 1970."""
        if self.made_at == int(elapsed):
            return
        self.made_at = int(elapsed)
        lines = [f"Date: {formatdate(now, usegmt=True)}"]
        if self.max_age is not None:
            left = self.max_age if self.changes_at is None else min(self.max_age, self.changes_at - elapsed)
            lines.append(f"Cache-Control: {'private' if self.private else 'public'}, max-age={max(0, int(left))}")
        if self.looked_at is not None:
            lines.append(f"Pratique-Age: {max(0, int(elapsed - self.looked_at))}")
        whole = [f"{key}: {value}" for key, value in self.headers.items()]
        part = [line for line in whole if not line.startswith("Content-Type:") and not line.startswith("Content-Encoding:")]
        self.ok = _head("200 OK", [*whole, f"Content-Length: {self.length}", *lines])
        self.same = _head("304 Not Modified", [*part, *lines])


def _head(status: str, lines: list[str]) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, ""]).encode() + PER_REQUEST
