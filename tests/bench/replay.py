"""An upstream that replays a corpus: `python -m tests.bench.replay DIR` prints its address and serves until it is ended.

A process of its own, everything in memory and packed beforehand, so that it is never what limits a measurement. It answers
as an honest registry does: full and abbreviated documents, gzip, ETag and 304, tarballs below its own address. `--plain`
makes it one of those mirrors that send the full document, uncompressed and without ETag, whoever asks.

A name with `xN-` in front of a recorded one (`x3-express`, `@x3-babel/core`) is a package of its own with the same content:
so a corpus is as large as one likes.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

from isal import igzip

from tests.bench.corpus import PLACEHOLDER, Corpus

CONTROL = "/-/replay/"
JSON = b"application/json"
SHORT = b"application/vnd.npm.install-v1+json"
COPY = re.compile(r"^/(@?)x(\d+)-([^/]+(?:/[^/-][^/]*)?)(/-/.*)?$")


@dataclass(frozen=True, slots=True)
class Entity:
    """One representation: its head without the status line and the date, and its body."""

    head: bytes
    body: bytes
    etag: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A packument, in the forms in which it is asked for."""

    plain: Entity
    packed: Entity


def entity(body: bytes, kind: bytes, *, packed: bool = False, validators: bool = True) -> Entity:
    """Ready to be sent."""
    etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
    head = b"Content-Type: " + kind + b"\r\nContent-Length: %d\r\nVary: Accept, Accept-Encoding\r\n" % len(body)
    if packed:
        head += b"Content-Encoding: gzip\r\n"
    if validators:
        head += b"ETag: " + etag + b"\r\nCache-Control: public, max-age=300\r\n"
    return Entity(head, body, etag if validators else b"")


class Shelf:
    """The corpus as it is served from one address."""

    def __init__(self, corpus: Corpus, address: str, *, plain: bool = False) -> None:
        self._plain = plain
        self._full: dict[str, Document] = {}
        self._short: dict[str, Document] = {}
        self._tarballs: dict[str, Entity] = {}
        before, after = PLACEHOLDER.encode(), address.encode()
        for package in corpus.index.packages:
            path = f"/{package.name}"
            self._full[path] = self._document(corpus.packument_file(package.name).read_bytes().replace(before, after), JSON)
            if not plain:
                short = corpus.packument_file(package.name, abbreviated=True).read_bytes()
                self._short[path] = self._document(short.replace(before, after), SHORT)
        for tarball in corpus.index.tarballs:
            body = corpus.tarball_file(tarball.name, tarball.version).read_bytes()
            self._tarballs[tarball.path] = entity(body, b"application/octet-stream", validators=not plain)

    def find(self, path: str, *, short: bool, packed: bool) -> Entity | None:
        """What a path names, in a form that the client takes."""
        tarball = self._tarballs.get(path)
        if tarball is not None:
            return tarball
        document = (self._short if short and not self._plain else self._full).get(path)
        if document is not None:
            return document.packed if packed and not self._plain else document.plain
        return self._copy(path, short=short, packed=packed)

    def _copy(self, path: str, *, short: bool, packed: bool) -> Entity | None:
        found = COPY.match(path)
        if found is None:
            return None
        scope, number, name, rest = found.groups()
        origin = self.find(f"/{scope}{name}{rest or ''}", short=short, packed=False)
        if origin is None or rest:
            return origin
        old, new = f"{scope}{name}".encode(), f"{scope}x{number}-{name}".encode()
        body = origin.body.replace(b'"name":"' + old + b'"', b'"name":"' + new + b'"')
        document = self._document(body.replace(b"/" + old + b"/-/", b"/" + new + b"/-/"), SHORT if short else JSON)
        return document.packed if packed and not self._plain else document.plain

    def _document(self, body: bytes, kind: bytes) -> Document:
        plain = entity(body, kind, validators=not self._plain)
        packed = igzip.compress(body, 1, mtime=0) if not self._plain else b""
        return Document(plain, entity(packed, kind, packed=True, validators=not self._plain))


