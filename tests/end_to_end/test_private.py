"""Packages of one's own and public ones in one project, by one address, with every package manager."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.choices import DIFFERENT, MANAGERS, prints
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import MARKS, each_client
from tests.end_to_end.clients.pnpm import Pnpm
from tests.end_to_end.clients.process import run
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.world import World
from tests.fakes.forges import Forge, GitHub, GitLab
from tests.proxy.web.api import credential

BEARER, BASIC = "Bearer s3cret", "Basic " + base64.b64encode(b"reader:p4ss").decode()
TREE = {"@acme/ui": "1.1.0", "acme-tool": "1.0.0", "leaf": "1.0.0"}
WANTED = {"@acme/ui": "^1.0.0", "acme-tool": "*", "leaf": "^1.0.0"}
ENV = {"OWN": "s3cret", "BASIC": BASIC}

Make = Callable[[World], Forge]
KINDS: dict[str, Make] = {
    "github": lambda world: GitHub(BEARER),
    "gitlab": lambda world: GitLab(BEARER, world.upstream.url),
    "basic": lambda world: GitLab(BASIC, world.upstream.url),
}


def clients_and(first: str, *others: str) -> list[object]:
    """Every client with one kind, and one client with all: the proxy alone sees what is behind it."""
    kinds = {name: (first, *others) if name == "npm11" else (first,) for name in MANAGERS}
    return [pytest.param(name, kind, marks=MARKS) for name in MANAGERS for kind in kinds[name]]


@asynccontextmanager
async def forge(kind: str, world: World) -> AsyncIterator[Forge]:
    """Two packages of one's own, a public one, and public packages of the same names that nobody may get."""
    world.publish("leaf", "1.0.0", days=400)
    for name in ("@acme/ui", "acme-tool"):
        world.publish(name, "9.9.9", days=400)
        world.publish(name, "1.0.0", days=400, dependencies={"evil": "*"})
    async with KINDS[kind](world) as own:
        own.now = now = world.clock.now()
        own.publish("@acme/ui", "1.0.0", at=now)
        own.publish("@acme/ui", "1.1.0", at=now, dependencies={"leaf": "^1.0.0", "acme-tool": "^1.0.0"})
        own.publish("acme-tool", "1.0.0", at=now)
        yield own


def namespaces(own: Forge) -> list[dict[str, Any]]:
    """Both names at the same upstream."""
    allowed = [own.blobs] if isinstance(own, GitHub) else []
    token_env = "OWN" if own.authorization == BEARER else "BASIC"
    entry = {"upstream": own.url, "token_env": token_env, "allowed_hosts": allowed}
    return [{"match": match, **entry} for match in ("@acme/*", "acme-tool")]


def leaks(world: World) -> list[str]:
    """What the public registry was told of them."""
    spoken = ((each.path, f"{each.path} {each.headers} {each.body!r}") for each in world.upstream.requests)
    return [path for path, text in spoken if "acme" in text or "s3cret" in text or BASIC in text]


def strays(world: World, own: Forge) -> list[str]:
    """What went where it should not: words about them, and requests without their credential."""
    return [*leaks(world), *(each.path for each in own.asked if each.headers.get("Authorization") != own.authorization)]


@pytest.mark.parametrize(("client", "kind"), clients_and(*KINDS), indirect=["client"])
async def test_one_address_for_everything_and_a_frozen_install_repeats_it(
    client: Client, world: World, tmp_path: Path, kind: str
) -> None:
    async with forge(kind, world) as own:
        project = write_project(tmp_path / "project", WANTED)
        async with world.proxy(env=ENV, namespaces=namespaces(own)):
            done = await client.install(project, world.url)
            assert done.ok, done.output
            assert client.installed(project) == TREE
            assert strays(world, own) == []
        lock = client.lockfile(project).read_text()
        assert own.host not in lock
        forget_modules(project)
        async with world.proxy("empty", env=ENV, namespaces=namespaces(own)):
            done = await client.install(project, world.url, frozen=True)
            assert done.ok, done.output
            assert client.installed(project) == TREE
            assert client.lockfile(project).read_text() == lock
            assert strays(world, own) == []
        if isinstance(own, GitHub):
            assert own.fetched
            assert all("Authorization" not in each.headers for each in own.fetched)


@pytest.mark.parametrize(("client", "kind"), clients_and("github", "gitlab"), indirect=["client"])
async def test_with_a_token_for_the_proxy(client: Client, world: World, tmp_path: Path, kind: str) -> None:
    """It stays here: the registries behind get their own credentials."""
    async with (
        forge(kind, world) as own,
        world.proxy(env=ENV, access={"anonymous": False}, namespaces=namespaces(own)) as proxy,
    ):
        build = await credential(proxy, "ci")
        project = write_project(tmp_path / "project", WANTED)
        done = await client.install(project, world.url, token=build.token)
        assert done.ok, done.output
        assert client.installed(project) == TREE
        requests = [*own.asked, *world.upstream.requests]
        assert all((build.token or "") not in str(each.headers) for each in requests)
        assert strays(world, own) == []


