"""Optional dependencies that are withheld: some clients leave them out without a word, others stop."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.choices import MANAGERS
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.world import OPEN, World

STOP = {"yarn1", "yarn4"}
"""An optional dependency that cannot be resolved or fetched is an error to them, the others go on without it."""


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_a_withheld_optional_dependency(client: Client, world: World, tmp_path: Path) -> None:
    world.publish("leaf", "1.0.0", days=400)
    world.publish("native", "0.9.0", days=400)
    world.publish("native", "1.0.0", days=2)
    world.publish("fresh", "1.0.0", days=2)
    goes_on = client.name not in STOP

    def project(name: str, **optional: str) -> Path:
        return write_project(tmp_path / name, {"leaf": "^1.0.0"}, optionalDependencies=optional)

    async with world.proxy():
        for each in (project("unlisted", native="1.0.0"), project("refused", fresh="1.0.0")):
            done = await client.install(each, world.url)
            assert done.ok is goes_on, done.output
            assert client.installed(each) == ({"leaf": "1.0.0"} if goes_on else {})

    locked = project("locked", native="1.0.0")
    async with world.proxy("before", quarantine=OPEN):
        assert (await client.install(locked, world.url)).ok
        assert client.installed(locked) == {"leaf": "1.0.0", "native": "1.0.0"}
    forget_modules(locked)
    async with world.proxy("after") as proxy:
        done = await client.install(locked, world.url, frozen=True)
        assert done.ok is goes_on, done.output
        assert "native" not in client.installed(locked)
        # Where the client says nothing, this is the trace that remains.
        await proxy.built.records.flush()
        records = [each for each in await proxy.built.records.who("native", "1.0.0") if each.kind != "audit"]
        assert {(each.outcome, each.rules) for each in records} == {("withheld", "age")}
