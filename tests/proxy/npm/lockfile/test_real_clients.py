"""Lockfiles as the package managers themselves write them: what is read is what was installed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.npm.integrity import digests_of
from proxy.npm.lockfile import Lockfile, read_lockfile
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.process import run
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.fakes.simulator import Simulator
from tests.fakes.simulator.publishing import Published

KINDS = {
    "npm10": "package-lock 3",
    "npm11": "package-lock 3",
    "npm12": "package-lock 3",
    "pnpm10": "pnpm-lock 9.0",
    "pnpm12": "pnpm-lock 9.0",
    "yarn1": "yarn 1",
    "yarn4": "yarn 4",
    "bun": "bun.lock",
}
NPMS = ("npm10", "npm12")
WANTED = {"@acme/tree": "^2.0.0-rc.1", "leaf": "^2.0.0", "peerful": "1"}
WANTED |= {"aliased": "npm:leaf@1.0.0", "@my/alias": "npm:@acme/twig@1"}
OPTIONAL = {"opt": "^1.0.0", "native": "^1.0.0"}

Ids = set[tuple[str, str]]


@pytest.fixture
async def upstream() -> AsyncIterator[Simulator]:
    """A scoped package with a dependency of which the project has another version, and what is for other platforms only."""
    async with Simulator() as made:
        made.publish("leaf", "1.0.0")
        made.publish("leaf", "2.0.0")
        made.publish("opt", "1.0.0")
        made.publish("native", "1.0.0", manifest={"os": ["plan9"]})
        made.publish("peerful", "1.0.0", manifest={"peerDependencies": {"leaf": "*"}})
        made.publish("@acme/twig", "1.0.0", dependencies={"peerful": "1"})
        made.publish("@acme/tree", "2.0.0-rc.1", dependencies={"leaf": "^1.0.0", "@acme/twig": "1"})
        yield made


def read(path: Path) -> Lockfile:
    return read_lockfile(str(path), path.read_text())


def ids(lockfile: Lockfile) -> Ids:
    return {(entry.name, entry.version) for entry in lockfile.entries}


def in_modules(project: Path) -> Ids:
    """What lies in node_modules, nested copies and all, under its own names; links to the project's folders are not followed."""
    manifests = (json.loads(path.read_text()) for path in (project / "node_modules").rglob("package.json") if path.is_file())
    return {(each["name"], each["version"]) for each in manifests} - {("one", "0.1.0")}


def check(lockfile: Lockfile, upstream: Simulator, *, shasum: bool = False) -> None:
    """Digests and addresses are those of the registry."""
    for entry in lockfile.entries:
        dist = upstream.package(entry.name)["versions"][entry.version]["dist"]
        if lockfile.kind == "yarn 4":
            assert entry.digests is None
        else:
            assert entry.digests == digests_of(dist["integrity"], dist["shasum"] if shasum else None)
        assert entry.resolved in {None, dist["tarball"], f"{dist['tarball']}#{dist['shasum']}"}
        assert entry.line


