"""Lockfiles from before, once packages are served without their install scripts: one command, and frozen installs go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.choices import NPMS
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.process import Result
from tests.end_to_end.clients.project import forget_modules
from tests.end_to_end.scripted import install_with_scripts, project_of, publish_ordinary
from tests.end_to_end.serving import environment, pratique
from tests.end_to_end.world import World
from tests.fakes.proxy import Proxy

FLAG = {"mode": "flag"}
STRIP = {"mode": "strip"}


async def relock(home: Path, proxy: Proxy, file: Path, *options: str) -> Result:
    """As its user runs it."""
    return await pratique(home, "relock", file, *options, env=environment(home, PRATIQUE_URL=proxy.url))


async def told(home: Path, proxy: Proxy, file: Path, *options: str) -> Any:
    """What the command says to programs."""
    done = await relock(home, proxy, file, "--json", *options)
    assert done.ok, done.output
    (found,) = json.loads(done.output)["lockfiles"]
    return found


@pytest.mark.parametrize("client", each_client(*NPMS, "pnpm10", "pnpm12", "yarn1", "bun"), indirect=True)
async def test_a_lockfile_from_before_goes_on_working(client: Client, world: World, tmp_path: Path) -> None:
    published = publish_ordinary(world)
    project, marks = project_of(tmp_path / "own", published)
    file = client.lockfile(project)
    async with world.proxy(scripts=FLAG) as proxy:
        done = await install_with_scripts(client, project, world, marks)
        assert done.ok, done.output
        assert (await relock(tmp_path, proxy, file)).returncode == 0
    before = file.read_bytes()
    for mark in marks.iterdir():
        mark.unlink()

    async with world.proxy(scripts=STRIP) as proxy:
        done = await relock(tmp_path, proxy, file)
        assert done.returncode == 1, done.output
        assert file.read_bytes() == before
        rewritten = {
            name for name in published if (await proxy.json(f"/{name}/1.0.0"))["dist"]["integrity"] not in before.decode()
        }
        assert rewritten
        found = await told(tmp_path, proxy, file, "--write")
        assert {each.rpartition("@")[0] for each in found["changed"]} == rewritten
        assert (found["left"], found["told"], found["written"]) == ([], [], True)

        forget_modules(project)
        done = await install_with_scripts(client, project, world, marks, frozen=True)
        assert done.ok, done.output
        assert client.installed(project).keys() >= published.keys()
        assert not list(marks.iterdir())
        assert (await relock(tmp_path, proxy, file)).returncode == 0
        after = file.read_bytes()

    # And back, once scripts are let through again.
    async with world.proxy(scripts=FLAG) as proxy:
        assert (await told(tmp_path, proxy, file, "--write"))["written"] is True
        assert file.read_bytes() == before
        file.write_bytes(after)
        assert (await told(tmp_path, proxy, file, "--write", "--original"))["written"] is True
        assert file.read_bytes() == before
        forget_modules(project)
        done = await install_with_scripts(client, project, world, marks, frozen=True)
        assert done.ok, done.output
        assert list(marks.iterdir())


@pytest.mark.parametrize("client", each_client("yarn4"), indirect=True)
async def test_yarn_4_has_to_look_at_the_bytes_itself(client: Client, world: World, tmp_path: Path) -> None:
    published = publish_ordinary(world)
    project, marks = project_of(tmp_path / "own", published)
    file = client.lockfile(project)
    async with world.proxy(scripts=FLAG):
        done = await install_with_scripts(client, project, world, marks)
        assert done.ok, done.output
    for mark in marks.iterdir():
        mark.unlink()
    before = file.read_bytes()

    async with world.proxy(scripts=STRIP) as proxy:
        found = await told(tmp_path, proxy, file, "--write")
        assert (found["changed"], file.read_bytes()) == ([], before)
        assert found["left"]
        assert all("YARN_CHECKSUM_BEHAVIOR=update yarn install" in each for each in found["left"])
        forget_modules(project)
        done = await install_with_scripts(client, project, world, marks, frozen=True)
        assert not done.ok
        assert "YN0018" in done.output

        # What yarn remembers there of scripts outlives the bytes that had them.
        (project / ".yarn" / "install-state.gz").unlink()
        done = await client.install(project, world.url, extra_env={"YARN_CHECKSUM_BEHAVIOR": "update"})
        assert done.ok, done.output
        forget_modules(project)
        done = await install_with_scripts(client, project, world, marks, frozen=True)
        assert done.ok, done.output
    assert not list(marks.iterdir())


@pytest.mark.parametrize("client", each_client("npm11", "npm12", "yarn1", "bun"), indirect=True)
async def test_addresses_of_another_host_are_moved_here(client: Client, world: World, tmp_path: Path) -> None:
    published = publish_ordinary(world)
    project, marks = project_of(tmp_path / "own", published)
    done = await client.install(project, world.upstream.url)
    assert done.ok, done.output
    file = client.lockfile(project)
    assert world.upstream.url in file.read_text()
    forget_modules(project)
    async with world.proxy(scripts=STRIP) as proxy:
        found = await told(tmp_path, proxy, file, "--write", "--host", world.url)
        assert {each.rpartition("@")[0] for each in found["changed"]} == published.keys()
        assert world.upstream.url not in file.read_text()
        done = await install_with_scripts(client, project, world, marks, frozen=True)
        assert done.ok, done.output
    assert not list(marks.iterdir())
