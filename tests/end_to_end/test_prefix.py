"""A public address with a path: clients are pointed at it, and every address they record begins with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.world import World

RECORDS_NONE = {"pnpm12", "yarn4"}
"""They rebuild the conventional address from the registry's; anything they recorded would be an address that is not."""


@pytest.mark.parametrize("client", each_client("npm11", "pnpm12", "yarn4", "bun"), indirect=True)
async def test_addresses_begin_with_the_public_one(client: Client, world: World, tmp_path: Path) -> None:
    """The front keeps the prefix in what it passes on. The four differ in what they make of a registry's path."""
    base = f"{world.url}/npm/"
    world.publish("leaf", "1.0.0", days=400)
    world.publish("@acme/tree", "2.0.0", days=100, dependencies={"leaf": "^1.0.0"})
    project = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})
    async with world.proxy(server={"public_urls": [base]}):
        for frozen in (False, True):
            forget_modules(project)
            done = await client.install(project, base, frozen=frozen)
            assert done.ok, done.output
            assert client.installed(project) == {"@acme/tree": "2.0.0", "leaf": "1.0.0"}
    recorded = re.findall(r"https?://[^\"\s]+", client.lockfile(project).read_text())
    expected = {f"{base}@acme/tree/-/tree-2.0.0.tgz", f"{base}leaf/-/leaf-1.0.0.tgz"}
    assert set(recorded) == (set() if client.name in RECORDS_NONE else expected)
