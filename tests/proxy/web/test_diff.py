"""`GET v1/packages/{name}/diff`: the bytes of two versions, side by side, withheld ones too."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import Scene, scene

EVIL = {"scripts": {"postinstall": "node \x1b[2Jsteal.js"}}


def publish(stage: Scene) -> None:
    stage.publish("tool", "1.0.0", 400, files={"index.js": "module.exports = 1\n"})
    stage.publish("tool", "1.1.0", 1, manifest=EVIL, files={"index.js": "module.exports = 2\n", "steal.js": "steal()\n"})


async def asked(who: Caller, name: str = "tool", **query: str) -> Any:
    answer = await who.ask("GET", f"{V1}/packages/{name}/diff?{urlencode(query)}")
    assert answer.status == 200, answer
    return answer.body


async def test_a_withheld_version_is_compared_with_the_one_before_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        publish(stage)
        found = await asked(Caller(stage.proxy), new="1.1.0")
        dist = stage.upstream.package("tool")["versions"]["1.1.0"]["dist"]
        assert found["new"] == {"version": "1.1.0", "integrity": dist["integrity"], "removed": None, "withheld": True}
        assert (found["old"]["version"], found["old"]["withheld"], found["bytes"]) == ("1.0.0", False, "served")
        assert found["diff"]["fields"][0] == {
            "field": "scripts",
            "key": "postinstall",
            "old": None,
            "new": "node <U+001B>[2Jsteal.js",
            "inside": "",
            "runs": True,
        }
        files = {each["path"]: each for each in found["diff"]["files"]}
        assert list(files) == ["package.json", "index.js", "steal.js"]
        assert files["index.js"]["hunks"][0]["lines"] == ["-module.exports = 1", "+module.exports = 2"]
        # Nobody got it by that.
        assert await Caller(stage.proxy).status("GET", "/tool/-/tool-1.1.0.tgz") == 403


async def test_the_other_way_round_and_one_file_alone(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        publish(stage)
        found = await asked(Caller(stage.proxy), new="1.0.0", old="1.1.0", file="index.js", bytes="upstream")
        assert [each["path"] for each in found["diff"]["files"]] == ["index.js"]
        assert (found["diff"]["removed"], found["bytes"]) == (1, "upstream")


async def test_a_version_that_has_none_before_it_is_compared_with_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        publish(stage)
        found = await asked(Caller(stage.proxy), new="1.0.0")
        assert found["old"] is None
        assert {each["change"] for each in found["diff"]["files"]} == {"added"}


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("", 400, "new is missing"),
        ("new=1/0", 400, "not a version"),
        ("new=1.1.0&old=a b", 400, "not a version"),
        ("new=9.9.9", 404, "no version 9.9.9"),
        ("new=1.1.0&old=9.9.9", 404, "no version 9.9.9"),
        ("new=1.1.0&bytes=other", 400, "served or upstream"),
    ],
)
async def test_what_cannot_be_compared(tmp_path: Path, query: str, status: int, words: str) -> None:
    async with scene(tmp_path) as stage:
        publish(stage)
        answer = await Caller(stage.proxy).ask("GET", f"{V1}/packages/tool/diff?{query.replace(' ', '%20')}")
        assert answer.status == status, answer
        assert words in answer.body["error"]


async def test_bytes_that_are_no_archive_or_not_the_promised_ones(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        publish(stage)
        stage.publish("junk", "1.0.0", 400, tarball=b"no archive")
        answer = await Caller(stage.proxy).ask("GET", f"{V1}/packages/junk/diff?new=1.0.0")
        assert (answer.status, answer.body["code"]) == (502, "bad-archive")
        assert "the new archive cannot be read" in answer.body["error"]


async def test_a_token_for_other_packages_sees_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path, access={"anonymous": False}) as stage:
        publish(stage)
        limited = await credential(stage.proxy, "ci", packages=("@s/*",))
        assert await limited.status("GET", f"{V1}/packages/tool/diff?new=1.1.0") == 403
        assert await Caller(stage.proxy).status("GET", f"{V1}/packages/tool/diff?new=1.1.0") == 401
