"""The listening side: one port on loopback that stays ours while the registry is down."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Server:
    """Starts and stops on the same address. While it is stopped, connections are refused."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._runner: web.ServerRunner | None = None
        self._reserved: socket.socket | None = None

    @property
    def url(self) -> str:
        """Without a slash at the end. Known from the first start on."""
        if self._reserved is None:
            raise RuntimeError("the registry has not been started")
        return f"http://127.0.0.1:{self._reserved.getsockname()[1]}"

    async def start(self) -> None:
        """Listens. A second socket, bound but not listening, keeps the port for the time in between."""
        if self._runner is not None:
            return
        if self._reserved is None:
            self._reserved = _bound(0)
        runner = web.ServerRunner(web.Server(self._handler, access_log=None), shutdown_timeout=0.05)
        await runner.setup()
        await web.SockSite(runner, _bound(self._reserved.getsockname()[1])).start()
        self._runner = runner

    async def stop(self) -> None:
        """Drops every connection at once, those with a request under way too."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for connection in runner.server.connections if runner.server else []:
            if connection.transport is not None:
                connection.transport.abort()
        with contextlib.suppress(ConnectionError):
            await runner.cleanup()

    async def close(self) -> None:
        """Stops and gives the port back."""
        await self.stop()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock
