"""Observing only: everything is served, and what would have been withheld is on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.choices import DIFFERENT
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import write_project
from tests.end_to_end.world import World


@pytest.mark.parametrize("client", each_client(*DIFFERENT), indirect=True)
async def test_everything_is_installed_and_what_would_be_withheld_is_recorded(
    client: Client, world: World, tmp_path: Path
) -> None:
    world.publish("leaf", "1.0.0", days=400)
    world.publish("leaf", "1.1.0", days=1)
    world.publish("old", "1.0.0", days=400)
    project = write_project(tmp_path / "project", {"leaf": "^1.0.0", "old": "^1.0.0"})
    async with world.proxy(quarantine={"enforce": "observe"}) as proxy:
        done = await client.install(project, world.url)
        assert done.ok, done.output
        assert client.installed(project) == {"leaf": "1.1.0", "old": "1.0.0"}
        assert "withholds" not in done.output

        await proxy.built.records.flush()
        records = await proxy.built.records.who("leaf", "1.1.0")
        assert {(each.outcome, each.rules) for each in records if each.kind == "tarball"} == {("would-withhold", "age")}
        assert {each.outcome for each in await proxy.built.records.who("old")} == {"served"}
        held = await proxy.json("/-/pratique/v1/held")
        assert [(row["package"], row["version"], row["verdict"]) for row in held["held"]] == [("leaf", "1.1.0", "observed")]
