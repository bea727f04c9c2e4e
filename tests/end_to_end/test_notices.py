"""The one line that npm prints after an install: what waits, until when, where to read more. Other clients print no notices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.end_to_end.choices import NPMS, notices
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.world import OPEN, World
from tests.fakes.simulator import Fault

AUDITS = "/-/npm/v1/security/"
STAMP = r"20\d\d-\d\d-\d\dT\d\d:\d\dZ"


def expected(world: World, what: str, version: str) -> str:
    """The whole line as a pattern."""
    where = re.escape(f"{world.url}/-/pratique/why/{version}")
    return rf"npm notice pratique{what} {re.escape(version)} \(until {STAMP}\)\. Why: {where}"


@pytest.fixture
async def project(world: World, tmp_path: Path) -> Path:
    """Needs leaf, of which 1.1.0 can be had and 1.2.0 waits."""
    world.publish("leaf", "1.1.0", days=400)
    world.publish("leaf", "1.2.0", days=1)
    return write_project(tmp_path / "project", {"leaf": "^1.0.0"})


@pytest.mark.parametrize("client", each_client(*NPMS), indirect=True)
async def test_a_newer_version_that_waits_is_told_once_whatever_the_cache_holds(
    client: Client, world: World, project: Path
) -> None:
    line = expected(world, ": a newer version waits in quarantine:", "leaf@1.2.0")
    async with world.proxy() as proxy:
        done = await client.install(project, world.url)
        assert done.ok, done.output
        assert len(notices(done)) == 1, done.output
        assert re.fullmatch(line, notices(done)[0])

        for frozen in (False, True):
            forget_modules(project)
            done = await client.install(project, world.url, frozen=frozen, fresh_cache=False)
            assert done.ok, done.output
            assert [bool(re.fullmatch(line, each)) for each in notices(done)] == [True], done.output
        await proxy.built.records.flush()
        assert [each.kind for each in await proxy.built.records.who("leaf")].count("tarball") == 1  # the cache had it

        forget_modules(project)
        done = await client.install(project, world.url, audit=False)
        assert done.ok
        assert notices(done) == []  # `audit=false` is the one way not to be told


@pytest.mark.parametrize("client", each_client(*NPMS), indirect=True)
async def test_an_installed_version_that_is_withheld_is_named_though_no_tarball_was_asked_for(
    client: Client, world: World, project: Path
) -> None:
    async with world.proxy(quarantine=OPEN):
        assert (await client.install(project, world.url)).ok
    assert client.installed(project) == {"leaf": "1.2.0"}
    forget_modules(project)
    async with world.proxy() as proxy:
        done = await client.install(project, world.url, frozen=True, fresh_cache=False)
        await proxy.built.records.flush()
        kinds = {each.kind for each in await proxy.built.records.who("leaf")} - {"audit"}
    assert done.ok, done.output
    assert client.installed(project) == {"leaf": "1.2.0"}
    line = expected(world, " withholds this installed version:", "leaf@1.2.0")
    assert [bool(re.fullmatch(line, each)) for each in notices(done)] == [True], done.output
    assert kinds == {"packument", "tarball"}  # both from the first install


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("client", each_client(*NPMS), indirect=True)
async def test_an_upstream_without_audits_changes_nothing_about_that(
    client: Client, world: World, project: Path, status: int
) -> None:
    world.upstream.fault(AUDITS, Fault.status(status))
    async with world.proxy():
        done = await client.install(project, world.url)
    assert done.ok, done.output
    assert len(notices(done)) == 1, done.output
    assert re.fullmatch(expected(world, ": a newer version waits in quarantine:", "leaf@1.2.0"), notices(done)[0])
    assert "found 0 vulnerabilities" not in done.output  # nobody looked
