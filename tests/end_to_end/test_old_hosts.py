"""Lockfiles that name the registry a team comes from, below a path of its own: who is asked for the tarballs then.

docs/adopt.md says what is seen here, and the commands that mend it are run as they stand there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.choices import MANAGERS, NPMS, prints
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import MARKS, each_client
from tests.end_to_end.clients.process import run
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.front import Front
from tests.end_to_end.old_host import ARTIFACTORY, NEXUS, OldHost
from tests.end_to_end.serving import environment
from tests.end_to_end.world import World
from tests.fakes.proxy import Proxy
from tests.proxy.web.api import credential

ADOPT = (Path(__file__).parents[2] / "docs" / "adopt.md").read_text()
MENDING = re.findall(r"^\$ (git grep .*xargs .*)$", ADOPT, re.MULTILINE)
"""The commands that rewrite lockfiles, in the order of the page: addresses; for Artifactory addresses, scopes, pnpm, yarn 4."""
TREE = {"@acme/tree": "2.0.0", "leaf": "1.0.0"}

Asked = tuple[set[str], set[str]]
"""Packages whose tarballs were asked for: at the old host, and here."""

REMOTE = ["EALLOWREMOTE", 'Fetching packages of type "remote" have been disabled']
MISSING = ["E404", "is neither a package, a version nor a tarball of this registry"]


@dataclass
class Team:
    """With a project that was installed from the old host, as after a fresh checkout."""

    client: Client
    world: World
    old: OldHost
    project: Path

    async def asks(self, proxy: Proxy) -> Asked:
        """Of which packages the tarballs were asked for since the start: at the old host, and here."""
        old = {name for name in TREE if any(path.startswith(f"/{name}/-/") for path in self.old.asked)}
        await proxy.built.records.flush()
        ours = {name for name in TREE for each in await proxy.built.records.who(name) if each.kind == "tarball"}
        return old, ours

    async def runs(self, command: str) -> str:
        """What a command prints in the project, whose lockfile git knows."""
        env = environment(self.project)
        for each in ("git init --quiet", f"git add --force {self.client.lockfile_name}", command):
            done = await run(["sh", "-c", each], self.project, env, 10)
            assert done.ok, (each, done.output)
        return done.output

    async def mend(self, *numbers: int) -> None:
        """Run commands of the documentation that rewrite lockfiles, for the addresses of this test."""
        for number in numbers:
            command = MENDING[number]
            for documented, here in (
                ("https://nexus.example/repository/npm", self.old.url),
                ("https://artifactory.example/artifactory/api/npm/npm", self.old.url),
                ("https://artifactory.example", self.old.host),
                ("https://npm.example", self.world.url),
            ):
                command = command.replace(documented, here)
            assert ".example" not in command
            assert await self.runs(command) == ""


async def made(client: Client, world: World, folder: Path, old: OldHost) -> Team:
    world.publish("leaf", "1.0.0", days=400)
    world.publish("@acme/tree", "2.0.0", days=100, dependencies={"leaf": "^1.0.0"})
    project = write_project(folder / "project", {"@acme/tree": "^2.0.0"})
    done = await client.install(project, old.url)
    assert done.ok, done.output
    assert client.installed(project) == TREE
    forget_modules(project)
    old.asked.clear()
    return Team(client, world, old, project)


@pytest.fixture
async def team(client: Client, world: World, tmp_path: Path) -> AsyncIterator[Team]:
    async with OldHost(world.upstream, NEXUS) as old:
        yield await made(client, world, tmp_path, old)


@pytest.fixture
async def artifactory_team(client: Client, world: World, tmp_path: Path) -> AsyncIterator[Team]:
    """The scoped package lies where Artifactory puts those that were published to it."""
    async with OldHost(world.upstream, ARTIFACTORY, scope_twice=True) as old:
        yield await made(client, world, tmp_path, old)


OLD: Asked = (set(TREE), set())
HERE: Asked = (set(), set(TREE))
NOWHERE: Asked = (set(), set())
BY_ITSELF = {
    **dict.fromkeys(("npm10", "npm11", "yarn1", "bun"), OLD),
    **dict.fromkeys(("pnpm10", "pnpm12", "yarn4"), HERE),
    "npm12": NOWHERE,
}


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_by_itself(team: Team, frozen: bool) -> None:
    lockfile = team.client.lockfile(team.project)
    before = lockfile.read_text()
    async with team.world.proxy() as proxy:
        done = await team.client.install(team.project, team.world.url, frozen=frozen)
        assert await team.asks(proxy) == BY_ITSELF[team.client.name]
    assert done.ok == (team.client.name != "npm12"), done.output
    if not done.ok:
        for words in REMOTE:
            assert prints(done, words), done.output
    assert lockfile.read_text() == before


HOST_ONLY = {"always", "127.0.0.1"}
SETTINGS = ("always", "never", "127.0.0.1", "the old address", "with a slash")
COMBINATIONS = [
    pytest.param(name, setting, same_path, marks=MARKS)
    for name in NPMS
    for setting in SETTINGS
    for same_path in (False, True)
    if name == "npm11" or (same_path and setting in {"always", "the old address"})
]
"""All of them with one npm; with the others the two in which most is replaced, where npm 10 is another."""


@pytest.mark.parametrize(("client", "setting", "same_path"), COMBINATIONS, indirect=["client"])
async def test_replace_registry_host(team: Team, setting: str, same_path: bool) -> None:
    """It takes another host and keeps the path, so the proxy must answer below that too. npm 11 and 12 take a whole address."""
    name = team.client.name
    value = {"the old address": team.old.url, "with a slash": f"{team.old.url}/"}.get(setting, setting)
    public = [f"{team.world.url}/", *([f"{team.world.url}{NEXUS}/"] if same_path else [])]
    async with team.world.proxy(server={"public_urls": public}) as proxy:
        arguments = [f"--replace-registry-host={value}"]
        done = await team.client.install(team.project, team.world.url, frozen=True, extra_args=arguments)
        asked = await team.asks(proxy)
    if setting in HOST_ONLY:
        assert (asked, done.ok) == ((HERE, True) if same_path else (NOWHERE, False)), done.output
        words = [] if same_path else MISSING
    elif setting == "never" or name == "npm10":
        assert (asked, done.ok) == (BY_ITSELF[name], name != "npm12"), done.output
        words = REMOTE if name == "npm12" else []
    else:
        assert (asked, done.ok) == (HERE, True), done.output
        words = []
    for each in words:
        assert prints(done, each), done.output
    assert team.client.installed(team.project) == (TREE if done.ok else {})


@pytest.mark.parametrize("client", each_client(*NPMS), indirect=True)
async def test_a_registry_with_the_old_path(team: Team) -> None:
    """npm 10 puts the old path behind the path that the registry has already."""
    public = [f"{team.world.url}/", f"{team.world.url}{NEXUS}/"]
    async with team.world.proxy(server={"public_urls": public}) as proxy:
        arguments = ["--replace-registry-host=always"]
        done = await team.client.install(team.project, team.world.url + NEXUS, frozen=True, extra_args=arguments)
        assert await team.asks(proxy) == (NOWHERE if team.client.name == "npm10" else HERE), done.output
        assert done.ok == (team.client.name != "npm10"), done.output
        assert prints(done, NEXUS + NEXUS) == (team.client.name == "npm10"), done.output


@pytest.mark.parametrize("client", each_client(*NPMS, "yarn1", "bun"), indirect=True)
async def test_an_old_registry_without_a_path(client: Client, world: World, tmp_path: Path) -> None:
    """Such as Verdaccio."""
    async with OldHost(world.upstream, "") as old:
        team = await made(client, world, tmp_path, old)
        npm = client.name in NPMS
        if not npm:
            await team.mend(0)
        async with world.proxy() as proxy:
            arguments = ["--replace-registry-host=always"] if npm else []
            done = await client.install(team.project, world.url, frozen=True, extra_args=arguments)
            assert (await team.asks(proxy), done.ok) == (HERE, True), done.output


@pytest.mark.parametrize("client", each_client("npm12"), indirect=True)
async def test_npm_12_goes_to_the_old_host_where_it_is_allowed(team: Team) -> None:
    async with team.world.proxy() as proxy:
        done = await team.client.install(team.project, team.world.url, frozen=True, extra_args=["--allow-remote=all"])
        assert (await team.asks(proxy), done.ok) == (OLD, True), done.output


@pytest.mark.parametrize("client", each_client(*NPMS, "yarn1", "bun"), indirect=True)
async def test_one_command_mends_addresses(team: Team) -> None:
    await team.mend(0)
    async with team.world.proxy() as proxy:
        done = await team.client.install(team.project, team.world.url, frozen=True)
        assert (await team.asks(proxy), done.ok) == (HERE, True), done.output
    assert team.client.installed(team.project) == TREE
    assert NEXUS not in team.client.lockfile(team.project).read_text()


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_who_takes_over_the_name_and_the_path_changes_no_lockfile(client: Client, world: World, tmp_path: Path) -> None:
    async with OldHost(world.upstream, NEXUS) as old, Front() as name:
        name.lead_to(old.host)
        old.public = name.url
        team = await made(client, world, tmp_path, old)
        async with world.proxy(server={"public_urls": [f"{name.url}{NEXUS}/"]}) as proxy:
            name.lead_to(proxy.url)
            done = await client.install(team.project, old.url, frozen=True)
            assert (await team.asks(proxy), done.ok) == (HERE, True), done.output
        assert client.installed(team.project) == TREE


SCOPED, PLAIN = {"@acme/tree"}, {"leaf"}


@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_artifactory_and_a_scope_that_stands_twice(artifactory_team: Team) -> None:
    """Then pnpm and yarn 4 write the address down too, and it is no address here until it is mended."""
    team, name = artifactory_team, artifactory_team.client.name
    async with team.world.proxy("unmended") as proxy:
        done = await team.client.install(team.project, team.world.url, frozen=True)
        old, ours = await team.asks(proxy)
    if name in {"pnpm10", "yarn4"}:
        assert (old, ours, done.ok) == (SCOPED, PLAIN, True), done.output
    elif name == "pnpm12":
        assert not done.ok
        assert prints(done, "ERR_PNPM_TARBALL_URL_MISMATCH"), done.output
    else:
        assert ((old, ours), done.ok) == (BY_ITSELF[name], name != "npm12"), done.output
    forget_modules(team.project)
    team.old.asked.clear()

    await team.mend(*{"pnpm10": (3,), "pnpm12": (3,), "yarn4": (4,)}.get(name, (1, 2)))
    async with team.world.proxy("mended") as proxy:
        done = await team.client.install(team.project, team.world.url, frozen=True)
        assert (await team.asks(proxy), done.ok) == (HERE, True), done.output
    assert team.client.installed(team.project) == TREE


@pytest.mark.parametrize("client", each_client(*NPMS, "yarn1", "bun"), indirect=True)
async def test_a_scope_that_stands_twice_is_no_address_here(artifactory_team: Team) -> None:
    team = artifactory_team
    await team.mend(1)
    async with team.world.proxy() as proxy:
        done = await team.client.install(team.project, team.world.url, frozen=True)
        old, ours = await team.asks(proxy)
    assert not done.ok
    assert (old, ours & SCOPED) == (set(), set())
    for words in ("404", "/-/@acme/tree-2.0.0.tgz"):
        assert prints(done, words), done.output


@pytest.mark.parametrize("mended", [False, True])
@pytest.mark.parametrize("client", each_client(*MANAGERS), indirect=True)
async def test_what_a_warm_cache_has_is_asked_for_nowhere(team: Team, mended: bool) -> None:
    """But bun keeps what came from one registry apart from the rest. Only npm tells what it installed, in the audit."""
    name = team.client.name
    if mended and name not in {"pnpm10", "pnpm12", "yarn4"}:
        await team.mend(0)
    async with team.world.proxy(access={"anonymous": False}) as proxy:
        reviewer, build = await credential(proxy, "reviewer"), await credential(proxy, "ci", label="the build")
        done = await team.client.install(team.project, team.world.url, frozen=True, fresh_cache=False, token=build.token)
        refused = name == "npm12" and not mended
        assert done.ok is not refused, done.output
        for words in REMOTE if refused else []:
            assert prints(done, words), done.output
        anew = (HERE if mended else OLD) if name == "bun" else NOWHERE
        assert await team.asks(proxy) == anew
        told = await reviewer.get("exposure?subject=leaf@1.0.0")
        assert [(each["label"], each["installed"]) for each in told["who"] if each["installed"]] == (
            [("the build", 1)] if name in NPMS else []
        )

        forget_modules(team.project)
        team.old.asked.clear()
        proxy_asked = await _count(proxy)
        done = await team.client.install(team.project, team.world.url, frozen=True, fresh_cache=False, token=build.token)
        assert done.ok is not refused, done.output
        assert (team.old.asked, await _count(proxy)) == ([], proxy_asked)


async def _count(proxy: Proxy) -> int:
    await proxy.built.records.flush()
    return len([each for name in TREE for each in await proxy.built.records.who(name) if each.kind == "tarball"])


@pytest.mark.parametrize("client", each_client("npm11", "pnpm12", "yarn1", "yarn4", "bun"), indirect=True)
async def test_the_hosts_that_lockfiles_name_are_counted(artifactory_team: Team) -> None:
    """A yarn 4 lockfile has them in an encoding that a look for addresses does not see."""
    team = artifactory_team
    (hosts,) = re.findall(r"^\$ (git grep .*cut .*uniq -c)$", ADOPT, re.MULTILINE)
    host = team.old.host.removeprefix("http://")
    expected = {"pnpm12": ["1", host], "yarn4": []}.get(team.client.name, ["2", host])
    assert (await team.runs(hosts)).split() == expected


@pytest.mark.parametrize("client", each_client("npm11", "yarn1", "bun"), indirect=True)
async def test_the_repositories_that_lockfiles_name_are_counted(team: Team) -> None:
    (repositories,) = re.findall(r"^\$ (git grep .*/repository/.*uniq -c)$", ADOPT, re.MULTILINE)
    assert (await team.runs(repositories)).split() == ["2", team.old.url]
