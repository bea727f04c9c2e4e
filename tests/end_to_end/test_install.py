"""Installing through the quarantine: what is admitted comes, byte for byte, and what is held does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.choices import MANAGERS, NPMS, prints
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.world import World
from tests.fakes.simulator import tarball_of

NO_SUCH_VERSION = {
    **dict.fromkeys(NPMS, "pratique withholds leaf@1.2.0 (until 20"),
    "pnpm10": "No matching version found for leaf@1.2.0",
    "pnpm12": 'The latest release of leaf is "1.1.0"',
    "yarn1": 'Couldn\'t find any versions for "leaf" that matches "1.2.0"',
    "yarn4": "leaf@npm:1.2.0: No candidates found",
    "bun": 'No version matching "1.2.0" found for specifier "leaf" (but package exists)',
}
"""For a version that is not listed. Only npm has a place in the document for our words."""

NO_VERSION_AT_ALL = {
    **dict.fromkeys(NPMS, "fresh is withheld until 20"),
    "pnpm10": "fresh withheld until 20",
    "pnpm12": "403 fresh@1.0.0 withheld until 20",
    "yarn1": "fresh is withheld until 20",
    "yarn4": "Response Code: 403 (fresh withheld until 20",
    "bun": "/fresh - 403",
}
"""For a package of which nothing is admitted: the answer's body in npm and yarn 1, its reason phrase in pnpm and yarn 4.

pnpm 12 asks for `/fresh/latest`, and so hears of the version."""


def contents(project: Path) -> set[str]:
    """What the installed packages say they are."""
    return {file.read_text() for file in (project / "node_modules").rglob("index.js")}


async def test_the_newest_admitted_version_comes_and_a_frozen_install_repeats_it(
    client: Client, world: World, tmp_path: Path
) -> None:
    world.publish("leaf", "1.0.0", days=400)
    leaf = world.publish("leaf", "1.1.0", days=30)
    world.publish("leaf", "1.2.0", days=1)
    tree = world.publish("@acme/tree", "2.0.0", days=100, dependencies={"leaf": "^1.0.0"})
    world.publish("@acme/tree", "2.1.0", days=2, dependencies={"leaf": "^1.2.0"})
    world.upstream.tarball_path("@acme/tree", "2.0.0", "/files/8f3b/tree.tar.gz?download=1")
    project = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})

    async with world.proxy():
        done = await client.install(project, world.url)
    assert done.ok, done.output
    assert client.installed(project) == {"@acme/tree": "2.0.0", "leaf": "1.1.0"}
    lock = client.lockfile(project).read_text()
    if client.name != "yarn4":  # it records a checksum of its own archive instead
        assert leaf.integrity in lock
        assert tree.integrity in lock
    assert world.upstream.count(tarball_of("leaf", "1.2.0")) == 0
    assert world.upstream.count(tarball_of("@acme/tree", "2.1.0")) == 0

    forget_modules(project)
    async with world.proxy("empty") as proxy:
        done = await client.install(project, world.url, frozen=True)
        assert done.ok, done.output
        await proxy.built.records.flush()
        kinds = {each.kind for each in await proxy.built.records.who("leaf")} - {"audit"}
        assert kinds == {"tarball"}  # and no packument before it
    assert contents(project) == {'module.exports = "@acme/tree@2.0.0"\n', 'module.exports = "leaf@1.1.0"\n'}
    assert client.lockfile(project).read_text() == lock


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_add_takes_the_latest_that_is_admitted_and_refuses_what_is_held(
    client: Client, world: World, tmp_path: Path
) -> None:
    world.publish("leaf", "1.0.0", days=400)
    world.publish("leaf", "1.1.0", days=30)
    world.publish("leaf", "1.2.0", days=1)
    world.publish("fresh", "1.0.0", days=2)
    project = write_project(tmp_path / "project")
    async with world.proxy():
        done = await client.install(project, world.url, add=["leaf"])
        assert done.ok, done.output
        assert client.installed(project) == {"leaf": "1.1.0"}

        done = await client.install(project, world.url, add=["leaf@1.2.0"])
        assert not done.ok
        assert prints(done, NO_SUCH_VERSION[client.name]), done.output

        done = await client.install(project, world.url, add=["fresh"])
        assert not done.ok
        assert prints(done, NO_VERSION_AT_ALL[client.name]), done.output
    assert world.upstream.count(tarball_of("leaf", "1.2.0")) == 0
    assert world.upstream.count(tarball_of("fresh")) == 0