@pytest.mark.parametrize("client", each_client(*KINDS), indirect=True)
async def test_what_is_read_is_what_was_installed(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    project = write_project(tmp_path / "project", WANTED, optionalDependencies=OPTIONAL, workspaces=["parts/*"])
    (project / "pnpm-workspace.yaml").write_text("packages:\n  - parts/*\n")
    part = write_project(project / "parts" / "one", {"leaf": "1", "aliased": "npm:leaf@2.0.0"})
    manifest = json.loads((part / "package.json").read_text())
    (part / "package.json").write_text(json.dumps({**manifest, "name": "one", "version": "0.1.0"}))
    done = await client.install(project, upstream.url)
    assert done.ok, done.output
    lockfile = read(client.lockfile(project))
    assert lockfile.kind == KINDS[client.name]
    assert ids(lockfile) == in_modules(project) | {("native", "1.0.0")}
    assert {("leaf", "1.0.0"), ("leaf", "2.0.0"), ("@acme/tree", "2.0.0-rc.1"), ("opt", "1.0.0")} < ids(lockfile)
    check(lockfile, upstream, shasum=client.name == "yarn1")
    # pnpm and yarn 1 keep the project's own folders out of the list of packages.
    assert any("one" in each for each in lockfile.skipped) is (client.name not in {"pnpm10", "pnpm12", "yarn1"})


@pytest.mark.parametrize("client", each_client(*NPMS), indirect=True)
@pytest.mark.parametrize("version", [1, 2, 3])
async def test_older_lockfiles_of_npm(client: Client, upstream: Simulator, tmp_path: Path, version: int) -> None:
    project = write_project(tmp_path / "project", WANTED, optionalDependencies=OPTIONAL)
    done = await client.install(project, upstream.url, extra_args=["--lockfile-version", str(version)])
    assert done.ok, done.output
    lockfile = read(client.lockfile(project))
    assert lockfile.kind == f"package-lock {version}"
    assert ids(lockfile) == in_modules(project) | {("native", "1.0.0")}
    assert lockfile.skipped == ()
    check(lockfile, upstream)
    text = client.lockfile(project).read_text().splitlines()
    for entry in lockfile.entries:
        assert entry.line
        assert f'"version": "{entry.version}"' in "".join(text[entry.line : entry.line + 2]) or "npm:" in text[entry.line]


@pytest.mark.parametrize("client", each_client("npm10", "npm11"), indirect=True)
async def test_a_shrinkwrap(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    """npm 12 has no such command any more."""
    project = write_project(tmp_path / "project", WANTED)
    assert (await client.install(project, upstream.url)).ok
    npm = client.tools.file(client.name, "bin", "npm-cli.js")
    done = await run([client.node, npm, "shrinkwrap"], project, client.clean_environment(), 60)
    assert done.ok, done.output
    lockfile = read(project / "npm-shrinkwrap.json")
    assert lockfile.kind == "npm-shrinkwrap 3"
    assert ids(lockfile) == in_modules(project)
    check(lockfile, upstream)


def publish_carrier(upstream: Simulator) -> Published:
    """Brings its own copy of `carried`, which the registry has in another version only."""
    upstream.publish("carried", "2.0.0")
    own = {"bundleDependencies": ["carried"], "dependencies": {"carried": "^1.0.0"}}
    files = {"index.js": "", "node_modules/carried/package.json": '{"name": "carried", "version": "1.0.0"}'}
    return upstream.publish("carrier", "1.0.0", manifest=own, files=files)


@pytest.mark.parametrize("client", each_client(*NPMS), indirect=True)
@pytest.mark.parametrize("version", [1, 3])
async def test_what_is_bundled_is_not_fetched(client: Client, upstream: Simulator, tmp_path: Path, version: int) -> None:
    """What a package brings along is no business of the registry's; what the project itself bundles is, though marked alike."""
    publish_carrier(upstream)
    project = write_project(tmp_path / "project", {"carrier": "1", "@acme/tree": "2.0.0-rc.1"}, bundleDependencies=["@acme/tree"])
    assert (await client.install(project, upstream.url, extra_args=["--lockfile-version", str(version)])).ok
    forget_modules(project)
    upstream.requests.clear()
    done = await client.install(project, upstream.url, frozen=True)
    assert done.ok, done.output
    fetched = {each.plain_path for each in upstream.requests if each.plain_path.endswith(".tgz")}
    lockfile = read(client.lockfile(project))
    assert {str(entry.resolved).removeprefix(upstream.url) for entry in lockfile.entries} == fetched
    assert ("carried", "1.0.0") not in ids(lockfile)
    assert ("leaf", "1.0.0") in ids(lockfile)
    assert any("carried" in each and "bundled" in each for each in lockfile.skipped), lockfile.skipped


@pytest.mark.parametrize("client", each_client("pnpm12"), indirect=True)
async def test_pnpms_own_document_counts(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    """Configuration packages are locked in a document of their own, before the project's."""
    upstream.publish("settings", "1.0.0")
    project = write_project(tmp_path / "project", {"leaf": "1.0.0"})
    (project / "pnpm-workspace.yaml").write_text("configDependencies:\n  settings: 1.0.0\n")
    done = await client.install(project, upstream.url)
    assert done.ok, done.output
    assert client.lockfile(project).read_text().startswith("---\n")
    lockfile = read(client.lockfile(project))
    assert ids(lockfile) == {("settings", "1.0.0"), ("leaf", "1.0.0")}
    check(lockfile, upstream)


@pytest.mark.parametrize("client", each_client("npm10", "pnpm10", "pnpm12", "yarn1", "yarn4", "bun"), indirect=True)
async def test_what_comes_from_elsewhere_is_skipped(client: Client, upstream: Simulator, tmp_path: Path) -> None:
    """A tarball that the project names by its address, and a folder."""
    other = upstream.publish("other", "1.0.0")
    upstream.tarball_path("other", "1.0.0", "/files/other.tgz")
    address = upstream.package("other")["versions"]["1.0.0"]["dist"]["tarball"]
    assert address != other.url
    write_project(tmp_path / "project" / "near").joinpath("package.json").write_text('{"name": "near", "version": "1.0.0"}')
    project = write_project(tmp_path / "project", {"leaf": "1.0.0", "other": address, "near": "file:./near"})
    done = await client.install(project, upstream.url)
    assert done.ok, done.output
    lockfile = read(client.lockfile(project))
    assert ids(lockfile) == {("leaf", "1.0.0")}
    assert any("other" in each for each in lockfile.skipped)
    assert any("near" in each for each in lockfile.skipped)
