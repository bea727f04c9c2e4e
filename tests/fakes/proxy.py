"""The whole proxy in this process: real storage, real ledger, real HTTP on an ephemeral port, and a clock that tests set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from config.load import load
from config.settings import Settings
from proxy.web.connection import Server
from proxy.wiring.build import Built, build
from proxy.wiring.place import Place
from tests.fakes.clock import FakeClock
from tests.leaks import Watch


@dataclass
class Proxy:
    """A running proxy, as tests talk to it."""

    url: str
    clock: FakeClock
    built: Built
    session: aiohttp.ClientSession
    desk: str
    """The administrators' own listener, which counts where `admin.listen` is set."""
    server: Server
    """What makes the connections of everybody else."""

    def get(self, path: str, **headers: str) -> Any:
        """GET a raw path, exactly as written, for `async with`; nothing is decompressed and no redirect followed."""
        return self.request("GET", path, **headers)

    def request(self, method: str, path: str, *, data: bytes | None = None, **headers: str) -> Any:
        """Any method; underscores in header names become dashes."""
        from yarl import URL

        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.session.request(method, URL(self.url + path, encoded=True), headers=named, data=data, allow_redirects=False)

    async def json(self, path: str, **headers: str) -> Any:
        """The body of a 200 as JSON."""
        async with self.get(path, **headers) as response:
            assert response.status == 200, (response.status, await response.text())
            return await response.json(content_type=None)


def settings_for(data_dir: Path, sections: Mapping[str, Any] | None = None) -> Settings:
    """Settings as a file with these sections would give them. Background looks are off, tests take them by hand; tarballs are
    examined only where a test is about that, since young versions wait for it."""
    given: dict[str, Any] = {name: (dict(keys) if isinstance(keys, Mapping) else keys) for name, keys in (sections or {}).items()}
    given["storage"] = {"data_dir": str(data_dir), **given.get("storage", {})}
    given["refresh"] = {"enabled": False, **given.get("refresh", {})}
    given["examiner"] = {"enabled": False, **given.get("examiner", {})}
    return load(env={}, overrides=given).settings


@asynccontextmanager
async def running_proxy(
    upstream: str,
    data_dir: Path,
    /,
    clock: FakeClock | None = None,
    env: Mapping[str, str] | None = None,
    place: Place | None = None,
    **sections: Any,
) -> AsyncIterator[Proxy]:
    """Start a proxy before `upstream`; `sections` are those of the configuration (`quarantine={"hold": "3d"}`).

    When it ends well, no secret may have shown up in an answer, in the metrics or in its folder.
    """
    clock = clock or FakeClock()
    watch = Watch((env or {}).values())
    async with AsyncExitStack() as stack:
        built = await build(settings_for(data_dir, sections), upstream, env or {}, stack, clock, place)
        at_once = built.services.hot.at_once
        everybody = Server(watch.over(built.application.handle), at_once=at_once, access_log=None)
        runner = web.ServerRunner(everybody, handle_signals=False, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        administrators = Server(watch.over(built.application.handle_at_desk), access_log=None)
        desk = web.ServerRunner(administrators, handle_signals=False, shutdown_timeout=1)
        await desk.setup()
        stack.push_async_callback(desk.cleanup)
        await web.TCPSite(desk, "127.0.0.1", 0).start()
        session = aiohttp.ClientSession(auto_decompress=True, cookie_jar=aiohttp.DummyCookieJar())
        stack.push_async_callback(session.close)
        at_desk = f"http://127.0.0.1:{desk.addresses[0][1]}"
        yield Proxy(f"http://{host}:{port}", clock, built, session, at_desk, everybody)
        watch.metrics(built.services.metrics.text())
    watch.folder(data_dir)
    watch.check()
