"""What is inside of tarballs decides: told to whoever installs, and found out without anybody asking for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from quarantine.package import PackageName
from tests.end_to_end.choices import prints
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.serving import environment, serving
from tests.end_to_end.world import World
from tests.fakes.proxy import Proxy
from tests.fakes.simulator import Simulator
from tests.fakes.tars import member, tgz

EXAMINING = {"enabled": True}
MANIFEST = b'{"name": "leaf", "version": "1.0.0"}'
OTHER = b'{"name": "leaf", "version": "1.0.0", "main": "other.js"}'
AMBIGUOUS = tgz(member("package/package.json", MANIFEST), member("package/package.json", OTHER))
ODD = "its tarball can be read in more than one way: package.json is in it twice, with different content"


async def examine(proxy: Proxy) -> None:
    """One round of the background."""
    await proxy.built.usage.flush()
    assert proxy.built.examination is not None
    await proxy.built.examination.examiner.round(100)


@pytest.mark.parametrize("client", each_client("npm11"), indirect=True)
async def test_an_old_ambiguous_version_is_installed_once_and_then_no_more(client: Client, world: World, tmp_path: Path) -> None:
    world.publish("leaf", "1.0.0", days=400, tarball=AMBIGUOUS)
    project = write_project(tmp_path / "project", {"leaf": "1.0.0"})
    async with world.proxy(examiner=EXAMINING) as proxy:
        done = await client.install(project, world.url)
        assert done.ok, done.output
        await examine(proxy)
        forget_modules(project)
        done = await client.install(project, world.url, frozen=True)
        assert not done.ok
        assert prints(done, "403")
        assert prints(done, ODD)


@pytest.mark.parametrize("client", each_client("npm11"), indirect=True)
async def test_a_version_that_begins_to_run_something_is_not_chosen_after_its_hold(
    client: Client, world: World, tmp_path: Path
) -> None:
    world.publish("leaf", "1.0.0", days=400)
    world.publish("leaf", "1.1.0", days=1, manifest={"scripts": {"postinstall": "node index.js"}})
    async with world.proxy(examiner=EXAMINING) as proxy:
        await proxy.json("/leaf")
        await examine(proxy)
        world.advance(days=8)
        project = write_project(tmp_path / "project", {"leaf": "^1.0.0"})
        done = await client.install(project, world.url)
        assert done.ok, done.output
        assert client.installed(project) == {"leaf": "1.0.0"}
        project = write_project(tmp_path / "exact", {"leaf": "1.1.0"})
        done = await client.install(project, world.url)
        assert not done.ok
        view = await proxy.built.services.quarantined.known_view(PackageName("leaf"))
        assert view is not None
        assert [each.rule for each in view.hidden["1.1.0"].findings if each.withholds] == ["install-script-added"]


async def until(url: str, package: str, version: str, told: Callable[[Any], bool]) -> Any:
    """Ask about a version again and again until the answer is as wanted."""
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}/-/pratique/v1/packages/{package}/versions/{version}") as response:
                answer = await response.json()
            if told(answer):
                return answer
            await asyncio.sleep(0.1)


def rules(answer: Any) -> set[str]:
    """Those that withhold the version."""
    return {each["rule"] for each in answer["findings"] if each["effect"] != "note"}


async def test_a_server_looks_into_what_it_served_and_goes_on_serving(tmp_path: Path) -> None:
    home = tmp_path / "server"
    async with Simulator() as upstream:
        upstream.publish("leaf", "1.0.0", at=upstream.now - timedelta(days=400), tarball=AMBIGUOUS)
        upstream.publish("other", "1.0.0", at=upstream.now - timedelta(days=400))
        async with serving(home, "--upstream", upstream.url) as server, aiohttp.ClientSession() as session:

            async def fetch(name: str) -> int:
                async with session.get(f"{server.url}/{name}/-/{name}-1.0.0.tgz") as response:
                    await response.read()
                    return response.status

            assert await fetch("leaf") == 200
            answer = await until(server.url, "leaf", "1.0.0", lambda answer: answer["verdict"] == "withheld")
            assert rules(answer) == {"ambiguous-archive"}
            assert await fetch("leaf") == 403
            assert await fetch("other") == 200
            assert await server.stop() == 0
        # What was found is on record.
        async with serving(home, "--upstream", upstream.url) as server, aiohttp.ClientSession() as session:
            assert await fetch("leaf") == 403


async def test_a_server_examines_what_somebody_misses(tmp_path: Path) -> None:
    home = tmp_path / "server"
    env = environment(home, PRATIQUE_QUARANTINE__HOLD="1d", PRATIQUE_QUARANTINE__NEW_PACKAGE_HOLD="1d")
    async with Simulator() as upstream:
        upstream.publish("leaf", "1.0.0", at=upstream.now - timedelta(days=400))
        upstream.publish(
            "leaf",
            "1.1.0",
            at=upstream.now - timedelta(days=1) + timedelta(seconds=5),
            manifest={"scripts": {"postinstall": "node index.js"}},
        )
        async with serving(home, "--upstream", upstream.url, env=env) as server, aiohttp.ClientSession() as session:
            answer = await until(server.url, "leaf", "1.1.0", lambda answer: "age" not in rules(answer))
            assert rules(answer) == {"not-examined"}
            async with session.get(f"{server.url}/leaf") as response:
                assert list((await response.json(content_type=None))["versions"]) == ["1.0.0"]
            answer = await until(server.url, "leaf", "1.1.0", lambda answer: answer["examination"] is not None)
            assert rules(answer) == {"install-script-added"}
            assert answer["examination"]["since"]["version"] == "1.0.0"
            answer = await until(server.url, "leaf", "1.0.0", lambda answer: answer["examination"] is not None)
            assert answer["verdict"] == "admitted"
