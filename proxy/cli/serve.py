"""`pratique serve`: start, say what to paste, run until told to stop, and let running answers finish."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from config.check import check
from config.places import data_dir
from config.settings import Settings
from proxy.cli.configuration import loaded
from proxy.cli.trouble import Trouble, told
from proxy.logs import set_up_logs
from proxy.wiring.build import build, release, start_background
from proxy.wiring.credentials import first_token
from proxy.wiring.upstream_choice import choose_upstream, npm_says

log = structlog.get_logger()


def serve(file: Path | None, overrides: dict[str, Any]) -> None:
    """Run until SIGTERM or SIGINT. Raises Trouble where it cannot start."""
    settings = loaded(file, overrides).settings
    set_up_logs(settings.log.level, settings.log.format)
    problems = check(settings, env=os.environ, now=datetime.now(UTC))
    for problem in problems:
        if problem.level != "error":
            log.warning("configuration", place=problem.place, text=problem.text)
    if errors := [str(problem) for problem in problems if problem.level == "error"]:
        raise Trouble(*errors, code=2)
    with told():
        run = _runner()
        run(_serve(settings))


def _runner() -> Any:
    try:
        import uvloop
    except ImportError:
        return asyncio.run
    return uvloop.run


async def _serve(settings: Settings) -> None:
    home = data_dir(settings.storage, os.environ)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    listening = (settings.server.host, settings.server.port)
    # npm is a program of its own and takes a second; nothing else runs yet that could be kept waiting.
    upstream = choose_upstream(settings.upstream.url, home, listening, lambda: npm_says(os.environ, home))
    async with AsyncExitStack() as stack:
        built = await build(settings, upstream, os.environ, stack)
        server = web.Server(built.application.handle, access_log=None, keepalive_timeout=75)
        runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=settings.server.drain.total_seconds())
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, settings.server.host, settings.server.port, ssl_context=_tls(settings))
        try:
            await site.start()
        except OSError as error:
            place = f"{settings.server.host}:{settings.server.port}"
            raise Trouble(f"cannot listen on {place}: {error.strerror or error}; choose another with --port") from error
        start_background(built, settings, stack)
        services = built.services
        token = await first_token(services.book, services.keyring, services.time.stamping())
        _greet(settings, runner, upstream, home, token)
        await _told_to_stop()
        log.info("stopping", drain=settings.server.drain.total_seconds())


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    await stop.wait()


def _greet(settings: Settings, runner: web.ServerRunner, upstream: str, home: Path, token: str | None) -> None:
    """On standard output, so that it stands apart from the log."""
    scheme = "https" if settings.server.tls_cert else "http"
    host, port = runner.addresses[0][:2]
    address = settings.server.public_urls[0] if settings.server.public_urls else f"{scheme}://{_in_url(host)}:{port}"
    observing = " (observing only: everything is served)" if settings.quarantine.enforce == "observe" else ""
    lines = [
        f"pratique {release()} listens on {scheme}://{_in_url(host)}:{port}/",
        f"  upstream  {upstream}",
        f"  data      {home}",
        f"  hold      {_span(settings)}{observing}",
        "",
        "Point npm, pnpm, yarn and bun at it:",
        f"  npm config set registry {address}/",
        "",
    ]
    if token is not None:
        lines += [
            "The first administrator's token, shown this once:",
            f"  export PRATIQUE_TOKEN={token}",
            "",
        ]
    lines.append(f"What waits:  PRATIQUE_URL={address} pratique held")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _span(settings: Settings) -> str:
    from config.units import format_duration

    return f"{format_duration(settings.quarantine.hold)} from publication"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.server.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.server.tls_cert, settings.server.tls_key or None)
    except (OSError, ssl.SSLError) as error:
        raise Trouble(f"server.tls_cert and server.tls_key cannot be used: {error}", code=2) from error
    return context
