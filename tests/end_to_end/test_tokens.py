"""Package managers with tokens, where nobody gets anything without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.choices import MANAGERS, prints
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.npm import Npm11
from tests.end_to_end.clients.process import run
from tests.end_to_end.clients.project import write_project
from tests.end_to_end.world import World
from tests.fakes.simulator import Simulator
from tests.proxy.web.api import credential

ACCESS = {"anonymous": False}
REFUSAL = {"yarn1": "to read takes a token", "yarn4": "Invalid authentication (as an anonymous user)"}
"""What clients print that do not name the status."""


def published(world: World) -> None:
    world.publish("leaf", "1.1.0", days=30)
    world.publish("@acme/tree", "2.0.0", days=100, dependencies={"leaf": "^1.0.0"})


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_scoped_and_unscoped_packages_with_a_token_and_nothing_without(
    client: Client, world: World, tmp_path: Path
) -> None:
    published(world)
    async with world.proxy(access=ACCESS) as proxy:
        build = await credential(proxy, "ci", label="the build")
        stranger = write_project(tmp_path / "stranger", {"@acme/tree": "^2.0.0"})
        done = await client.install(stranger, world.url, timeout=60)
        assert not done.ok, done.output
        assert prints(done, REFUSAL.get(client.name, "401")), done.output
        assert _packages_asked(world.upstream) == []

        project = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})
        done = await client.install(project, world.url, token=build.token)
        assert done.ok, done.output
        assert client.installed(project) == {"@acme/tree": "2.0.0", "leaf": "1.1.0"}
        assert (build.token or "") not in done.output
        assert all((build.token or "") not in str(request.headers) for request in world.upstream.requests)


@pytest.mark.parametrize("client", each_client("npm11", "pnpm12", "yarn4", "bun"), indirect=True)
async def test_a_token_for_a_scope_installs_nothing_else(client: Client, world: World, tmp_path: Path) -> None:
    published(world)
    world.publish("@acme/alone", "1.0.0", days=100)
    async with world.proxy(access=ACCESS) as proxy:
        scoped = await credential(proxy, "ci", packages=("@acme/*",))
        alone = write_project(tmp_path / "alone", {"@acme/alone": "^1.0.0"})
        done = await client.install(alone, world.url, token=scoped.token)
        assert done.ok, done.output
        tree = write_project(tmp_path / "tree", {"@acme/tree": "^2.0.0"})
        done = await client.install(tree, world.url, token=scoped.token, timeout=60)
        assert not done.ok, done.output
        assert "403" in done.output, done.output


@pytest.mark.parametrize("client", each_client("npm11"), indirect=True)
async def test_npm_knows_who_it_is(client: Npm11, world: World, tmp_path: Path) -> None:
    published(world)
    project = write_project(tmp_path / "project")
    async with world.proxy(access=ACCESS) as proxy:
        build = await credential(proxy, "ci", label="the build")
        assert (await client.install(project, world.url, add=["leaf"], token=build.token)).ok
        whoami = [client.node, client.tools.file("npm11", "bin", "npm-cli.js"), "whoami"]
        done = await run(whoami, project, client.clean_environment(), 60)
        assert (done.returncode, done.output) == (0, "the build\n")
        await proxy.built.services.book.revoke(build.id or "", "a test", "system", proxy.built.services.time.now())
        proxy.built.services.keyring.fill(await proxy.built.services.book.credentials())
        done = await run(whoami, project, client.clean_environment(), 60)
        assert done.returncode != 0
        assert "E401" in done.output, done.output


def _packages_asked(upstream: Simulator) -> list[str]:
    return [request.path for request in upstream.requests if "leaf" in request.path or "tree" in request.path]
