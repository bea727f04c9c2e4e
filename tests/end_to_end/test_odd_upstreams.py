"""Mirrors and older servers: what they leave out, clients do not miss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.choices import DIFFERENT
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import write_project
from tests.end_to_end.world import World

BARE = {"abbreviated": "406", "etag": False, "last_modified": False, "gzip": False, "modified": False, "cache_control": None}


@pytest.mark.parametrize("style", [BARE, {**BARE, "only_latest": True}], ids=["bare", "only-latest"])
@pytest.mark.parametrize("client", each_client(*DIFFERENT), indirect=True)
async def test_installs_from_a_bare_upstream(client: Client, world: World, tmp_path: Path, style: dict[str, Any]) -> None:
    world.upstream.style(**style)
    leaf = world.publish("leaf", "1.0.0", days=400)
    world.publish("@acme/tree", "2.0.0", days=100, dependencies={"leaf": "^1.0.0"})
    world.upstream.tarball_path("leaf", "1.0.0", "/artifacts/leaf/download/1.0.0/leaf")
    world.upstream.tarball_path("@acme/tree", "2.0.0", "/@acme/tree/-/@acme/tree-2.0.0.tgz")
    async with world.proxy():
        for name in ("first", "again"):  # the second time past the freshness window
            project = write_project(tmp_path / name, {"@acme/tree": "^2.0.0"})
            done = await client.install(project, world.url)
            assert done.ok, done.output
            assert client.installed(project) == {"@acme/tree": "2.0.0", "leaf": "1.0.0"}
            assert leaf.integrity in client.lockfile(project).read_text()
            world.advance(hours=1)
