"""`pratique serve` and the other commands as programs of their own, in an environment of their own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import stat
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests import leaks
from tests.end_to_end.clients.process import Result, run

PRATIQUE = Path(sys.executable).with_name("pratique")
STARTS_WITHIN = 30.0
SHOW_A_TOKEN = ({"serve"}, {"token", "create"}, {"token", "rotate"})
"""The commands that print a token: the first one, and one that was asked for."""


@dataclass
class Server:
    """A running `pratique serve`."""

    process: asyncio.subprocess.Process
    greeting: str
    """What it printed on standard output once it listened."""

    @property
    def url(self) -> str:
        """Where it says that it listens, without the slash at the end."""
        found = re.search(r"listens on (http://\S+)/", self.greeting)
        assert found, self.greeting
        return found[1]

    async def stop(self, how: signal.Signals = signal.SIGTERM, within: float = 10) -> int:
        """Its exit code."""
        self.process.send_signal(how)
        async with asyncio.timeout(within):
            return await self.process.wait()


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of the caller's: no PRATIQUE_* variables, no npm on the path, unless given."""
    return {"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "COLUMNS": "200", **more}


@asynccontextmanager
async def serving(home: Path, *arguments: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Server]:
    """A server on any free port with its data below `home`, ready for requests; ended, if the test has not done so."""
    command = [PRATIQUE, "serve", "--port", "0", "--data-dir", home / "data", *arguments]
    with _log(home).open("a") as log:
        process = await asyncio.create_subprocess_exec(
            *map(str, command), cwd=home, env=dict(env or environment(home)), stdout=asyncio.subprocess.PIPE, stderr=log
        )
    assert process.stdout is not None
    told = b""
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            greeting = (await process.stdout.readuntil(b"pratique held\n")).decode()
        server = Server(process, greeting)
        yield server
        told = await _metrics(server) if process.returncode is None else b""
    except asyncio.IncompleteReadError as ended:
        raise AssertionError(f"the server ended: {_log(home).read_text()}") from ended
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        rest, _ = await process.communicate()
    _no_secret({
        "its greeting": leaks.TOKEN.sub(b"", greeting.encode(), count=1),
        "its output": rest,
        "its log": _log(home).read_bytes(),
        "its metrics": told,
    }, env)  # fmt: skip
    leaked = list(leaks.found_in_folder(home / "data", _secrets(env)))
    assert not leaked, "\n".join(leaked)


async def _metrics(server: Server) -> bytes:
    """What Prometheus gets; nothing from a server that is about to end, or keeps it from strangers."""
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as session,
            session.get(f"{server.url}/-/pratique/metrics") as response,
        ):
            return await response.read()
    return b""


def _secrets(env: Mapping[str, str] | None) -> list[str]:
    """The secrets of an environment, by the names of its variables."""
    return [value for name, value in (env or {}).items() if "TOKEN" in name or "SECRET" in name]


def _no_secret(told: Mapping[str, bytes], env: Mapping[str, str] | None) -> None:
    found = [f"{name} holds {what}" for name, text in told.items() if (what := leaks.found(text, _secrets(env)))]
    assert not found, "\n".join(found)


async def pratique(home: Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Result:
    """Run a command to its end."""
    done = await run([PRATIQUE, *arguments], home, env or environment(home), 30)
    if not any(words <= {str(each) for each in arguments[:2]} for words in SHOW_A_TOKEN):
        _no_secret({" ".join(map(str, arguments)): done.output.encode()}, env)
    return done


def _log(home: Path) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    return home / "log"


def npm_that_prints(folder: Path, registry: str) -> str:
    """A PATH with an `npm` on it that knows one answer."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "npm"
    program.write_text(f'#!/bin/sh\n[ "$*" = "config get registry" ] && echo "{registry}"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{folder}{os.pathsep}{os.defpath}"
