"""The upstream is down: what has been served once is served again, and what is held stays held."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.choices import MANAGERS, NPMS
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import write_project
from tests.end_to_end.world import World

SAYS = {
    **dict.fromkeys(NPMS, "the upstream cannot be reached"),
    "pnpm10": "Service Unavailable - 503",
    "pnpm12": "Service Unavailable - 503",
    "yarn4": "Response Code: 503 (Service Unavailable)",
    "bun": "/leaf - 503",
}

AT_ONCE = {"retries": 0}
"""The upstream is not asked again and again: patience costs every install here a second and is tested elsewhere."""


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_a_warm_proxy_goes_on_without_the_upstream_and_so_it_does_after_a_restart(
    client: Client, world: World, tmp_path: Path
) -> None:
    world.publish("leaf", "1.0.0", days=400)
    world.publish("leaf", "1.1.0", days=1)
    projects = [write_project(tmp_path / name, {"leaf": "^1.0.0"}) for name in ("before", "down", "restarted")]
    async with world.proxy(upstream=AT_ONCE):
        assert (await client.install(projects[0], world.url)).ok
        await world.upstream.stop()
        world.advance(days=7)  # 1.1.0 is old enough by now, but nobody has seen that it is still there
        done = await client.install(projects[1], world.url)
        assert done.ok, done.output
    async with world.proxy(upstream=AT_ONCE) as proxy:
        done = await client.install(projects[2], world.url)
        assert done.ok, done.output
        async with proxy.get("/leaf/-/leaf-1.1.0.tgz") as response:
            assert response.status == 403
        await world.upstream.start()
        world.advance(minutes=1)
        assert list((await proxy.json("/leaf"))["versions"]) == ["1.0.0", "1.1.0"]
    assert [client.installed(project) for project in projects] == [{"leaf": "1.0.0"}] * 3


@pytest.mark.parametrize("client", each_client(*(name for name in MANAGERS if name != "yarn1")), indirect=True)
async def test_a_cold_proxy_says_so(client: Client, world: World, tmp_path: Path) -> None:
    """Not with yarn 1: it asks five times, 3 s apart, which cannot be set, and ends with `503 Service Unavailable`."""
    project = write_project(tmp_path / "project", {"leaf": "^1.0.0"})
    await world.upstream.stop()
    async with world.proxy(upstream=AT_ONCE):
        done = await client.install(project, world.url, timeout=15)
    assert not done.ok
    assert SAYS[client.name] in done.output, done.output


@pytest.mark.parametrize("client", each_client("bun"), indirect=True)
async def test_clocks_go_on_where_they_were_after_a_restart(client: Client, world: World, tmp_path: Path) -> None:
    """A version without a publish time counts from our first sight of it. One client, since only our answers matter."""
    world.publish("leaf", "1.0.0", days=400)
    world.publish("leaf", "1.1.0", days=30)
    del world.upstream.package("leaf")["time"]["1.1.0"]

    async def newest(name: str) -> str:
        project = write_project(tmp_path / name, {"leaf": "^1.0.0"})
        done = await client.install(project, world.url)
        assert done.ok, done.output
        return client.installed(project)["leaf"]

    async with world.proxy():
        assert await newest("first-sight") == "1.0.0"
    world.advance(days=4)
    async with world.proxy():
        assert await newest("four-days") == "1.0.0"
        world.advance(days=2, hours=23)
        assert await newest("almost-seven-days") == "1.0.0"
        world.advance(hours=1, minutes=1)
        assert await newest("seven-days") == "1.1.0"
