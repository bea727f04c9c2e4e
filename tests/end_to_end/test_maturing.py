"""The end of a hold: each version is judged by itself, and only what is still there is let in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.choices import DIFFERENT
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import write_project
from tests.end_to_end.world import World
from tests.fakes.simulator import tarball_of

MATURED = {"one": "1.1.0", "two": "1.1.0", "gone": "1.0.0"}


@pytest.mark.parametrize("client", each_client(*DIFFERENT), indirect=True)
async def test_of_three_that_mature_together_the_one_that_vanished_stays_out(
    client: Client, world: World, tmp_path: Path
) -> None:
    for name in MATURED:
        world.publish(name, "1.0.0", days=400)
        world.publish(name, "1.1.0", days=1)
    anything = dict.fromkeys(MATURED, "^1.0.0")
    async with world.proxy() as proxy:
        held = write_project(tmp_path / "held", anything)
        done = await client.install(held, world.url)
        assert done.ok, done.output
        assert client.installed(held) == dict.fromkeys(MATURED, "1.0.0")

        world.advance(days=3)
        world.upstream.unpublish("gone", "1.1.0", keep_tarball=True)
        world.advance(days=3, minutes=1)
        matured = write_project(tmp_path / "matured", anything)
        done = await client.install(matured, world.url)
        assert done.ok, done.output
        assert client.installed(matured) == MATURED
        async with proxy.get("/gone/-/gone-1.1.0.tgz") as response:
            # One look has missed it: it waits until another shows it again, or misses it too.
            assert response.status == 403
    assert world.upstream.count(tarball_of("gone", "1.1.0")) == 0


@pytest.mark.parametrize("client", each_client(*DIFFERENT), indirect=True)
async def test_several_versions_of_one_package_that_mature_together(client: Client, world: World, tmp_path: Path) -> None:
    world.publish("leaf", "1.0.0", days=400)
    for version in ("1.1.0", "1.2.0", "1.3.0"):
        world.publish("leaf", version, days=1)
    async with world.proxy() as proxy:
        assert list((await proxy.json("/leaf"))["versions"]) == ["1.0.0"]
        world.upstream.unpublish("leaf", "1.3.0", keep_tarball=True)
        world.advance(days=6, minutes=1)
        project = write_project(tmp_path / "project", {"leaf": "^1.0.0"})
        done = await client.install(project, world.url)
        assert done.ok, done.output
        assert client.installed(project) == {"leaf": "1.2.0"}
        assert list((await proxy.json("/leaf"))["versions"]) == ["1.0.0", "1.1.0", "1.2.0"]
