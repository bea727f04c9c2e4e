"""`pratique serve`: start, say what to paste, run until told to stop, and let running answers finish.

What answers is imported where it is needed: with several workers it is they who answer, and they import it meanwhile.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from config.check import check
from config.places import data_dir
from config.settings import Settings
from proxy.cli.configuration import loaded
from proxy.cli.greeting import greet
from proxy.cli.listening import listen, shut
from proxy.cli.process import Doors, run, told_to_stop
from proxy.cli.trouble import Trouble, told
from proxy.logs import set_up_logs
from proxy.wiring.upstream_choice import choose_upstream, npm_says

if TYPE_CHECKING:
    from proxy.wiring.build import Built

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
        home = data_dir(settings.storage, os.environ)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        # npm is a program of its own and takes a second; nothing else runs yet that could be kept waiting.
        listening = (settings.server.host, settings.server.port)
        upstream = choose_upstream(settings.upstream.url, home, listening, lambda: npm_says(os.environ, home))
        doors = _doors(settings)
        if len(doors) == 1:
            run(_alone(settings, doors[0], upstream, home))
        else:
            from proxy.cli.supervising import supervise

            run(supervise(settings, doors, upstream, home))


def _doors(settings: Settings) -> list[Doors]:
    """For each worker its own."""
    workers = settings.server.workers
    everybody = listen(settings.server.host, settings.server.port, "--port", times=workers)
    desk = listen(*settings.admin_listener, "admin.listen", times=workers) if settings.admin_listener else [[]] * workers
    return [Doors(*each) for each in zip(everybody, desk, strict=True)]


async def _alone(settings: Settings, doors: Doors, upstream: str, home: Path) -> None:
    from proxy.cli.running import serve_on
    from proxy.wiring.credentials import first_token

    async def ready(built: Built) -> None:
        services = built.services
        token = await first_token(services.book, services.keyring, services.time.stamping())
        greet(settings, doors, upstream, home, token)

    await serve_on(doors, settings, upstream, os.environ, told_to_stop(), ready, shut=shut)
