"""`audit signatures` over a mix of rewritten and untouched packages: each is vouched for by whoever made its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.signing.key import SigningKey
from tests.end_to_end.choices import NPMS
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.pnpm import Pnpm
from tests.end_to_end.clients.process import Result, run
from tests.end_to_end.scripted import ORDINARY, install_with_scripts, project_of, publish_ordinary
from tests.end_to_end.world import World
from tests.proxy.web.stripped import UPSTREAM_KEY, npm_key, sign

STRIP = {"mode": "strip"}
WITHOUT_TUF = Path(__file__).with_name("without_tuf.cjs")


async def audit(client: Client, project: Path) -> Result:
    """`audit signatures`, against the registry of the last install."""
    npm = client.tools.root / "node_modules" / client.name / "bin" / "npm-cli.js"
    program = client.program() if isinstance(client, Pnpm) else [client.node, npm]
    env = {**client.clean_environment(), "NODE_OPTIONS": f"--require={WITHOUT_TUF}"}
    return await run([*program, "audit", "signatures"], project, env, 60)


@pytest.mark.parametrize("client", each_client(*NPMS, "pnpm12"), indirect=True)
async def test_everything_is_verified(client: Client, world: World, tmp_path: Path) -> None:
    world.upstream.keys = [npm_key(UPSTREAM_KEY)]
    published = {name: sign(each) for name, each in publish_ordinary(world).items()}
    project, marks = project_of(tmp_path / "own", published)
    async with world.proxy(scripts=STRIP):
        assert (await install_with_scripts(client, project, world, marks)).ok
        done = await audit(client, project)
    assert done.ok, done.output
    count = len(ORDINARY) + 1
    assert f"{count} packages have verified registry signatures" in done.output.replace("\n", " "), done.output


@pytest.mark.parametrize("client", each_client("npm11", "pnpm12"), indirect=True)
async def test_a_signature_of_other_bytes_would_be_found(client: Client, world: World, tmp_path: Path) -> None:
    world.upstream.keys = [npm_key(UPSTREAM_KEY)]
    published = {name: sign(each) for name, each in publish_ordinary(world).items()}
    published["plain"].manifest["dist"]["signatures"] = published["after"].manifest["dist"]["signatures"]
    project, marks = project_of(tmp_path / "own", published)
    async with world.proxy(scripts=STRIP):
        assert (await install_with_scripts(client, project, world, marks)).ok
        done = await audit(client, project)
    assert not done.ok
    assert "plain@1.0.0" in done.output
    assert not any(name in done.output for name in ORDINARY), done.output


@pytest.mark.parametrize("client", each_client("npm12", "pnpm12"), indirect=True)
async def test_it_is_verified_after_the_key_was_replaced(client: Client, world: World, tmp_path: Path) -> None:
    world.upstream.keys = [npm_key(UPSTREAM_KEY)]
    published = {name: sign(each) for name, each in publish_ordinary(world).items()}
    project, marks = project_of(tmp_path / "own", published)
    async with world.proxy(scripts=STRIP):
        assert (await install_with_scripts(client, project, world, marks)).ok
    file = tmp_path / "key.pem"
    file.write_bytes(SigningKey.generate().pem)
    async with world.proxy(signing={"key_file": str(file)}, scripts=STRIP) as proxy:
        assert len((await proxy.json("/-/npm/v1/keys"))["keys"]) == 3
        done = await audit(client, project)
    assert done.ok, done.output
