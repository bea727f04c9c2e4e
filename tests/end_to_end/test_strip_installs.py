"""Under `strip` nothing runs, though every client is allowed to; under `flag` everything is as the upstream has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.choices import MANAGERS
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules
from tests.end_to_end.scripted import ORDINARY, install_with_scripts, project_of, publish_odd, publish_ordinary
from tests.end_to_end.world import World

STRIP = {"mode": "strip"}


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_nothing_runs_and_the_lockfile_works_again(client: Client, world: World, tmp_path: Path) -> None:
    published = publish_ordinary(world) | publish_odd(world)
    project, marks = project_of(tmp_path / "own", published)
    async with world.proxy(scripts=STRIP) as proxy:
        done = await install_with_scripts(client, project, world, marks)
        assert done.ok, done.output
        served = {name: (await proxy.json(f"/{name}/1.0.0"))["dist"]["integrity"] for name in published}
    assert not list(marks.iterdir())
    rewritten = {name for name, each in published.items() if served[name] != each.integrity}
    assert rewritten == {*ORDINARY, "native", "outer"}
    lock = client.lockfile(project).read_text()
    if client.name != "yarn4":  # it records a checksum of its own archive instead
        assert all(integrity in lock for integrity in served.values())

    forget_modules(project)
    async with world.proxy("empty", scripts=STRIP):
        done = await install_with_scripts(client, project, world, marks, frozen=True)
        assert done.ok, done.output
    assert not list(marks.iterdir())
    modules = project / "node_modules"
    assert json.loads((modules / "after" / "package.json").read_text())["scripts"] == {"test": "true"}
    assert not (modules / "native" / "binding.gyp").exists()
    assert (modules / "native" / "index.js").exists()


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_flagged_scripts_run_and_the_lockfile_has_the_upstreams_digests(
    client: Client, world: World, tmp_path: Path
) -> None:
    published = publish_ordinary(world)
    project, marks = project_of(tmp_path / "own", published)
    async with world.proxy(scripts={"mode": "flag"}) as proxy:
        done = await install_with_scripts(client, project, world, marks)
        assert done.ok, done.output
        for name, each in published.items():
            async with proxy.get(f"/{name}/-/{name}-1.0.0.tgz") as response:
                assert await response.read() == each.tarball
    assert {mark.name for mark in marks.iterdir()} == set(ORDINARY)
    if client.name != "yarn4":
        lock = client.lockfile(project).read_text()
        assert all(each.integrity in lock for each in published.values())
