"""Connections of clients: whoever waits for something long hears when its client has left, and what cannot be read as HTTP
is answered like everything else."""

from __future__ import annotations

import asyncio
import fcntl
import termios
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

import structlog
from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from proxy.web.answers import json_answer

log = structlog.get_logger()

Outcome = TypeVar("Outcome")


class AtOnce(Protocol):
    """The bytes of an answer that is at hand; None where there is none. See proxy.web.hot."""

    def __call__(self, message: RawRequestMessage, remote: str | None, *, secure: bool) -> tuple[bytes | bytearray, ...] | None:
        """Ask for it."""
        ...


LOOK = 0.05
"""Seconds between two looks at which connections are quiet, while the server stops."""


class Asked(web.BaseRequest):
    """A request whose answer is the last on its connection where the server is about to stop."""

    @property
    def keep_alive(self) -> bool:
        connection = self.protocol
        return not self._message.should_close and not (isinstance(connection, Connection) and connection.server.stopping)


class Connection(RequestHandler):
    """One client's connection."""

    def __init__(self, manager: Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self.server = manager
        self.gone = asyncio.Event()
        """Set once the client has left."""

    def data_received(self, data: bytes) -> None:
        """Called by the event loop. What is at hand is sent at once; everything else goes the long way, through a task."""
        waiter, at_once = self._waiter, self.server.at_once
        if at_once is None or waiter is None or waiter.done() or self._messages or self.server.stopping or self._paused:
            super().data_received(data)
            return
        # So that the parent wakes nobody for what is answered here.
        self._waiter = None
        try:
            super().data_received(data)
        finally:
            self._waiter = waiter
        if len(self._messages) == 1 and self._sent_at_once(at_once):
            return
        if self._messages:
            waiter.set_result(None)

    def _sent_at_once(self, at_once: AtOnce) -> bool:
        message, payload = self._messages[0]
        transport = self.transport
        if not isinstance(message, RawRequestMessage) or transport is None or not payload.is_eof() or message.upgrade:
            return False
        try:
            parts = at_once(message, self.peer, secure=self.secure)
        except Exception:
            log.exception("unexpected")
            return False
        if parts is None:
            return False
        self._messages.popleft()
        if self._parser is not None:
            self._parser.message_consumed()
        if len(parts) == 1:
            transport.write(parts[0])
        else:
            transport.writelines(parts)
        self._stay()
        return True

    def _stay(self) -> None:
        """Have the connection closed once nothing has come for a while, as after every answer."""
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(self._next_keepalive_close_time, self._process_keepalive)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self.peer: str | None = peer[0] if isinstance(peer, tuple) else None
        self.secure = transport.get_extra_info("sslcontext") is not None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Called by the event loop."""
        self.gone.set()
        super().connection_lost(exc)

    @property
    def heard(self) -> int:
        """How many requests have come."""
        return self._request_count

    @property
    def busy(self) -> bool:
        """Whether something is being answered, or has come and waits for that."""
        if self._current_request is not None or self._messages or self.transport is None or self.transport.is_closing():
            return True
        waiting = fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.FIONREAD, bytes(4))
        return waiting != bytes(4)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer what never became a request, with the headers that every answer has and not a word of what came."""
        super().handle_error(request, status, exc, message)
        said = ("this is not a request that can be read", "bad-request") if status < 500 else ("pratique failed", "failed")
        response = json_answer({"error": said[0], "code": said[1]}, status=status)
        response.force_close()
        return response


class Server(web.Server):
    """Makes connections that can be watched, and ends them without losing what was sent on them."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        *,
        at_once: AtOnce | None = None,
        **options: Any,
    ) -> None:
        super().__init__(handler, request_factory=self._asked, **options)
        self.at_once = at_once
        self.stopping = False
        """Whether every answer says that it is the last of its connection."""

    def __call__(self) -> RequestHandler:
        """Called by the event loop for each that is made."""
        return Connection(self, loop=self._loop, **self._kwargs)

    def _asked(self, message: Any, payload: Any, protocol: RequestHandler, writer: Any, task: asyncio.Task[None]) -> Asked:
        return Asked(message, payload, protocol, writer, task, self._loop)

    async def finish(self, quiet: float) -> None:
        """Return when all connections are gone: after their last answer, or when nothing has come on them for so long."""
        self.stopping = True
        clock = self._loop.time
        since: dict[RequestHandler, tuple[int, float]] = {}
        while self._connections:
            for each in self.connections:
                if not isinstance(each, Connection) or each.gone.is_set():
                    continue
                count, at = since.get(each, (-1, 0.0))
                if each.busy or each.heard != count:
                    since[each] = (each.heard, clock())
                elif clock() - at >= quiet:
                    each.force_close()
            # Quiet is a matter of time: there is no event for it.
            await asyncio.sleep(LOOK)


async def while_connected(request: web.BaseRequest, work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """The outcome of work that may take long; where the client leaves, ConnectionResetError, and the work is ended.

    Handlers are not cancelled in general: what an administrator orders has to be carried through to its end.
    """
    connection = request.protocol
    if not isinstance(connection, Connection):
        return await work
    task = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(connection.gone.wait())
    try:
        await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ConnectionResetError("the client has left")
        return task.result()
    finally:
        leaving.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
