"""An incident from its first hour to its last: released, installed, blocked, who had it, and a log that shows tampering."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.choices import prints
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.world import World
from tests.proxy.web.api import Caller, credential

ACCESS = {"anonymous": False}
SAYS = {
    "npm11": ["403 leaf@1.2.0 withheld", "blocked: it steals"],
    "pnpm12": ["403", "leaf-1.2.0.tgz"],
    "yarn4": ["Response Code: 403 (leaf@1.2.0 withheld)"],
    "bun": ["leaf-1.2.0.tgz - 403"],
}


@pytest.mark.parametrize("client", each_client(*SAYS), indirect=True)
async def test_from_a_release_to_a_block_to_the_evidence(client: Client, world: World, tmp_path: Path) -> None:
    world.publish("leaf", "1.1.0", days=30)
    world.publish("leaf", "1.2.0", days=1)
    project = write_project(tmp_path / "project", {"leaf": "1.2.0"})
    async with world.proxy(access=ACCESS) as proxy:
        reviewer = await credential(proxy, "reviewer", label="reviewer")
        build = await credential(proxy, "ci", label="the build")
        done = await client.install(project, world.url, token=build.token, timeout=60)
        assert not done.ok, done.output
        assert client.installed(project) == {}

        assert (await reviewer.decide("release", "leaf@1.2.0")).status == 201
        done = await client.install(project, world.url, token=build.token)
        assert done.ok, done.output
        assert client.installed(project) == {"leaf": "1.2.0"}

        blocked = await reviewer.decide("block", "leaf@1.2.0", reason="it steals")
        assert [each["label"] for each in blocked.body["exposure"]["who"]] == ["the build"]
        forget_modules(project)
        done = await client.install(project, world.url, token=build.token, frozen=True, timeout=60)
        assert not done.ok, done.output
        assert client.installed(project) == {}
        for words in SAYS[client.name]:
            assert prints(done, words), done.output

        told = await reviewer.get("exposure?subject=leaf@1.2.0")
        assert {row["label"] for row in told["rows"]} == {"the build"}
        assert {"fetched", "withheld"} <= {row["how"] for row in told["rows"]}
        assert (await reviewer.get("log/verify"))["sound"] is True

    _rewrite(tmp_path / "data")
    async with world.proxy(access=ACCESS) as proxy:
        told = await Caller(proxy, reviewer.token).get("log/verify")
        assert told["sound"] is False
        assert told["breaks"]


@pytest.mark.parametrize("client", each_client("npm11"), indirect=True)
async def test_an_audit_tells_of_what_came_out_of_the_clients_own_cache(client: Client, world: World, tmp_path: Path) -> None:
    world.publish("leaf", "1.2.0", days=100)
    project = write_project(tmp_path / "project", {"leaf": "1.2.0"})
    async with world.proxy(access=ACCESS) as proxy:
        reviewer, build = await credential(proxy, "reviewer"), await credential(proxy, "ci", label="the build")
        assert (await client.install(project, world.url, token=build.token)).ok
        await reviewer.decide("block", "leaf@1.2.0", reason="it steals")
        forget_modules(project)
        done = await client.install(project, world.url, token=build.token, frozen=True, fresh_cache=False, timeout=60)
        assert prints(done, "leaf@1.2.0"), done.output
        told = await reviewer.get("exposure?subject=leaf@1.2.0")
        assert "the build" in {each["label"] for each in told["who"]}


def _rewrite(folder: Path) -> None:
    """One byte of what was written when the release was given."""
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as database:
        database.execute("update audit set payload = replace(payload, 'a test', 'a tesT') where kind = 'release'")
        assert database.total_changes == 1
        database.commit()
