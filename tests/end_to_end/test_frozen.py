"""Lockfiles from the time before: a pinned version that is withheld stops the install, and clients print of it what they can."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.choices import MANAGERS, NPMS, prints
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.world import OPEN, World
from tests.fakes.simulator.clock import npm_time

NPM_SAYS = [
    "npm notice pratique withholds leaf@1.2.0. Newest version you can have: leaf@1.1.0.",  # npm-notice
    "403 leaf@1.2.0 withheld until 20",  # the reason phrase
    "leaf@1.2.0 is withheld until 20",  # the body's `error`
    "held for 7d",
    "/-/pratique/why/leaf@1.2.0",
]
SAYS = {
    **dict.fromkeys(NPMS, NPM_SAYS),
    "pnpm10": ["leaf-1.2.0.tgz: leaf@1.2.0 withheld until 20"],
    "pnpm12": ["Tarball server returned HTTP 403", "leaf-1.2.0.tgz"],
    "yarn1": ["leaf-1.2.0.tgz", 'Request failed "403 Forbidden"'],
    "yarn4": ["Response Code: 403 (leaf@1.2.0 withheld until 20"],
    "bun": ["leaf-1.2.0.tgz - 403"],
}
"""pnpm 12, yarn 1 and bun name the address and the status, and nothing of what we say."""

OWN_GATE_SAYS = {
    "pnpm12": "leaf@1.2.0 could not be checked against minimumReleaseAge (version not present in registry manifest)",
    "yarn4": "Response Code: 403 (leaf@1.2.0 withheld until 20",
}


@pytest.fixture
async def project(client: Client, world: World, tmp_path: Path) -> Path:
    """Installed, with a lockfile that pins leaf@1.2.0, from a proxy that held nothing; then as after a fresh checkout."""
    world.publish("leaf", "1.0.0", days=400)
    world.publish("leaf", "1.1.0", days=30)
    world.publish("leaf", "1.2.0", days=1)
    world.publish("@acme/tree", "2.0.0", days=100, dependencies={"leaf": "^1.0.0"})
    made = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})
    async with world.proxy("before", quarantine=OPEN):
        done = await client.install(made, world.url)
    assert done.ok, done.output
    assert client.installed(made)["leaf"] == "1.2.0"
    forget_modules(made)
    return made


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_a_pinned_version_that_is_held_stops_a_frozen_install(client: Client, world: World, project: Path) -> None:
    async with world.proxy():
        done = await client.install(project, world.url, frozen=True, timeout=30)
        assert not done.ok, done.output
        assert "leaf" not in client.installed(project)
        for words in SAYS[client.name]:
            assert prints(done, words), done.output

        world.advance(days=6, minutes=1)
        done = await client.install(project, world.url, frozen=True)
        assert done.ok, done.output
        assert client.installed(project)["leaf"] == "1.2.0"


@pytest.mark.parametrize("client", each_client(*NPMS), indirect=True)
async def test_npm_without_addresses_in_its_lockfile_is_told_too(client: Client, world: World, tmp_path: Path) -> None:
    """Then `npm ci` asks for packuments, in which the version is missing."""
    world.publish("leaf", "1.1.0", days=30)
    world.publish("leaf", "1.2.0", days=1)
    project = write_project(tmp_path / "project", {"leaf": "^1.0.0"})
    (project / ".npmrc").write_text("omit-lockfile-registry-resolved=true\n")
    async with world.proxy("before", quarantine=OPEN):
        assert (await client.install(project, world.url)).ok
    assert "resolved" not in client.lockfile(project).read_text()
    forget_modules(project)
    async with world.proxy():
        done = await client.install(project, world.url, frozen=True, timeout=30)
    assert not done.ok
    assert client.installed(project) == {}
    assert "npm notice pratique withholds leaf@1.2.0 (until 20" in done.output, done.output
    assert "/-/pratique/why/leaf@1.2.0" in done.output


@pytest.mark.parametrize("client", each_client("corepack_pnpm"), indirect=True)
async def test_a_package_manager_that_is_held_is_not_started(client: Client, world: World, tmp_path: Path) -> None:
    """corepack fetches pnpm by itself, from the same registry."""
    times = world.upstream.package("pnpm")["time"]
    times |= dict.fromkeys(times, npm_time(world.clock.now()))
    project = write_project(tmp_path / "project")
    async with world.proxy():
        done = await client.install(project, world.url, timeout=30)
    assert not done.ok
    assert "Server answered with HTTP 403 when performing the request to" in done.output, done.output
    assert "/pnpm/" in done.output


@pytest.mark.parametrize("client", each_client("pnpm12", "yarn4"), indirect=True)
async def test_clients_with_age_gates_of_their_own_agree_with_ours(client: Client, world: World, project: Path) -> None:
    """Both hold versions for a day by default. Everything they ask of documents for that is there."""
    async with world.proxy():
        done = await client.install(project, world.url, frozen=True, age_gate=True, timeout=30)
        assert not done.ok, done.output
        assert prints(done, OWN_GATE_SAYS[client.name]), done.output
        world.advance(days=6, minutes=1)
        done = await client.install(project, world.url, frozen=True, age_gate=True)
        assert done.ok, done.output
        assert client.installed(project) == {"@acme/tree": "2.0.0", "leaf": "1.2.0"}
