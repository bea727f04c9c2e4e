"""Package managers with tokens of two audiences before one proxy, and the commands that tell and decide for one of them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.choices import prints
from tests.end_to_end.clients.client import Client
from tests.end_to_end.clients.fixtures import each_client
from tests.end_to_end.clients.project import forget_modules, write_project
from tests.end_to_end.serving import environment, pratique, serving
from tests.end_to_end.world import World
from tests.fakes.simulator import Simulator
from tests.proxy.web.api import credential

TOKEN = re.compile(r"prq_[0-9A-Za-z]{49}")
AUDIENCES = [
    {"name": "research", "quarantine": {"hold": "2d", "new_package_hold": "2d"}},
    {"name": "bank", "quarantine": {"hold": "30d", "new_package_hold": "30d"}},
]


def published(world: World) -> None:
    for version, days in (("1.0.0", 400), ("1.1.0", 40), ("1.2.0", 10), ("1.3.0", 3), ("1.4.0", 1)):
        world.publish("leaf", version, days=days)


@pytest.mark.parametrize("client", each_client("npm11", "pnpm10", "pnpm12", "bun"), indirect=True)
async def test_each_audience_installs_its_own_latest(client: Client, world: World, tmp_path: Path) -> None:
    published(world)
    async with world.proxy(audiences=AUDIENCES) as proxy:
        expected = {"bank": "1.1.0", None: "1.2.0", "research": "1.3.0"}
        # One cache for all of them; bun alone takes no heed of whose token an answer was for.
        for number, (audience, version) in enumerate((*expected.items(), *reversed(expected.items()))):
            token = (await credential(proxy, "ci", audience=audience)).token
            project = write_project(tmp_path / f"project-{number}")
            done = await client.install(project, world.url, add=["leaf"], token=token, fresh_cache=client.name == "bun")
            assert done.ok, done.output
            assert client.installed(project) == {"leaf": version}, audience
            assert (token or "") not in done.output


@pytest.mark.parametrize("client", each_client("npm11", "pnpm12"), indirect=True)
async def test_a_lockfile_of_the_less_strict_stops_the_stricter(client: Client, world: World, tmp_path: Path) -> None:
    published(world)
    project = write_project(tmp_path / "project", {"leaf": "^1.0.0"})
    async with world.proxy(audiences=AUDIENCES) as proxy:
        tokens = {name: (await credential(proxy, "ci", audience=name)).token for name in ("bank", "research")}
        assert (await client.install(project, world.url, token=tokens["research"])).ok
        assert client.installed(project) == {"leaf": "1.3.0"}
        forget_modules(project)
        done = await client.install(project, world.url, frozen=True, token=tokens["bank"])
        assert not done.ok
        assert prints(done, "403"), done.output
        assert prints(done, "1.3.0"), done.output


async def test_the_commands(tmp_path: Path) -> None:
    config = tmp_path / "pratique.toml"
    config.write_text(
        "".join(
            f'[[audiences]]\nname = "{each["name"]}"\nquarantine.hold = "{each["quarantine"]["hold"]}"\n' for each in AUDIENCES
        )
    )
    async with Simulator() as upstream:
        for version, days in (("1.0.0", 400), ("1.1.0", 10), ("1.2.0", 3)):
            upstream.publish("leaf", version, at=upstream.now - timedelta(days=days))
        async with serving(tmp_path, "--config", str(config), "--upstream", upstream.url) as server:
            env = environment(tmp_path, PRATIQUE_URL=server.url, PRATIQUE_TOKEN=TOKEN.findall(server.greeting)[0])

            async def says(*arguments: str, code: int = 0) -> str:
                done = await pratique(tmp_path, *arguments, env=env)
                assert done.returncode == code, (arguments, done.output)
                return done.output

            async def told(*arguments: str) -> Any:
                return json.loads(await says(*arguments, "--json"))

            await says("show", "leaf@1.0.0")
            rows = [line.split("\t")[:-1] for line in (await says("held", "--audience", "bank")).splitlines()]
            assert [row[:2] for row in rows] == [["leaf@1.1.0", "bank"], ["leaf@1.2.0", "bank"]]
            assert [line.split("\t")[0] for line in (await says("held")).splitlines()] == ["leaf@1.2.0"]
            assert await says("held", "--audience", "everyone") != await says("held", "--audience", "bank")
            assert await says("held", "--audience", "research") == "Nothing is held for research.\n"
            assert (await told("held", "--audience", "bank", "--package", "leaf"))["audience"] == "bank"
            assert "there is research, bank" in await says("held", "--audience", "nobody", code=1)

            assert (await says("show", "leaf@1.1.0")).startswith("leaf@1.1.0 is admitted\n")
            shown = (await says("show", "leaf@1.1.0", "--audience", "bank")).splitlines()[0]
            assert shown.startswith("leaf@1.1.0 is withheld until 20")
            assert shown.endswith("Z for bank")
            assert (await says("why", "leaf@1.1.0", "--audience", "bank")).startswith("For bank:\nleaf@1.1.0 is withheld until")
            assert "leaf@1.1.0 is admitted" in await says("why", "leaf@1.1.0", "--audience", "research")
            assert (await told("why", "leaf", "--audience", "bank"))["total"] == 2

            refused = await says("release", "leaf@1.1.0", "--reason", "read", code=1)
            assert "it is held for bank: --audience bank" in refused
            refused = await says("release", "leaf@1.2.0", "--reason", "read", "--audience", "research", code=1)
            assert "held for everyone" in refused
            done = await says("release", "leaf@1.1.0", "--reason", "read", "--audience", "bank")
            assert done == "leaf@1.1.0 for bank is released (decision 1).\n"
            assert "leaf@1.1.0" not in await says("held", "--audience", "bank")
            assert (await says("decisions")).split("\t")[:3] == ["1", "release", "leaf@1.1.0 for bank"]
            assert "(release of leaf@1.1.0 for bank) is withdrawn" in await says("withdraw", "1", "--reason", "x")
            assert "leave it out" in await says("block", "leaf", "--reason", "x", "--audience", "everyone", code=1)

            made = await told("token", "create", "--label", "the lab", "--role", "ci", "--audience", "research")
            assert made["token"]["audience"] == "research"
            assert "research" in await says("token", "list")
            env["PRATIQUE_TOKEN"] = made["secret"]
            assert await says("held") == "Nothing is held.\n"
            assert await server.stop() == 0

        config.write_text("")
        async with serving(tmp_path, "--config", str(config)) as server:
            env |= {"PRATIQUE_URL": server.url}
            assert '[[audiences]] name = "research"' in await says("held", code=1)
        assert "unknown-audience" in (tmp_path / "log").read_text()
        assert made["secret"] not in (tmp_path / "log").read_text()
