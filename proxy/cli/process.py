"""What a process that serves is made of, whether it answers itself or has workers that do. Light: a start waits for it."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from config.settings import Settings
from proxy.cli.allocator import give_back, open_many_files
from proxy.cli.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Doors:
    """Where clients come in, and administrators, where they have a listener of their own."""

    everybody: Sequence[socket.socket]
    desk: Sequence[socket.socket] = ()

    @property
    def all(self) -> list[socket.socket]:
        """All sockets."""
        return [*self.everybody, *self.desk]


def run(main: Awaitable[None]) -> None:
    """Run to the end, by the faster event loop where there is one."""
    give_back()
    open_many_files()
    runner: Any
    try:
        import uvloop as runner
    except ImportError:
        runner = asyncio
    runner.run(main)


def told_to_stop() -> asyncio.Event:
    """Set once SIGTERM or SIGINT has come."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    return stop


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """What encrypts, where that is asked for. Raises Trouble."""
    if not settings.server.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.server.tls_cert, settings.server.tls_key or None)
    except (OSError, ssl.SSLError) as error:
        raise Trouble(f"server.tls_cert and server.tls_key cannot be used: {error}", code=2) from error
    return context
