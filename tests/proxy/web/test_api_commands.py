"""The administrator's commands as programs, against a server that is a program of its own."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from tests.end_to_end.serving import environment, pratique, serving
from tests.fakes.simulator import Simulator

TOKEN = re.compile(r"prq_[0-9A-Za-z]{49}")


class Desk:
    """Somebody who sits at a terminal."""

    def __init__(self, home: Path, url: str, token: str) -> None:
        self.home, self.url = home, url
        self.env = environment(home, PRATIQUE_URL=url, PRATIQUE_TOKEN=token)

    async def says(self, *arguments: str, code: int = 0) -> str:
        done = await pratique(self.home, *arguments, env=self.env)
        assert done.returncode == code, (arguments, done.output)
        assert "Traceback" not in done.output
        return done.output

    async def told(self, *arguments: str) -> Any:
        return json.loads(await self.says(*arguments, "--json"))

    async def fetch(self, version: str) -> int:
        headers = {"User-Agent": "npm/11"}
        async with (
            aiohttp.ClientSession(self.url) as session,
            session.get(f"/leaf/-/leaf-{version}.tgz", headers=headers) as answer,
        ):
            return answer.status


@asynccontextmanager
async def desk(home: Path) -> AsyncIterator[Desk]:
    async with Simulator() as upstream:
        for version, days in (("1.0.0", 400), ("1.1.0", 1)):
            upstream.publish("leaf", version, at=upstream.now - timedelta(days=days))
        async with serving(home, "--upstream", upstream.url) as server:
            found = TOKEN.findall(server.greeting)
            assert len(found) == 1, server.greeting
            async with aiohttp.ClientSession(server.url) as session, session.get("/leaf") as answer:
                assert answer.status == 200
            yield Desk(home, server.url, found[0])
            assert await server.stop() == 0
        async with serving(home) as again:
            assert not TOKEN.search(again.greeting)
            assert await Desk(home, again.url, found[0]).told("token", "list")
    assert found[0] not in (home / "log").read_text()


async def test_decisions(tmp_path: Path) -> None:
    async with desk(tmp_path) as admin:
        assert await admin.fetch("1.1.0") == 403
        assert "leaf@1.1.0 is released" in await admin.says("release", "leaf@1.1.0", "--reason", "read it", "--expires", "7d")
        assert await admin.fetch("1.1.0") == 200
        text = await admin.says("block", "leaf@1.1.0", "--reason", "it steals")
        assert "leaf@1.1.0 is blocked (decision 2)." in text
        assert "One client fetched leaf@1.1.0" in text
        assert await admin.fetch("1.1.0") == 403
        held = await admin.told("hold", "leaf@1.0.0", "--reason", "looking")
        assert (held["decision"]["action"], held["decision"]["expires"]) == ("hold", None)
        assert "(hold of leaf@1.0.0) is withdrawn." in await admin.says("withdraw", "3", "--reason", "fine")
        assert await admin.fetch("1.0.0") == 200
        rows = [line.split("\t") for line in (await admin.says("decisions", "--all")).splitlines()]
        assert [row[:3] for row in rows] == [
            ["3", "hold", "leaf@1.0.0"],
            ["2", "block", "leaf@1.1.0"],
            ["1", "release", "leaf@1.1.0"],
        ]
        assert len((await admin.told("decisions", "--package", "leaf"))["decisions"]) == 2

        lines = await admin.says("exposure", "leaf@1.1.0")
        assert "127.0.0.1" in lines
        found = await admin.told("exposure", "leaf@1.1.0", "--since", "1d")
        assert [each["agent"] for each in found["rows"] if each["how"] == "fetched"] == ["npm/11"]
        assert (await admin.says("exposure", "leaf", "--csv")).startswith("at,how,package,version,")
        assert "Nobody fetched" in await admin.says("exposure", "other")
        whole = await admin.says("exposure", "leaf")
        assert whole.startswith(
            "One client fetched leaf@* or has it installed "
            "(2 versions: fetched 2 times, named by audits 0 times, refused 2 times):\n"
        )
        assert whole.splitlines()[1].split("\t")[::5] == ["127.0.0.1", "1.0.0, 1.1.0"]

        lines = (await admin.says("report")).splitlines()
        assert lines[0] == ("In the last 7 days 1 version was withheld from 1 address without a token; asked for 2 times.")
        assert [line.split("\t")[:3] for line in lines[1:]] == [
            ["leaf@1.1.0", "withheld", "2"],
            ["127.0.0.1 (no token)", "withheld", "1 version"],
        ]
        assert (await admin.told("report", "--since", "1h"))["withheld"]["addresses"] == 1

        assert "are stopped since" in await admin.says("freeze", "--reason", "an incident")
        assert (await admin.told("decisions"))["frozen"]
        assert "admitted again" in await admin.says("thaw", "--reason", "over")
        assert (await admin.told("freeze", "--reason", "again"))["frozen"]
        assert (await admin.told("thaw", "--reason", "over"))["frozen"] is None


async def test_tokens_and_the_log(tmp_path: Path) -> None:
    async with desk(tmp_path) as admin:
        text = await admin.says("token", "create", "--label", "a build", "--role", "ci", "--package", "@acme/*")
        (secret,) = TOKEN.findall(text)
        build = Desk(tmp_path, admin.url, secret)
        assert "may not tokens" in await build.says("token", "list", code=1)
        listed = {each["label"]: each for each in (await admin.told("token", "list"))["tokens"]}
        assert listed["a build"]["packages"] == ["@acme/*"]
        assert "a build" in await admin.says("token", "list")
        rotated = await admin.told("token", "rotate", listed["a build"]["id"])
        assert rotated["secret"] != secret
        assert "revoked or has expired" in await build.says("held", code=1)
        assert "is revoked." in await admin.says("token", "revoke", rotated["token"]["id"], "--reason", "gone")

        shown = await admin.told("log", "show")
        kinds = [each["kind"] for each in shown["entries"]]
        assert len((await admin.says("log", "show")).splitlines()) == len(kinds)
        checkpoint = tmp_path / "checkpoint"
        *exported, told = (await admin.says("log", "export", "--checkpoint", str(checkpoint))).splitlines()
        assert f"{checkpoint}: entry {len(kinds)} of pratique-" in told
        assert [json.loads(line)["kind"] for line in exported] == kinds
        assert f"The log is whole: {len(kinds)} entries and holds the checkpoint." in await admin.says(
            "log", "verify", "--checkpoint", str(checkpoint)
        )
        assert (await admin.told("log", "verify"))["sound"] is True
        checkpoint.write_text(json.dumps({"number": 1, "hash": "0" * 64}))
        assert "is not what it was" in await admin.says("log", "verify", "--checkpoint", str(checkpoint), code=1)
        checkpoint.write_text("{")
        assert "is no checkpoint" in await admin.says("log", "verify", "--checkpoint", str(checkpoint), code=1)
        assert secret not in "\n".join(exported)


async def test_what_cannot_be_done_is_told(tmp_path: Path) -> None:
    async with desk(tmp_path) as admin:
        for code, words, *arguments in (
            (1, "exact version", "release", "leaf@^1", "--reason", "x"),
            (1, "admitted", "release", "leaf@1.0.0", "--reason", "x"),
            (1, "needs a reason", "block", "leaf", "--reason", " "),
            (1, "expires", "block", "leaf", "--reason", "x", "--expires", "soon"),
            (1, "not a version", "block", "leaf@one", "--reason", "x"),
            (1, "pratique decisions", "withdraw", "9", "--reason", "x"),
            (1, "not stopped", "thaw", "--reason", "x"),
            (1, "pratique token list", "token", "rotate", "nobody"),
            (1, "there are reader", "token", "create", "--label", "x", "--role", "root"),
            (1, "no length of time", "exposure", "leaf", "--since", "soon"),
            (2, "cannot be read", "adopt", "package-lock.json"),
            (2, "reason", "block", "leaf"),
        ):
            assert words in await admin.says(*map(str, arguments), code=int(code)), arguments
        for stranger in (Desk(tmp_path, admin.url, ""), Desk(tmp_path, admin.url, "prq_wrong")):
            assert "token" in await stranger.says("block", "leaf", "--reason", "x", code=1)
        nowhere = Desk(tmp_path, "http://127.0.0.1:9", "")
        assert "pratique serve" in await nowhere.says("decisions", code=1)
