"""The one line that npm prints after each install: what is installed and withheld, else what newer waits, until when, and why."""

from __future__ import annotations

import json
from pathlib import Path

from tests.proxy.web.scene import BULK, DAY, Scene, scene


async def notice(stage: Scene, tree: dict[str, list[str]]) -> str | None:
    """Ask about a tree, after each of its packages has been looked at."""
    for name in tree:
        async with stage.proxy.get(f"/{name}"):
            pass
    async with stage.proxy.request("POST", BULK, data=json.dumps(tree).encode()) as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        line: str | None = response.headers.get("npm-notice")
        assert line is None or (line.isascii() and "\n" not in line)
        return line


async def test_a_pinned_version_that_is_withheld_comes_first(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        line = await notice(stage, {"@s/p": ["1.0.0"], "lib": ["1.2.0"]})
        assert line == (
            "pratique withholds this installed version: lib@1.2.0 (until 2026-06-07T12:00Z). "
            f"Why: {stage.proxy.url}/-/pratique/why/lib@1.2.0"
        )


async def test_newer_versions_that_wait_are_told_soonest_first(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        line = await notice(stage, {"lib": ["1.1.0"], "@s/p": ["1.0.0"]})
        assert line is not None
        assert line.startswith(
            "pratique: newer versions of 2 packages wait in quarantine: "
            "@s/p@2.0.0 (until 2026-06-06T12:00Z), lib@1.2.0 (until 2026-06-07T12:00Z)."
        )


async def test_nothing_is_said_where_nothing_waits(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.publish("calm", "1.0.0", 400)
        assert await notice(stage, {"calm": ["1.0.0"]}) is None
        assert await notice(stage, {"lib": []}) is None
        stage.pass_by(7 * DAY)
        assert await notice(stage, {"lib": ["1.2.0"], "@s/p": ["1.0.0"]}) is None


async def test_prereleases_are_no_news_for_those_on_a_stable_version(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.publish("pre", "1.0.0", 400)
        stage.publish("pre", "2.0.0-beta.1", 300, tag="next")
        stage.publish("pre", "2.0.0-beta.2", 1, tag="next")
        assert await notice(stage, {"pre": ["1.0.0"]}) is None
        line = await notice(stage, {"pre": ["2.0.0-beta.1"]})
        assert line is not None
        assert "a newer version waits in quarantine: pre@2.0.0-beta.2" in line


async def test_an_older_waiting_version_is_no_news(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.publish("lts", "2.0.0", 400)
        stage.publish("lts", "1.0.1", 1, tag="lts")
        assert await notice(stage, {"lts": ["2.0.0"]}) is None


async def test_a_broken_old_version_is_no_news(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.publish("odd", "1.0.0", 400)
        stage.publish("odd", "2.0.0", 300)
        stage.upstream.package("odd")["versions"]["2.0.0"]["name"] = "other"
        assert await notice(stage, {"odd": ["1.0.0"]}) is None


async def test_many_are_counted_and_not_listed(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        tree = {}
        for number in range(6):
            stage.publish(f"many{number}", "1.0.0", 400)
            stage.publish(f"many{number}", "1.0.1", 1)
            tree[f"many{number}"] = ["1.0.1"]
        line = await notice(stage, tree)
        assert line is not None
        assert "these 6 installed versions" in line
        assert "and 3 more" in line


async def test_npm_ci_gets_the_notice_with_the_packument_and_keeps_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.get("/lib", npm_command="ci") as response:
            assert response.headers["Cache-Control"] == "no-store"
            assert "lib@1.2.0 (until 2026-06-07T12:00Z)" in response.headers["npm-notice"]
        async with stage.proxy.get("/lib", npm_command="install") as response:
            assert response.headers["Cache-Control"] == "public, max-age=60"
            assert "npm-notice" not in response.headers
        stage.publish("calm", "1.0.0", 400)
        async with stage.proxy.get("/calm", npm_command="ci") as response:
            assert response.headers["Cache-Control"] == "public, max-age=60"
            assert "npm-notice" not in response.headers