@pytest.mark.parametrize("client", each_client(*DIFFERENT), indirect=True)
async def test_while_it_is_down_nobody_gets_the_public_package_instead(client: Client, world: World, tmp_path: Path) -> None:
    if client.name == "yarn1":
        pytest.skip("it repeats a 503 five times, 3 s apart, which cannot be set")
    async with (
        forge("github", world) as own,
        world.proxy(env=ENV, upstream={"retries": 0}, namespaces=namespaces(own)),
    ):
        await own.stop()
        project = write_project(tmp_path / "project", WANTED)
        done = await client.install(project, world.url, timeout=30)
        assert not done.ok, done.output
        assert "503" in done.output or prints(done, "the upstream cannot be reached"), done.output
        assert not {name for name in client.installed(project) if "acme" in name}
        assert leaks(world) == []


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_a_package_that_gitlab_sends_elsewhere_is_an_error(client: Client, world: World, tmp_path: Path) -> None:
    if client.name == "yarn1":
        pytest.skip("it repeats a 502 five times, 3 s apart, which cannot be set")
    async with (
        forge("gitlab", world) as own,
        world.proxy(env=ENV, upstream={"retries": 0}, namespaces=namespaces(own)),
    ):
        world.publish("@acme/gone", "9.9.9", days=400)
        project = write_project(tmp_path / "project", {"@acme/gone": "*"})
        done = await client.install(project, world.url, timeout=60)
        assert not done.ok, done.output
        assert client.installed(project) == {}
        assert leaks(world) == []


def npm(client: Client) -> list[str | Path]:
    return [client.node, client.tools.file(client.name, "bin", "npm-cli.js"), "audit"]


def pnpm(client: Client) -> list[str | Path]:
    assert isinstance(client, Pnpm)
    return [*client.program(), "audit"]


def yarn(client: Client) -> list[str | Path]:
    return [client.node, client.tools.file("yarn4", "bin", "yarn.js"), "npm", "audit", "--all", "--recursive"]


def bun(client: Client) -> list[str | Path]:
    return [client.tools.binary("@oven/bun-*/bin/bun"), "audit"]


AUDITS = {"npm10": npm, "npm11": npm, "npm12": npm, "pnpm10": pnpm, "pnpm12": pnpm, "yarn4": yarn, "bun": bun}
"""Not yarn 1: its audit asks an address of its own, whatever is configured."""


@pytest.mark.parametrize("client", each_client(*AUDITS), indirect=True)
async def test_audits_tell_of_public_packages_and_of_no_other(client: Client, world: World, tmp_path: Path) -> None:
    """Each in its own form: pnpm 10 sends a tree of everything, the others a list."""
    advisory = {"id": 1, "title": "bad leaf", "severity": "high", "vulnerable_versions": "<2", "url": "https://x.example/1"}
    advisory |= {"module_name": "leaf", "findings": [], "patched_versions": ">=2", "cwe": [], "cves": [], "cvss": {"score": 1}}
    world.upstream.advisories["leaf"] = [advisory]
    async with forge("github", world) as own, world.proxy(env=ENV, namespaces=namespaces(own)):
        project = write_project(tmp_path / "project", {"@acme/ui": "^1.0.0"}, name="@acme/app")
        done = await client.install(project, world.url, audit=False)
        assert done.ok, done.output
        world.upstream.requests.clear()
        env = {**client.clean_environment(), **({"XDG_CONFIG_HOME": str(client.home)} if client.name == "bun" else {})}
        done = await run(AUDITS[client.name](client), project, env, 60)
        posted = [each for each in world.upstream.requests if each.method == "POST"]
        assert posted, done.output
        assert all('"leaf"' in each.body.decode() for each in posted)
        assert strays(world, own) == []
        assert not done.ok
        assert prints(done, "bad leaf"), done.output


@pytest.mark.parametrize("client", each_client("yarn4"), indirect=True)
async def test_yarns_own_age_gate_wants_them_preapproved(client: Client, world: World, tmp_path: Path) -> None:
    """On by default, a day; what has no time at all never passes it. docs/private-packages.md says what to write."""
    async with forge("gitlab", world) as own, world.proxy(env=ENV, namespaces=namespaces(own)):
        project = write_project(tmp_path / "project", {"acme-tool": "^1.0.0"})
        done = await client.install(project, world.url, age_gate=True)
        assert not done.ok
        assert prints(done, "are quarantined"), done.output
        (project / ".yarnrc.yml").write_text('npmPreapprovedPackages: ["@acme/*", "acme-tool"]\n')
        done = await client.install(project, world.url, age_gate=True)
        assert done.ok, done.output
        assert client.installed(project) == {"acme-tool": "1.0.0"}


@pytest.mark.parametrize("kind", ["github", "gitlab"])
@pytest.mark.parametrize("client", each_client("pnpm12"), indirect=True)
async def test_pnpms_own_age_gate_lets_them_through_and_says_so(client: Client, world: World, tmp_path: Path, kind: str) -> None:
    async with forge(kind, world) as own, world.proxy(env=ENV, namespaces=namespaces(own)):
        project = write_project(tmp_path / "project", {"acme-tool": "^1.0.0"})
        done = await client.install(project, world.url, age_gate=True)
        assert done.ok, done.output
        assert prints(done, "minimumReleaseAgeExclude"), done.output
        assert client.installed(project) == {"acme-tool": "1.0.0"}
