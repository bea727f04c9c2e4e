"""The clients work against a plain registry: what fails later, with the proxy between, is the proxy's doing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.fakes.simulator import Fault, Simulator, Where, packument_of, tarball_of


@pytest.fixture
async def upstream(client: Client) -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        client.provision(simulator)
        simulator.publish("leaf", "1.0.0")
        simulator.publish("leaf", "1.1.0")
        simulator.publish("@acme/tree", "2.0.0", dependencies={"leaf": "^1.0.0"})
        yield simulator


async def test_installs_a_tree(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})
    done = await client.install(project, upstream.url)
    assert done.ok, done.output
    assert client.installed(project) == {"@acme/tree": "2.0.0", "leaf": "1.1.0"}
    assert client.lockfile(project).stat().st_size > 0
    assert all(request.headers["Host"] in upstream.url for request in upstream.requests)


async def test_frozen_reinstall_from_the_lockfile(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})
    assert (await client.install(project, upstream.url)).ok
    upstream.publish("leaf", "1.2.0")
    forget_modules(project)
    asked = len(upstream.asked(tarball_of("leaf")))
    done = await client.install(project, upstream.url, frozen=True)
    assert done.ok, done.output
    assert client.installed(project)["leaf"] == "1.1.0"
    assert len(upstream.asked(tarball_of("leaf"))) > asked  # the cache really was fresh


async def test_adds_a_package_with_a_token(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    upstream.token = "secret"
    project = write_project(tmp_path / "project")
    done = await client.install(project, upstream.url, add=["leaf@1.0.0"], token="secret")
    assert done.ok, done.output
    assert client.installed(project) == {"leaf": "1.0.0"}


async def test_a_warm_cache_is_kept(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", {"leaf": "1.1.0"})
    assert (await client.install(project, upstream.url)).ok
    forget_modules(project)
    asked = len(upstream.asked(tarball_of("leaf")))
    assert (await client.install(project, upstream.url, frozen=True, fresh_cache=False)).ok
    assert len(upstream.asked(tarball_of("leaf"))) == asked


@pytest.mark.parametrize("where", [packument_of("leaf"), tarball_of("leaf")], ids=["packument", "tarball"])
async def test_a_refusal_fails_soon(client: Client, upstream: Simulator, tmp_path: Path, where: Where) -> None:
    upstream.fault(where, Fault.status(403, reason="withheld until tomorrow"))
    project = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})
    done = await client.install(project, upstream.url, timeout=30)
    assert not done.ok, done.output
    assert upstream.count(where) <= 2, done.output  # npm and pnpm 12 ask for a transitive packument twice


@pytest.mark.parametrize("client", each_client("pnpm12", "yarn4"), indirect=True)
async def test_the_clients_own_age_gate_can_stay_on(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    old = upstream.now - timedelta(days=90)
    upstream.publish("aged", "1.0.0", at=old)
    upstream.publish("aged", "1.1.0")
    project = write_project(tmp_path / "project", {"aged": "^1.0.0"})
    assert (await client.install(project, upstream.url, age_gate=True)).ok
    assert client.installed(project) == {"aged": "1.0.0"}
