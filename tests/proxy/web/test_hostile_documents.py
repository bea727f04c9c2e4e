"""Hostile packuments through the running proxy: a clear 502, or the one bad version; and others are served meanwhile."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.proxy.web.scene import Scene, scene


def document(name: str, stage: Scene) -> bytes:
    """An honest one, to be spoiled."""
    stage.publish(name, "1.0.0", 400)
    stage.publish(name, "1.1.0", 300)
    return json.dumps(stage.upstream.package(name), separators=(",", ":")).encode()


WHOLE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "half": b'{"name":"odd","versions":{',
    "too deep": b"[" * 100_000 + b"]" * 100_000,
    "deep in a field": b'{"name":"odd","versions":{},"x":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    "another package": b'{"name":"lib","versions":{"1.0.0":{}}}',
    "no name": b'{"versions":{}}',
    "versions are a list": b'{"name":"odd","versions":[1]}',
    "BOM": b'\xef\xbb\xbf{"name":"odd","versions":{}}',
    "UTF-16": '{"name":"odd"}'.encode("utf-16"),
    "100,000 versions": json.dumps({"name": "odd", "versions": {f"{at}.0.0": {} for at in range(100_000)}}).encode(),
}


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE)
async def test_a_document_that_cannot_be_read_is_a_clear_502(tmp_path: Path, body: bytes) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.raw("odd", body)
        for path in (
            "/odd",
            "/odd/1.0.0",
            "/odd/-/odd-1.0.0.tgz",
            "/-/package/odd/dist-tags",
            "/-/npm/v1/attestations/odd@1.0.0",
        ):
            async with stage.proxy.get(path) as response:
                told = await response.json()
                assert (response.status, told["code"]) == (502, "bad-document"), told
                assert "odd" in told["error"]
                assert len(told["error"]) < 300
        assert list((await stage.proxy.json("/lib"))["versions"]) == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize("body", [b'{"name":"odd"}', b'{"name":"odd","versions":null}', b'{"name":"odd","versions":{}}'])
async def test_a_document_without_versions_is_a_404(tmp_path: Path, body: bytes) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.raw("odd", body)
        async with stage.proxy.get("/odd") as response:
            assert response.status == 404


async def test_unpublished_is_a_404(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.publish("odd", "1.0.0", 400)
        stage.upstream.unpublish("odd", "1.0.0")
        assert isinstance(stage.upstream.package("odd")["time"]["unpublished"], dict)
        for path in ("/odd", "/odd/1.0.0", "/odd/-/odd-1.0.0.tgz"):
            async with stage.proxy.get(path) as response:
                assert response.status == 404


@pytest.mark.parametrize(
    "value", [b"NaN", b"1e999", b"7" * 5000, rb'"\ud800"', b'"\xff"', rb'{"\udfff":0}'], ids=lambda value: ascii(value[:8])
)
async def test_one_bad_version_costs_itself(tmp_path: Path, value: bytes) -> None:
    async with scene(tmp_path) as stage:
        body = document("odd", stage).replace(b'"version":"1.1.0"', b'"version":"1.1.0","x":' + value)
        stage.upstream.raw("odd", body.replace(b'"readme":"# odd\\n"', b'"readme":' + value))
        got = await stage.proxy.json("/odd")
        assert list(got["versions"]) == ["1.0.0"]
        assert got["dist-tags"] == {"latest": "1.0.0"}
        assert "readme" not in got
        for path in ("/odd/1.1.0", "/odd/-/odd-1.1.0.tgz", "/-/npm/v1/attestations/odd@1.1.0"):
            async with stage.proxy.get(path) as response:
                told = await response.json()
                assert response.status == 403
                assert "malformed-document" in [finding["rule"] for finding in told["findings"]]


@pytest.mark.parametrize("key", ["__proto__", "constructor", "../x", "..", "x" * 100_000, "1.0.0\r\nX: y", "\0", "é", ""])
async def test_odd_version_keys_cost_nothing_else(tmp_path: Path, key: str) -> None:
    async with scene(tmp_path) as stage:
        document("odd", stage)
        stage.upstream.package("odd")["versions"][key] = {"name": "odd", "version": key}
        stage.upstream.package("odd")["dist-tags"]["next"] = key
        assert list((await stage.proxy.json("/odd"))["versions"]) == ["1.0.0", "1.1.0"]
        assert await stage.proxy.json("/-/package/odd/dist-tags") == {"latest": "1.1.0"}
        held = await stage.proxy.json("/-/pratique/v1/held?package=odd")
        assert all(len(row["version"]) <= 256 for row in held["held"])


async def test_a_document_above_the_cap_is_refused_and_nothing_of_it_kept(tmp_path: Path) -> None:
    async with scene(tmp_path, upstream={"max_packument": "64KiB", "retries": 0}) as stage:
        stage.publish("big", "1.0.0", 400, manifest={"x": "y" * 100_000})
        async with stage.proxy.get("/big") as response:
            assert response.status == 502
            assert "max_packument" in (await response.json())["error"]
        assert (await stage.proxy.json("/lib"))["name"] == "lib"


async def served_meanwhile(stage: Scene, path: str) -> tuple[int, int, float]:
    """Ask for something heavy; its status, how many others were answered meanwhile, and how long the slowest of them took."""
    clock = asyncio.get_running_loop().time
    answered, slowest = 0, 0.0

    async def heavy() -> int:
        async with stage.proxy.get(path) as response:
            await response.read()
            return int(response.status)

    task = asyncio.ensure_future(heavy())
    while not task.done():
        started = clock()
        async with stage.proxy.get("/lib/1.0.0") as response:
            assert response.status == 200
        answered, slowest = answered + 1, max(slowest, clock() - started)
    return await task, answered, slowest


async def test_others_are_served_while_a_big_document_is_read(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await stage.proxy.json("/lib")
        stage.upstream.style(gzip=False)
        versions = b",".join(
            b'"%d.0.0":{"name":"big","version":"%d.0.0","dist":{"shasum":"%040d"},"x":[%s]}'
            % (at, at, at, b"[1],{},".join([b'"y"'] * 900))
            for at in range(6000)
        ).replace(b'"y"[1],{},', b'"y",[1],{},')
        stage.upstream.raw("big", b'{"name":"big","dist-tags":{"latest":"1.0.0"},"versions":{' + versions + b"}}")
        assert len(stage.upstream.shelf.verbatim["big"]) > 50 * 2**20
        status, answered, slowest = await served_meanwhile(stage, "/big")
        assert status == 403  # without times, all of it is held
        assert answered > 20
        assert slowest < 2.0


async def test_others_are_served_while_a_document_of_a_hundred_thousand_versions_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await stage.proxy.json("/lib")
        stage.upstream.raw("many", WHOLE["100,000 versions"].replace(b'"odd"', b'"many"'))
        status, answered, slowest = await served_meanwhile(stage, "/many")
        assert status == 502
        assert answered > 5
        assert slowest < 2.0
