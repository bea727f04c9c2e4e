"""A token for some packages hears of no others: not in lists, not in notices, not in searches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import BULK, Scene, scene

TREE = {"lib": ["1.1.0"], "@s/p": ["1.0.0"], "fresh": ["0.1.0"]}


@asynccontextmanager
async def limited(data_dir: Path) -> AsyncIterator[tuple[Scene, Caller, Caller]]:
    """Somebody who may review all, and somebody for `@s/*`; everything has been seen once, and something was decided."""
    async with scene(data_dir) as stage:
        boss = await credential(stage.proxy, "admin")
        scoped = await credential(stage.proxy, "reviewer", packages=("@s/*",))
        for path in ("/lib", "/@s%2fp", "/fresh"):
            await boss.ask("GET", path)
        for subject in ("lib@1.0.0", "@s/p@1.0.0"):
            assert (await boss.decide("hold", subject)).status == 201
        yield stage, boss, scoped


async def test_lists_leave_the_others_out(tmp_path: Path) -> None:
    async with limited(tmp_path) as (_, boss, scoped):
        assert {each["package"] for each in (await boss.get("held"))["held"]} == {"lib", "@s/p", "fresh"}
        told = await scoped.get("held")
        assert {each["package"] for each in told["held"]} == {"@s/p"}
        assert told["total"] == len(told["held"]) == 2
        for query in ("", "?all=true"):
            told = await scoped.get(f"decisions{query}")
            assert ([each["subject"] for each in told["decisions"]], told["total"]) == (["@s/p@1.0.0"], 1)
        assert (await boss.get("decisions"))["total"] == 2


@pytest.mark.parametrize(
    "path",
    [
        f"{V1}/held?package={{}}",
        f"{V1}/held?package={{}}&audience=everyone",
        f"{V1}/packages/{{}}/versions/1.0.0",
        f"{V1}/decisions?package={{}}",
        f"{V1}/exposure?subject={{}}",
        "/-/pratique/why/{}",
        "/-/pratique/why/{}@1.0.0",
        "/{}",
        "/{}/1.0.0",
        "/-/package/{}/dist-tags",
        "/-/npm/v1/attestations/{}@1.0.0",
    ],
)
async def test_what_names_another_is_refused(tmp_path: Path, path: str) -> None:
    async with limited(tmp_path) as (_, _boss, scoped):
        answer = await scoped.ask("GET", path.format("lib"))
        assert (answer.status, answer.body["code"]) == (403, "not-permitted"), answer
        own = await scoped.ask("GET", path.format("@s%2fp"))
        assert own.status == 200 or own.body["code"] == "withheld", own


async def test_the_notice_of_an_audit_names_no_others(tmp_path: Path) -> None:
    async with limited(tmp_path) as (_, boss, scoped):
        everything = (await boss.ask("POST", BULK, TREE)).headers["npm-notice"]
        assert all(name in everything for name in ("fresh@0.1.0", "@s/p@1.0.0"))
        notice = (await scoped.ask("POST", BULK, TREE)).headers["npm-notice"]
        assert "@s/p@1.0.0" in notice
        assert "fresh" not in notice
        assert "lib" not in notice
        assert "npm-notice" not in (await scoped.ask("POST", BULK, {"lib": ["1.0.0"]})).headers


async def test_a_search_finds_no_others(tmp_path: Path) -> None:
    async with limited(tmp_path) as (stage, boss, scoped):
        stage.publish("@s/old", "1.0.0", 400)
        for text, expected in (("lib", []), ("p", ["@s/p"]), ("old", ["@s/old"])):
            found = (await scoped.ask("GET", f"/-/v1/search?text={text}")).body["objects"]
            names = [hit["package"]["name"] for hit in found]
            assert [name for name in names if not name.startswith("@s/")] == []
            assert set(expected) - {"@s/p"} <= set(names)
        assert (await boss.ask("GET", "/-/v1/search?text=lib")).body["objects"]


async def test_the_report_counts_no_others(tmp_path: Path) -> None:
    async with limited(tmp_path) as (stage, boss, scoped):
        for path in ("/lib/1.2.0", "/fresh/0.1.0", "/@s%2fp/2.0.0"):
            assert await Caller(stage.proxy).status("GET", path) == 403
        assert {each["package"] for each in (await boss.get("report"))["rows"]} == {"lib", "fresh", "@s/p"}
        told = await scoped.get("report")
        assert [each["package"] for each in told["rows"]] == ["@s/p"]
        assert (told["versions"], told["requests"]) == (1, 1)
        assert sum(each["count"] for each in told["who"]) == 1
