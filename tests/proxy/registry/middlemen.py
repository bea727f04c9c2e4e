"""What may lie between a proxy and its upstream: TLS with a private CA, and a corporate proxy."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from tests.fakes.simulator import Simulator


@dataclass(frozen=True)
class Certificates:
    """A CA of one's own, and a certificate for loopback that it signed."""

    ca: Path
    cert: Path
    key: Path


def certificates(folder: Path) -> Certificates:
    """Made anew; skips the test where openssl is not installed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, and nothing else here makes certificates")
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    new_key = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    ca_key, request, extensions = folder / "ca.key", folder / "request.pem", folder / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    for line in (
        f"{new_key} -x509 -days 2 -subj /CN=Test-CA -addext keyUsage=critical,keyCertSign -keyout {ca_key} -out {made.ca}",
        f"{new_key} -subj /CN=127.0.0.1 -keyout {made.key} -out {request}",
        f"x509 -req -in {request} -CA {made.ca} -CAkey {ca_key} -CAcreateserial -days 2 -extfile {extensions} -out {made.cert}",
    ):
        subprocess.run([openssl, *line.split()], check=True, capture_output=True)
    return made


@asynccontextmanager
async def over_tls(upstream: Simulator, made: Certificates) -> AsyncIterator[str]:
    """The same registry, over TLS; its address there."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.cert, made.key)
    runner = web.ServerRunner(web.Server(upstream._handle, access_log=None), shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Middleman:
    """A forward proxy: absolute addresses and CONNECT."""

    url: str = ""
    seen: list[str] = field(default_factory=list)
    """The first lines of the requests that came."""
    credentials: list[str] = field(default_factory=list)
    refuses: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one target."""
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        self.seen.append(first)
        self.credentials += [line.partition(": ")[2] for line in lines if line.lower().startswith("proxy-authorization:")]
        if self.refuses:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        method, target, version = first.split(" ")
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        onward, out = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection:"))]
                path = f"{parts.path}?{parts.query}" if parts.query else parts.path
                out.write("\r\n".join([f"{method} {path} {version}", "Connection: close", *kept]).encode("latin-1"))
            await asyncio.gather(_pipe(reader, out), _pipe(onward, writer))
        finally:
            out.close()


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        sink.close()


@asynccontextmanager
async def middleman() -> AsyncIterator[Middleman]:
    """A forward proxy on loopback."""
    made = Middleman()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
