"""The first week as docs/adopt.md has it: observed, adopted, reported, enforced; nothing that was pinned breaks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.old_host import OldHost
from tests.end_to_end.serving import environment, pratique
from tests.end_to_end.world import World
from tests.fakes.proxy import Proxy
from tests.proxy.web.api import Caller, credential

ACCESS = {"anonymous": False}


async def says(home: Path, proxy: Proxy, who: Caller, *arguments: str | Path) -> str:
    env = environment(home, PRATIQUE_URL=proxy.url, PRATIQUE_TOKEN=who.token or "")
    done = await pratique(home, *arguments, env=env)
    assert done.ok, done.output
    return done.output


@pytest.mark.parametrize("client", each_client("npm11"), indirect=True)
async def test_from_the_old_registry_to_a_hold(client: Client, world: World, tmp_path: Path) -> None:
    world.publish("leaf", "1.1.0", days=30)
    world.publish("leaf", "1.2.0", days=1)
    world.publish("@acme/tree", "2.0.0", days=2, dependencies={"leaf": "^1.0.0"})
    project = write_project(tmp_path / "project", {"@acme/tree": "^2.0.0"})
    async with OldHost(world.upstream) as old:
        done = await client.install(project, old.url)
        assert done.ok, done.output
        here = [f"--replace-registry-host={old.url}"]
    forget_modules(project)

    async with world.proxy(access=ACCESS, quarantine={"enforce": "observe"}) as proxy:
        reviewer = await credential(proxy, "reviewer", label="desk")
        shop, till = await credential(proxy, "ci", label="shop-ci"), await credential(proxy, "ci", label="till-ci")
        for build in (shop, till):
            forget_modules(project)
            done = await client.install(project, world.url, frozen=True, token=build.token, extra_args=here)
            assert done.ok, done.output
        lines = (await says(tmp_path, proxy, reviewer, "report", "--since", "7d")).splitlines()
        assert lines[0] == (
            "In the last 7 days these 2 versions would have been withheld from these 2 credentials; asked for 4 times."
        )
        cells = [line.split("\t") for line in lines[1:]]
        assert {(each[0], each[1], each[2]) for each in cells} == {
            ("@acme/tree@2.0.0", "would be withheld", "2"),
            ("leaf@1.2.0", "would be withheld", "2"),
            ("shop-ci", "would be withheld", "2 versions"),
            ("till-ci", "would be withheld", "2 versions"),
        }
        told = json.loads(await says(tmp_path, proxy, reviewer, "report", "--json"))
        assert (told["would_withhold"]["versions"], told["would_withhold"]["credentials"]) == (2, 2)

        adopted = await says(tmp_path, proxy, reviewer, "adopt", client.lockfile(project), "--reason", "day 1")
        assert "2 versions adopted, 0 were already" in adopted
        exposed = await says(tmp_path, proxy, reviewer, "exposure", "leaf@1.2.0")
        assert exposed.startswith(
            "2 clients fetched leaf@1.2.0 or have it installed "
            "(1 version: fetched 2 times, named by audits 2 times, refused 0 times):"
        )

    world.publish("leaf", "1.3.0", days=0)
    world.advance(minutes=10)
    async with world.proxy(access=ACCESS) as proxy:
        forget_modules(project)
        done = await client.install(project, world.url, frozen=True, token=shop.token, extra_args=here)
        assert done.ok, done.output
        assert client.installed(project) == {"@acme/tree": "2.0.0", "leaf": "1.2.0"}
        done = await client.install(project, world.url, add=["leaf@1.3.0"], token=shop.token, extra_args=here)
        assert not done.ok
        assert "pratique withholds leaf@1.3.0" in done.output, done.output
        report = await says(tmp_path, proxy, Caller(proxy, reviewer.token), "report", "--since", "1d")
        assert "would have been withheld from these 2 credentials" in report


async def test_the_configurations_of_the_page_are_fine(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "adopt.md").read_text()
    found = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(found) > 2
    for number, text in enumerate(found):
        file = tmp_path / f"{number}.toml"
        file.write_text(text)
        done = await pratique(tmp_path, "config", "check", "--config", file, env=environment(tmp_path, ACME_NPM_TOKEN="t" * 40))
        assert done.ok, (text, done.output)
        assert "error" not in done.output
