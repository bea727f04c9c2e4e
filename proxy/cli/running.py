"""One process that serves on sockets that are open already, until it is told to stop; then it loses nobody."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
from aiohttp import web

from config.settings import Settings
from proxy.background import Background
from proxy.cli.allocator import trim
from proxy.cli.listening import BACKLOG, emptied
from proxy.cli.process import Doors, tls_of
from proxy.web.connection import Server
from proxy.wiring.build import Built, build, start_background
from proxy.wiring.place import Place

log = structlog.get_logger()

QUIET = 1.0
"""Seconds after which a connection on which nothing comes is closed at the end."""

MARGIN = timedelta(seconds=1)
"""How long what is still running after `server.drain` may take to end."""


TRIM = 20.0
"""Seconds between two times at which memory is given back."""


async def serve_on(
    doors: Doors,
    settings: Settings,
    upstream: str,
    env: Mapping[str, str],
    stop: asyncio.Event,
    ready: Callable[[Built], Awaitable[None]],
    *,
    place: Place | None = None,
    shut: Callable[[Sequence[socket.socket]], None] | None = None,
) -> None:
    """Build everything, tell `ready`, and answer until `stop`. `shut` keeps new connections out from then on."""
    async with AsyncExitStack() as stack:
        built = await build(settings, upstream, env, stack, place=place)
        tls = tls_of(settings)
        at_once = built.services.hot.at_once
        everybody = Server(built.application.handle, at_once=at_once, access_log=None, keepalive_timeout=75)
        parts = [(everybody, doors.everybody)]
        if doors.desk:
            parts.append((Server(built.application.handle_at_desk, access_log=None, keepalive_timeout=75), doors.desk))
        sites: list[web.BaseSite] = []
        for server, sockets in parts:
            runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=MARGIN.total_seconds())
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            for each in sockets:
                sites.append(web.SockSite(runner, each, ssl_context=tls, backlog=BACKLOG))
                await sites[-1].start()
        start_background(built, settings, stack)
        trimming = Background()
        stack.push_async_callback(trimming.close)
        trimming.every(TRIM, "trim", lambda: asyncio.to_thread(trim))
        await ready(built)
        # What is there by now stays: there is no garbage in it to look for, time and again.
        gc.collect()
        gc.freeze()
        await stop.wait()
        limit = settings.server.drain.total_seconds()
        log.info("stopping", drain=limit)
        if shut is not None:
            shut(doors.all)
        for server, _ in parts:
            server.stopping = True
        await emptied(doors.all)
        for site in sites:
            await site.stop()
        try:
            async with asyncio.timeout(limit):
                await asyncio.gather(*(server.finish(QUIET) for server, _ in parts))
        except TimeoutError:
            log.warning("not-finished", connections=sum(len(server.connections) for server, _ in parts))