class Replay:
    """What is counted, and how slow it is."""

    def __init__(self) -> None:
        self.shelf: Shelf | None = None
        self.counts: Counter[str] = Counter()
        self.latency = 0.0
        self._date = (0.0, b"")

    def answer(self, method: str, target: str, head: bytes) -> bytes:
        """The whole answer, as bytes."""
        path = unquote(target)
        if path.startswith(CONTROL):
            return self._control(path.removeprefix(CONTROL))
        if method == "POST":  # audits
            return self._with_date(b"200 OK", b"Content-Type: application/json\r\nContent-Length: 2\r\n") + b"{}"
        self.counts[path] += 1
        accept = _header(head, b"accept")
        packed = b"gzip" in _header(head, b"accept-encoding")
        found = self.shelf.find(path, short=b"install-v1" in accept, packed=packed) if self.shelf else None
        if found is None:
            return (
                self._with_date(b"404 Not Found", b"Content-Type: application/json\r\nContent-Length: 21\r\n")
                + b'{"error":"Not found"}'
            )
        if found.etag and found.etag in _header(head, b"if-none-match"):
            return self._with_date(b"304 Not Modified", b"ETag: " + found.etag + b"\r\nVary: Accept, Accept-Encoding\r\n")
        answer = self._with_date(b"200 OK", found.head)
        return answer if method == "HEAD" else answer + found.body

    def _control(self, asked: str) -> bytes:
        if asked == "reset":
            self.counts.clear()
        elif asked.startswith("latency"):
            self.latency = float(parse_qs(urlsplit(asked).query)["ms"][0]) / 1000
        body = json.dumps({"counts": self.counts, "latency": self.latency}).encode()
        return self._with_date(b"200 OK", b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)) + body

    def _with_date(self, status: bytes, head: bytes) -> bytes:
        now = asyncio.get_running_loop().time()
        if now - self._date[0] > 0.5:
            self._date = (now, formatdate(usegmt=True).encode())
        return b"HTTP/1.1 " + status + b"\r\nDate: " + self._date[1] + b"\r\n" + head + b"\r\n"


class Connection(asyncio.Protocol):
    """One client; requests with a body or without, one after the other."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[: end + 2])
            length = int(_header(head, b"content-length") or 0)
            if len(self._buffer) < end + 4 + length:
                return
            del self._buffer[: end + 4 + length]
            method, target, _ = head[: head.index(b"\r\n")].decode("latin-1").split(" ", 2)
            if self._replay.latency and not target.startswith(CONTROL):
                asyncio.get_running_loop().call_later(self._replay.latency, self._answer, method, target, head)
            else:
                self._answer(method, target, head)

    def _answer(self, method: str, target: str, head: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._replay.answer(method, target, head))


def _header(head: bytes, name: bytes) -> bytes:
    """A header's value as it was sent; empty where there is none."""
    found = re.search(rb"\r\n" + name + rb":[ \t]*([^\r]*)\r\n", head, re.IGNORECASE)
    return found[1] if found else b""


async def serve(folder: Path, *, latency: float, plain: bool) -> None:
    """Until SIGTERM."""
    loop, replay, stop = asyncio.get_running_loop(), Replay(), asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    server = await loop.create_server(lambda: Connection(replay), "127.0.0.1", 0, backlog=1024)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    replay.shelf, replay.latency = Shelf(Corpus.open(folder), address, plain=plain), latency
    sys.stdout.write(address + "\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.replay", description=__doc__)
    parser.add_argument("dir", type=Path, metavar="DIR")
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="milliseconds before each answer")
    parser.add_argument("--plain", action="store_true", help="full documents only, uncompressed, without ETag")
    asked = parser.parse_args()
    try:
        import uvloop
    except ImportError:
        run = asyncio.run
    else:
        run = uvloop.run
    run(serve(asked.dir, latency=asked.latency / 1000, plain=asked.plain))


if __name__ == "__main__":
    main()
