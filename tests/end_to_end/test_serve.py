"""`pratique serve` as a black box: what it prints, how it finds its upstream, and how it ends."""

from __future__ import annotations

import asyncio
import signal
import socket
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import write_project
from tests.end_to_end.serving import environment, npm_that_prints, pratique, serving
from tests.end_to_end.world import World
from tests.fakes.simulator import Simulator, tarball_of


def publish(upstream: Simulator) -> None:
    """A package with a version that can be had and one that cannot; here everybody's clock is the real one."""
    upstream.publish("leaf", "1.0.0", at=upstream.now - timedelta(days=400))
    upstream.publish("leaf", "1.1.0", at=upstream.now - timedelta(days=1))


async def versions_at(url: str) -> list[str]:
    """Which versions of leaf a server lists."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/leaf") as response:
        assert response.status == 200
        return list((await response.json(content_type=None))["versions"])


async def tarball_at(url: str) -> bytes:
    """The bytes of leaf@1.0.0."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}/leaf/-/leaf-1.0.0.tgz") as response:
        assert response.status == 200
        return await response.read()


async def no_longer_listens(url: str) -> None:
    """Returns once connections are refused."""
    parts = urlsplit(url)
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("client", each_client("npm11"), indirect=True)
async def test_npm_installs_through_it_and_a_signal_ends_it(client: Client, tmp_path: Path) -> None:
    async with Simulator() as upstream:
        publish(upstream)
        async with serving(tmp_path / "server", "--upstream", upstream.url) as server:
            for words in (f"upstream  {upstream.url}", "hold      7d", f"npm config set registry {server.url}/"):
                assert words in server.greeting
            project = write_project(tmp_path / "project", {"leaf": "^1.0.0"})
            done = await client.install(project, server.url)
            assert done.ok, done.output
            assert client.installed(project) == {"leaf": "1.0.0"}
            assert "npm notice pratique: a newer version waits in quarantine: leaf@1.1.0" in done.output
            assert await server.stop() == 0


async def test_the_upstream_that_npm_names_is_kept(tmp_path: Path) -> None:
    """npm is asked once; afterwards it may be pointed at the proxy."""
    home = tmp_path / "server"
    async with Simulator() as upstream:
        publish(upstream)
        asking = environment(home, PATH=npm_that_prints(tmp_path / "bin", f"{upstream.url}/"))
        async with serving(home, env=asking) as server:
            assert f"upstream  {upstream.url}/" in server.greeting
            assert await versions_at(server.url) == ["1.0.0"]
            assert await server.stop(signal.SIGINT) == 0
        async with serving(home) as server:
            assert f"upstream  {upstream.url}/" in server.greeting
            await upstream.stop()
            assert await versions_at(server.url) == ["1.0.0"]  # from what the first run stored
            assert await server.stop() == 0


async def test_what_is_under_way_is_finished_before_the_end(tmp_path: Path) -> None:
    async with Simulator() as upstream, serving(tmp_path, "--upstream", upstream.url) as server:
        publish(upstream)
        with upstream.hold(tarball_of("leaf")) as gate:
            fetching = asyncio.create_task(tarball_at(server.url))
            await gate.reached()
            ending = asyncio.create_task(server.stop())
            await no_longer_listens(server.url)
            assert not ending.done()
        assert await fetching == upstream.shelf.tarballs["/leaf/-/leaf-1.0.0.tgz"]
        assert await ending == 0


async def test_without_an_upstream_it_says_how_to_name_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    ourselves = environment(tmp_path, PATH=npm_that_prints(tmp_path / "bin", f"http://localhost:{port}/"))
    nobody = environment(tmp_path, PATH=str(tmp_path / "empty"))
    command = ["serve", "--port", port, "--data-dir", tmp_path / "data"]
    for env, reason in ((ourselves, "npm is already configured for this proxy"), (nobody, "npm is not installed")):
        done = await pratique(tmp_path, *command, env=env)
        assert done.returncode == 1
        assert done.output.startswith(f"pratique: {reason}"), done.output
        assert "--upstream" in done.output
        assert "Traceback" not in done.output
    assert not (tmp_path / "data" / "upstream").exists()


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    async with Simulator() as upstream:
        port = upstream.url.rpartition(":")[2]
        command = ["serve", "--port", port, "--data-dir", tmp_path / "data", "--upstream", "http://127.0.0.1:9/"]
        done = await pratique(tmp_path, *command)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.output
    assert "Traceback" not in done.output


async def test_an_upstream_that_leads_back_to_us_is_a_loop(world: World) -> None:
    """Behind another name nothing tells that it is ourselves, until our own request comes back to us."""
    async with world.looped() as proxy:
        async with proxy.get("/leaf") as response:
            assert response.status == 502
            assert "leads back to this proxy (it answered 508)" in (await response.json())["error"]
        await proxy.built.records.flush()
        outcomes = [each.outcome for each in await proxy.built.records.who("leaf")]
    assert outcomes == ["failed"]  # it was not asked again and again
