"""Lockfiles that pin other bytes than are served: npm, which says what it has pinned, hears at once what to do."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.proxy import running_proxy
from tests.proxy.web.scene import Scene
from tests.proxy.web.stripped import stripping, tarball_of

PATH = tarball_of("runs", "1.0.0")


async def digests(stage: Scene) -> tuple[str, str]:
    """The upstream's integrity and ours."""
    theirs = stage.upstream.package("runs")["versions"]["1.0.0"]["dist"]["integrity"]
    return theirs, (await stage.proxy.json("/runs/1.0.0"))["dist"]["integrity"]


async def ask(stage: Scene, integrity: str | None, method: str = "GET") -> tuple[int, str]:
    """Status and error."""
    headers: dict[str, Any] = {"pacote_integrity": integrity} if integrity else {}
    async with stage.proxy.request(method, PATH, Accept_Encoding="gzip", **headers) as response:
        body = await response.read()
        return response.status, response.reason if response.status == 403 else body[:2].hex()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_pin_of_the_upstreams_bytes_is_refused_where_they_are_stripped(tmp_path: Path, method: str) -> None:
    async with stripping(tmp_path) as stage:
        theirs, ours = await digests(stage)
        assert await ask(stage, theirs, method) == (403, "runs@1.0.0 pinned with other bytes: pratique relock")
        assert (await ask(stage, ours, method))[0] == 200


async def test_a_pin_of_stripped_bytes_is_refused_where_they_no_longer_are(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        theirs, ours = await digests(stage)
        async with running_proxy(stage.upstream.url, tmp_path, stage.clock, scripts={"mode": "flag"}) as later:
            stage.proxy = later
            for _ in range(3):
                assert (await ask(stage, ours))[0] == 403
                assert (await ask(stage, theirs))[0] == 200
                assert (await ask(stage, None))[0] == 200


async def test_the_answer_says_why_and_what_to_do(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        theirs, _ = await digests(stage)
        async with stage.proxy.get(PATH, pacote_integrity=theirs) as response:
            body = await response.json()
            assert response.headers["Cache-Control"] == "no-store"
            assert "pratique relock package-lock.json" in response.headers["npm-notice"]
        assert "pratique relock package-lock.json" in body["error"]
        assert body["error"].startswith("runs@1.0.0: your lockfile pins")
        assert body["code"] == "withheld"
        assert [each["rule"] for each in body["findings"]] == ["integrity-pinned"]


async def test_no_answer_at_hand_gets_past_it(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        theirs, ours = await digests(stage)
        hits = stage.proxy.built.services.hot.hits
        for _ in range(4):
            assert (await ask(stage, None))[0] == 200
            assert (await ask(stage, ours))[0] == 200
            assert (await ask(stage, theirs))[0] == 403
        # And yet there is one, for everybody else.
        assert stage.proxy.built.services.hot.hits - hits >= 6


async def test_nor_one_that_says_that_nothing_changed(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        theirs, ours = await digests(stage)
        for _ in range(3):
            async with stage.proxy.get(PATH, If_None_Match=f'"{ours}"', pacote_integrity=theirs) as response:
                assert response.status == 403
            async with stage.proxy.get(PATH, If_None_Match=f'"{ours}"', pacote_integrity=ours) as response:
                assert response.status == 304


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{theirs} {ours}", 200),
        ("{theirs}?vnd.x=1", 403),
        ("sha512-AAAA", 200),
        ("sha1-AAAA {theirs}", 403),
        ("{sha1}", 403),
        ("", 200),
        ("nonsense {{", 200),
    ],
)
async def test_what_can_be_met_and_what_nobody_knows_is_served(tmp_path: Path, header: str, status: int) -> None:
    async with stripping(tmp_path) as stage:
        theirs, ours = await digests(stage)
        shasum = stage.upstream.package("runs")["versions"]["1.0.0"]["dist"]["shasum"]
        sha1 = "sha1-" + base64.b64encode(bytes.fromhex(shasum)).decode()
        text = header.format(theirs=theirs, ours=ours, sha1=sha1)
        async with stage.proxy.get(PATH, pacote_integrity=text) as response:
            assert response.status == status


async def test_what_was_never_rewritten_is_nobodys_business(tmp_path: Path) -> None:
    path = tarball_of("plain", "1.0.0")
    async with stripping(tmp_path) as stage, stage.proxy.get(path, pacote_integrity="sha512-AAAA") as response:
        assert response.status == 200


async def test_it_is_recorded_as_withheld(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        theirs, _ = await digests(stage)
        await ask(stage, theirs)
        await stage.proxy.built.records.flush()
        outcomes = [each.outcome for each in await stage.proxy.built.records.who("runs") if each.kind == "tarball"]
        assert outcomes == ["withheld"]
