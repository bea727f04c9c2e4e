"""What a developer sees when something is withheld: said in three places, since each client prints another one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.proxy.web.raw import exchange
from tests.proxy.web.scene import DAY, scene

UNTIL = "2026-06-07T12:00Z"


@pytest.mark.parametrize("path", ["/lib/1.2.0", "/lib/-/lib-1.2.0.tgz", "/-/npm/v1/attestations/lib@1.2.0"])
async def test_a_withheld_version(tmp_path: Path, path: str) -> None:
    async with scene(tmp_path, server={"contact": "#packages"}) as stage, stage.proxy.get(path) as response:
        more = f"{stage.proxy.url}/-/pratique/why/lib@1.2.0"
        assert response.status == 403
        assert response.reason == f"lib@1.2.0 withheld until {UNTIL}"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Type"] == "application/json"
        assert not {"ETag", "Last-Modified"} & set(response.headers)
        notice = response.headers["npm-notice"]
        for part in ("lib@1.2.0", "Newest version you can have: lib@1.1.0.", "ask #packages", more):
            assert part in notice
        assert notice.isascii()
        body = await response.json()
        assert list(body) == ["error", "code", "package", "version", "findings", "until", "more"]
        assert body["error"].startswith(f"lib@1.2.0 is withheld until {UNTIL}: published 2026-05-31T12:00Z, held for 7d")
        assert "\n" not in body["error"]
        assert body["error"].endswith(more)
        assert (body["code"], body["package"], body["version"]) == ("withheld", "lib", "1.2.0")
        assert (body["until"], body["more"]) == (UNTIL, more)
        reason = "published 2026-05-31T12:00Z, held for 7d"
        assert body["findings"] == [{"rule": "age", "reason": reason, "effect": "hold", "until": UNTIL}]


@pytest.mark.parametrize(
    "path", ["/fresh", "/fresh/latest", "/fresh/0.1.0", "/-/package/fresh/dist-tags", "/fresh/-/fresh-0.1.0.tgz"]
)
async def test_a_package_of_which_nothing_is_admitted_is_withheld_and_not_missing(tmp_path: Path, path: str) -> None:
    async with scene(tmp_path) as stage, stage.proxy.get(path) as response:
        body = await response.json()
        assert response.status == 403
        assert body["package"] == "fresh"
        assert body["until"] == "2026-06-12T12:00Z"
        assert "new-package" in [finding["rule"] for finding in body["findings"]]
        assert "Newest version" not in response.headers["npm-notice"]


async def test_the_whole_package_names_no_version(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage, stage.proxy.get("/fresh") as response:
        body = await response.json()
        assert response.reason == "fresh withheld until 2026-06-12T12:00Z"
        assert body["version"] is None
        assert body["more"] == f"{stage.proxy.url}/-/pratique/why/fresh"
        assert "its only version is withheld, 0.1.0 until 2026-06-12T12:00Z" in body["error"]


async def test_a_verdict_without_a_date_names_none(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        del stage.upstream.package("lib")["versions"]["1.0.0"]["dist"]["integrity"]
        del stage.upstream.package("lib")["versions"]["1.0.0"]["dist"]["shasum"]
        async with stage.proxy.get("/lib/1.0.0") as response:
            body = await response.json()
            assert response.reason == "lib@1.0.0 withheld"
            assert body["until"] is None
            (finding,) = body["findings"]
            assert finding["rule"] == "unknown-fact"
            assert "not known: a digest of its bytes" in finding["reason"]
            assert finding["until"] is None


async def test_the_date_is_never_too_early(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.publish("lib", "1.3.0", at=stage.clock.now() - 7 * DAY + timedelta(seconds=90))
        async with stage.proxy.get("/lib/1.3.0") as response:
            assert (await response.json())["until"] == "2026-06-01T12:02Z"
        stage.pass_by(timedelta(minutes=2))
        async with stage.proxy.get("/lib/1.3.0") as response:
            assert response.status == 200


@pytest.mark.parametrize("target", ["1.0.0\r\nSet-Cookie: a=b", "é", "x" * 5000, "\x7f", "1 2"])
async def test_a_tag_that_the_upstream_points_at_nonsense_stays_a_short_ascii_answer(tmp_path: Path, target: str) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.package("lib")["dist-tags"]["next"] = target
        stage.upstream.package("lib")["versions"][target] = {"name": "lib", "version": target, "dist": {}}
        reply = await exchange(stage.proxy.url, b"/lib/next")
        assert reply.status in {403, 404}
        assert "set-cookie" not in reply.headers
        assert len(reply.reason) < 300
        assert reply.reason.isascii()
        assert await stage.proxy.json("/-/package/lib/dist-tags") == {"latest": "1.1.0"}


async def test_a_long_name_keeps_the_status_line_short(tmp_path: Path) -> None:
    name = "@" + "s" * 100 + "/" + "p" * 100
    async with scene(tmp_path) as stage:
        stage.publish(name, "1.0.0", 1)
        reply = await exchange(stage.proxy.url, f"/{name}/1.0.0".encode())
        assert reply.status == 403
        assert len(reply.reason) < 170
        assert len(reply.headers["npm-notice"]) <= 900


async def test_the_page_that_explains_is_there_for_people_programs_and_terminals(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for subject in ("lib@1.2.0", "@s%2fp@2.0.0", "@s/p@2.0.0", "fresh"):
            for accept, kind in (("text/html", "text/html"), ("application/json", "application/json"), ("*/*", "text/plain")):
                async with stage.proxy.get(f"/-/pratique/why/{subject}", Accept=accept) as response:
                    assert response.status == 200
                    assert response.content_type == kind
                    assert "withheld until" in await response.text()


async def test_what_upstream_wrote_is_text_on_that_page(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.package("lib")["versions"]["1.2.0"]["name"] = "<script>alert(1)</script>"
        async with stage.proxy.get("/-/pratique/why/lib@1.2.0", Accept="text/html") as response:
            page = await response.text()
            assert "&lt;script&gt;" in page
            assert "<script" not in page


async def test_bytes_that_are_not_the_promised_ones_are_refused_with_all_that_is_to_be_said(tmp_path: Path) -> None:
    async with scene(tmp_path, quarantine={"enforce": "observe"}) as stage:
        stage.upstream.replace_bytes("lib", "1.2.0", b"not what was promised")
        answers = []
        for _ in range(2):
            async with stage.proxy.get("/lib/-/lib-1.2.0.tgz") as response:
                assert response.status == 403
                answers.append((response.reason, await response.json()))
        first, second = answers
        assert first == second
        assert {each["rule"] for each in first[1]["findings"]} == {"integrity", "age"}
