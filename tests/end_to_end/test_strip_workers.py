"""`pratique serve` with several workers, and lockfiles from before scripts were stripped."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import aiohttp
import pytest

from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules
from tests.end_to_end.scripted import ORDINARY, install_with_scripts, project_of, publish_ordinary
from tests.end_to_end.serving import environment, serving
from tests.end_to_end.world import World
from tests.fakes.simulator import Simulator
from tests.proxy.web.stripped import STRIP, sri

SCRIPT = {"scripts": {"postinstall": "node index.js"}}


async def test_all_workers_serve_the_same_bytes_and_go_on_doing_so(tmp_path: Path) -> None:
    paths = [f"/runs/-/runs-1.{minor}.0.tgz" for minor in range(4)]
    async with Simulator() as upstream:
        for minor in range(4):
            upstream.publish("runs", f"1.{minor}.0", at=upstream.started.replace(year=2020), manifest=SCRIPT)
        env = environment(tmp_path, PRATIQUE_SCRIPTS__MODE="strip")
        seen: set[tuple[str, str]] = set()
        for _ in range(2):
            async with serving(tmp_path, "--workers", "3", "--upstream", upstream.url, env=env) as server:

                async def fetched(path: str, url: str = server.url) -> tuple[str, str]:
                    # A connection of its own each time, so that it may come to any of them.
                    async with aiohttp.ClientSession() as session, session.get(url + path) as response:
                        body = await response.read()
                        assert response.status == 200, body
                        return path, sri(hashlib.sha512(body).digest())

                seen |= set(await asyncio.gather(*(fetched(path) for path in paths * 10)))
                async with aiohttp.ClientSession() as session, session.get(f"{server.url}/runs") as response:
                    versions = (await response.json())["versions"].values()
                    listed = {(f"/runs/-/runs-{each['version']}.tgz", each["dist"]["integrity"]) for each in versions}
                assert await server.stop() == 0
        assert seen == listed
        assert len(seen) == len(paths)
        assert all(upstream.count(path) == 1 for path in paths)


@pytest.mark.parametrize("client", each_client("npm10", "npm11", "npm12"), indirect=True)
async def test_a_lockfile_from_before_is_refused_at_once_with_what_to_do(client: Client, world: World, tmp_path: Path) -> None:
    published = {"after": publish_ordinary(world)["after"]}
    assert "after" in ORDINARY
    project, marks = project_of(tmp_path / "own", published)
    async with world.proxy(scripts={"mode": "flag"}):
        done = await install_with_scripts(client, project, world, marks)
        assert done.ok, done.output
    forget_modules(project)
    async with world.proxy(scripts=STRIP) as proxy:
        done = await install_with_scripts(client, project, world, marks, frozen=True)
        await proxy.built.records.flush()
        asked = [each for each in await proxy.built.records.who("after") if each.kind == "tarball"]
    assert not done.ok
    assert "after@1.0.0: your lockfile pins the upstream's bytes" in done.output, done.output
    assert "pratique relock package-lock.json" in done.output
    assert "EINTEGRITY" not in done.output
    assert len([each for each in asked if each.outcome == "withheld"]) == 1
