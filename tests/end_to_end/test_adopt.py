"""A team comes with its lockfiles: what they pin is adopted by one command, and frozen installs go on under a hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.choices import DIFFERENT
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.serving import environment, pratique
from tests.end_to_end.world import OPEN, World
from tests.proxy.web.api import credential


@pytest.mark.parametrize("client", each_client(*DIFFERENT, "yarn4"), indirect=True)
async def test_young_versions_that_a_lockfile_pins_are_adopted(client: Client, world: World, tmp_path: Path) -> None:
    world.publish("leaf", "1.1.0", days=30)
    world.publish("leaf", "1.2.0", days=1)
    world.publish("@acme/tree", "2.0.0", days=2, dependencies={"leaf": "^1.0.0"})
    project = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})
    async with world.proxy("before", quarantine=OPEN):
        done = await client.install(project, world.url)
    assert done.ok, done.output
    forget_modules(project)

    async with world.proxy(quarantine={"hold": "7d"}) as proxy:
        done = await client.install(project, world.url, frozen=True, timeout=60)
        assert not done.ok, done.output

        reviewer = await credential(proxy, "reviewer")
        env = environment(tmp_path, PRATIQUE_URL=proxy.url, PRATIQUE_TOKEN=reviewer.token or "")
        told = await pratique(tmp_path, "adopt", client.lockfile(project), "--json", env=env)
        assert told.ok, told.output
        (counts,) = json.loads(told.output)["lockfiles"]
        if client.name == "yarn4":  # its checksums are of the archives that it makes itself, so there are no bytes to bind
            assert counts["adopted"] == 0
            for id in ("@acme/tree@2.0.0", "leaf@1.2.0"):
                assert any(each.startswith(f"{id}: ") for each in counts["skipped"]), counts
            return
        assert (counts["adopted"], counts["known"], counts["refused"], counts["skipped"]) == (2, 0, [], [])
        again = await pratique(tmp_path, "adopt", client.lockfile(project), env=env)
        assert "0 versions adopted, 2 were already" in again.output

        done = await client.install(project, world.url, frozen=True)
        assert done.ok, done.output
        assert client.installed(project) == {"@acme/tree": "2.0.0", "leaf": "1.2.0"}
        assert (await reviewer.get("log/verify"))["sound"] is True
