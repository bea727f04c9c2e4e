"""The other commands as programs, against a server that runs and against its data folder."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.end_to_end.serving import Server, environment, pratique, serving
from tests.fakes.simulator import Simulator

STAMP = r"20\d\d-\d\d-\d\dT\d\d:\d\dZ"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """It has served `leaf` and `@acme/leaf` 1.0.0, and holds 1.1.0 of both."""
    async with Simulator() as upstream:
        now = upstream.now
        for name in ("leaf", "@acme/leaf"):
            upstream.publish(name, "1.0.0", at=now - timedelta(days=400))
            upstream.publish(name, "1.1.0", at=now - timedelta(days=1))
        async with serving(tmp_path, "--upstream", upstream.url) as running:
            async with aiohttp.ClientSession(running.url) as session:
                for path in ("/leaf", "/@acme/leaf", "/leaf/-/leaf-1.0.0.tgz", "/@acme/leaf/-/leaf-1.0.0.tgz"):
                    async with session.get(path) as response:
                        assert response.status == 200
            yield running


@pytest.fixture
def asking(tmp_path: Path, server: Server) -> dict[str, str]:
    """The environment of somebody who told the commands once where the server is."""
    return environment(tmp_path, PRATIQUE_URL=f"{server.url}/")


async def printed(home: Path, *arguments: str | Path, env: dict[str, str] | None = None) -> str:
    """What a command that succeeds prints."""
    done = await pratique(home, *arguments, env=env)
    assert done.ok, done.output
    return done.output


async def told(home: Path, *arguments: str | Path, env: dict[str, str] | None = None) -> Any:
    """The same with --json, read."""
    return json.loads(await printed(home, *arguments, "--json", env=env))


async def test_held(tmp_path: Path, asking: dict[str, str]) -> None:
    lines = (await printed(tmp_path, "held", env=asking)).splitlines()
    # A line a version, for pipes; a terminal gets a table.
    assert [line.split("\t")[0] for line in lines] == ["@acme/leaf@1.1.0", "leaf@1.1.0"]
    assert all(re.search(rf"{STAMP}.*published {STAMP}, held for 7d", line) for line in lines), lines

    answer = await told(tmp_path, "held", "--package", "@acme/leaf", env=asking)
    assert [(row["package"], row["version"], row["verdict"]) for row in answer["held"]] == [("@acme/leaf", "1.1.0", "withheld")]
    assert answer["alarms"] == []
    assert "Nothing is held." in await printed(tmp_path, "held", "--package", "other", env=asking)


async def test_show(tmp_path: Path, asking: dict[str, str]) -> None:
    text = await printed(tmp_path, "show", "@acme/leaf@1.1.0", env=asking)
    assert re.match(rf"@acme/leaf@1\.1\.0 is withheld until {STAMP}\n", text), text
    assert "age (hold): published" in text
    assert "digests: sha" in text

    answer = await told(tmp_path, "show", "leaf@1.0.0", env=asking)
    assert (answer["verdict"], answer["findings"], answer["served_instead"]) == ("admitted", [], "1.0.0")

    done = await pratique(tmp_path, "show", "leaf@9.9.9", env=asking)
    assert (done.returncode, done.output) == (1, "pratique: leaf has no version 9.9.9 that the upstream lists\n")


async def test_why(tmp_path: Path, asking: dict[str, str]) -> None:
    text = await printed(tmp_path, "why", "leaf@1.1.0", env=asking)
    assert re.match(rf"leaf@1\.1\.0 is withheld until {STAMP}\.\n", text), text
    assert "The newest version that can be had is leaf@1.0.0." in text
    assert "leaf@1.0.0 is admitted: it can be installed." in await printed(tmp_path, "why", "leaf@1.0.0", env=asking)

    answer = await told(tmp_path, "why", "@acme/leaf@1.1.0", env=asking)
    assert answer["verdict"] == "withheld"
    assert answer["words"][0].startswith("@acme/leaf@1.1.0 is withheld until ")


async def test_commands_that_cannot_ask_say_what_to_do(tmp_path: Path) -> None:
    nowhere = environment(tmp_path, PRATIQUE_URL="http://127.0.0.1:9")
    done = await pratique(tmp_path, "held", env=nowhere)
    assert (done.returncode, "start it with `pratique serve`" in done.output) == (1, True), done.output
    done = await pratique(tmp_path, "show", "no version here", env=nowhere)
    assert done.returncode == 2
    assert "Traceback" not in done.output


async def test_config(tmp_path: Path) -> None:
    file = tmp_path / "pratique.toml"
    file.write_text('[quarantine]\nhold = "3d"\n')
    assert await printed(tmp_path, "config", "check", "--config", file) == "The configuration is fine.\n"
    assert await told(tmp_path, "config", "check", "--config", file) == {"problems": []}
    answer = await told(tmp_path, "config", "show", "--config", file, env=environment(tmp_path, PRATIQUE_SERVER__PORT="4999"))
    assert (answer["settings"]["quarantine.hold"], answer["settings"]["server.port"]) == ("3d", 4999)
    shown = await printed(tmp_path, "config", "show", "--config", file)
    assert re.search(rf"quarantine\.hold +3d +\S*{file.name}", shown), shown

    file.write_text('[quarantine]\nholds = "3d"\n')
    done = await pratique(tmp_path, "config", "check", "--config", file)
    assert done.returncode == 2
    assert "quarantine.holds" in done.output
    assert "Traceback" not in done.output


async def test_cache(tmp_path: Path, server: Server) -> None:
    """On the files of a server that runs; damage is found, removed, and mended at the next request."""
    data = tmp_path / "data"
    sound = await told(tmp_path, "cache", "verify", "--data-dir", data)
    assert (sound["blobs"], sound["damaged"]) == (4, [])
    assert sound["bytes"] > 0
    tarball = next(path for path in (data / "blobs" / "tarballs").rglob("*") if path.is_file())
    tarball.write_bytes(tarball.read_bytes()[::-1])
    done = await pratique(tmp_path, "cache", "verify", "--data-dir", data)
    assert done.returncode == 1
    assert "1 damaged and removed" in done.output, done.output
    assert "4 blobs" in done.output
    assert "3 blobs" in await printed(tmp_path, "cache", "verify", "--data-dir", data)

    left = await told(tmp_path, "cache", "prune", "--data-dir", data, "--to", "0")
    assert (left["removed"], left["left"]) == (3, 0)
    assert "0 blobs removed" in await printed(tmp_path, "cache", "prune", "--data-dir", data, "--to", "1GiB")
    async with aiohttp.ClientSession(server.url) as session, session.get("/leaf/-/leaf-1.0.0.tgz") as response:
        assert response.status == 200
        assert len(await response.read()) > 0
