"""ETags, 304 and freshness: about what is served now, never about what was served before a verdict changed."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.proxy.web.scene import ABBREVIATED, DAY, scene


def max_age(header: str) -> int:
    """The seconds in a Cache-Control."""
    found = re.fullmatch(r"public, max-age=(\d+)", header)
    assert found is not None, header
    return int(found[1])


async def test_each_variant_has_a_tag_of_its_own_and_each_encoding_the_same(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        tags = {}
        for accept in ("application/json", ABBREVIATED):
            for encoding in ("gzip", "identity"):
                async with stage.proxy.get("/lib", Accept=accept, Accept_Encoding=encoding) as response:
                    tags[accept, encoding] = response.headers["ETag"]
                    assert response.headers["Vary"] == "Accept, Accept-Encoding"
                    assert response.headers["ETag"].startswith('W/"')
        assert len(set(tags.values())) == 2
        assert tags["application/json", "gzip"] == tags["application/json", "identity"]


async def test_another_base_is_another_document(tmp_path: Path) -> None:
    async with scene(tmp_path, server={"host": "0.0.0.0"}, access={"anonymous": True}) as stage:
        async with stage.proxy.get("/lib", Host="one.example") as one, stage.proxy.get("/lib", Host="two.example") as two:
            assert one.headers["ETag"] != two.headers["ETag"]
        async with stage.proxy.get("/lib", Host="two.example", If_None_Match=one.headers["ETag"]) as response:
            assert response.status == 200


@pytest.mark.parametrize("path", ["/lib", "/lib/1.0.0", "/lib/-/lib-1.0.0.tgz"])
async def test_a_condition_is_compared_weakly(tmp_path: Path, path: str) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.get(path) as response:
            opaque = response.headers["ETag"].removeprefix("W/")
            full = response.headers
        for condition in (opaque, f"W/{opaque}", f'"other", {opaque}', f' W/"x" , W/{opaque}', "*"):
            for method in ("GET", "HEAD"):
                async with stage.proxy.request(method, path, If_None_Match=condition) as response:
                    assert response.status == 304, condition
                    assert await response.read() == b""
                    for key in ("ETag", "Cache-Control", "Vary"):
                        assert response.headers.get(key) == full.get(key)
        for condition in ('"other"', opaque.strip('"'), "", "W/", opaque[:-2] + '"'):
            async with stage.proxy.get(path, If_None_Match=condition) as response:
                assert response.status == 200, condition


@pytest.mark.parametrize("path", ["/lib", "/lib/latest"])
async def test_after_a_verdict_changed_there_is_no_304(tmp_path: Path, path: str) -> None:
    async with scene(tmp_path) as stage:
        for accept in ("application/json", ABBREVIATED):
            async with stage.proxy.get(path, Accept=accept) as response:
                before = response.headers["ETag"]
            stage.pass_by(timedelta(minutes=1))
            async with stage.proxy.get(path, Accept=accept, If_None_Match=before) as response:
                assert response.status == 304
        stage.pass_by(6 * DAY)
        later = "Wed, 01 Jan 2031 00:00:00 GMT"
        for accept in ("application/json", ABBREVIATED):
            headers = {"Accept": accept, "If_None_Match": before, "If_Modified_Since": later}
            async with stage.proxy.get(path, **headers) as response:
                assert response.status == 200
                assert "1.2.0" in await response.text()


async def test_a_withheld_version_answers_no_condition_at_all(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.get("/lib/-/lib-1.1.0.tgz") as response:
            tag = response.headers["ETag"]
        stage.upstream.package("lib")["versions"]["1.1.0"]["dist"] |= {
            "integrity": "sha512-" + "A" * 86 + "==",
            "shasum": "0" * 40,
        }
        stage.pass_by(timedelta(minutes=6))
        for condition in (
            {"If_None_Match": tag},
            {"If_None_Match": "*"},
            {"Range": "bytes=0-1"},
            {"If_Range": tag, "Range": "bytes=0-"},
        ):
            for method in ("GET", "HEAD"):
                async with stage.proxy.request(method, "/lib/-/lib-1.1.0.tgz", **condition) as response:
                    assert response.status == 403


async def test_a_date_alone_is_never_enough(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for path in ("/lib", "/lib/1.0.0", "/lib/-/lib-1.0.0.tgz"):
            async with stage.proxy.get(path, If_Modified_Since="Wed, 01 Jan 2031 00:00:00 GMT") as response:
                assert response.status == 200
                assert "Last-Modified" not in response.headers


async def test_a_document_is_fresh_no_longer_than_until_the_next_change(tmp_path: Path) -> None:
    async with scene(tmp_path, server={"max_age": "5m"}) as stage:
        for path in ("/lib", "/lib/latest"):
            async with stage.proxy.get(path) as response:
                assert max_age(response.headers["Cache-Control"]) == 300
        stage.pass_by(6 * DAY - timedelta(seconds=100, milliseconds=500))
        for path in ("/lib", "/lib/latest"):
            async with stage.proxy.get(path) as response:
                assert max_age(response.headers["Cache-Control"]) == 100
        stage.pass_by(timedelta(seconds=101))
        async with stage.proxy.get("/lib") as response:
            assert max_age(response.headers["Cache-Control"]) == 300
            assert "1.2.0" in (await response.json())["versions"]


async def test_what_is_stale_is_asked_for_again(tmp_path: Path) -> None:
    async with scene(tmp_path, upstream={"retries": 0}) as stage:
        await stage.proxy.json("/lib")
        await stage.upstream.stop()
        stage.pass_by(timedelta(hours=1))
        async with stage.proxy.get("/lib") as response:
            assert max_age(response.headers["Cache-Control"]) == 0
            assert response.headers["Warning"].startswith("110 ")
            assert response.headers["Pratique-Age"] == "3600"


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip,deflate", True), ("gzip, deflate, br", True), ("br, GZIP;q=0.5", True), ("*", True), ("x-gzip", True),
        ("identity", False), ("", False), ("br", False), ("gzip;q=0", False), ("gzip; q=0.000, br", False), ("deflate", False),
    ],
)  # fmt: skip
async def test_gzip_is_for_those_who_take_it(tmp_path: Path, accepted: str, packed: bool) -> None:
    async with scene(tmp_path) as stage, ClientSession(auto_decompress=False) as session:
        for path in ("/lib", "/lib/1.0.0"):
            async with session.get(stage.proxy.url + path, headers={"Accept-Encoding": accepted}) as response:
                body = await response.read()
                assert response.headers.get("Content-Encoding") == ("gzip" if packed else None)
                assert json.loads(gzip.decompress(body) if packed else body)["name"] == "lib"
