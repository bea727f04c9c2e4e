"""Answers that carry bytes: whole, in part, or only their size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.web.scene import DAY, scene

PATH = "/lib/-/lib-1.0.0.tgz"


@pytest.mark.parametrize("path", [PATH, "/@s%2fp/-/p-1.0.0.tgz", "/@s/p/-/p-1.0.0.tgz"])
async def test_bytes_are_the_published_ones_and_nobody_may_share_them(tmp_path: Path, path: str) -> None:
    async with scene(tmp_path) as stage:
        for _ in range(2):
            async with stage.proxy.get(path, Accept_Encoding="gzip") as response:
                assert response.status == 200
                assert await response.read() == stage.upstream.shelf.tarballs[path.replace("%2f", "/")]
                assert response.headers["Cache-Control"] == "private, no-cache"
                assert response.headers["Content-Type"] == "application/octet-stream"
                assert response.headers["Accept-Ranges"] == "bytes"
                assert response.headers["ETag"].startswith('"sha512-')
                assert "Content-Encoding" not in response.headers
        assert len([each for each in stage.upstream.requests if each.path.endswith(".tgz")]) == 1


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10), ("bytes=5-", 206, 5, None), ("bytes=-7", 206, -7, None), ("bytes=0-999999999", 206, 0, None),
        ("bytes=9999999-", 416, 0, 0), ("bytes=-0", 416, 0, 0), ("bytes=0-1,3-4", 200, 0, None), ("bytes=9-3", 200, 0, None),
        ("items=0-1", 200, 0, None), ("bytes=٣-", 200, 0, None), ("bytes=", 200, 0, None), ("bytes=-", 200, 0, None),
        ("bytes=99999999999999999999-", 200, 0, None),
    ],
)  # fmt: skip
async def test_one_range_is_cut_out_and_anything_odd_is_the_whole(
    tmp_path: Path, asked: str, status: int, start: int, end: int | None
) -> None:
    async with scene(tmp_path) as stage:
        data = stage.upstream.shelf.tarballs[PATH]
        async with stage.proxy.get(PATH, Range=asked) as response:
            assert response.status == status
            body = await response.read()
            if status == 416:
                assert response.headers["Content-Range"] == f"bytes */{len(data)}"
            else:
                assert body == data[start:end]
            if status == 206:
                first = data.index(body)
                assert response.headers["Content-Range"] == f"bytes {first}-{first + len(body) - 1}/{len(data)}"


async def test_a_range_of_other_bytes_is_the_whole(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.get(PATH) as response:
            tag = response.headers["ETag"]
        for condition, status in ((tag, 206), ('"other"', 200), (f"W/{tag}", 200), ("Wed, 01 Jan 2031 00:00:00 GMT", 200)):
            async with stage.proxy.get(PATH, Range="bytes=0-1", If_Range=condition) as response:
                assert response.status == status


async def test_head_fetches_and_keeps_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.request("HEAD", PATH) as response:
            assert response.status == 200
        assert not [each for each in stage.upstream.requests if each.path.endswith(".tgz")]
        async with stage.proxy.get(PATH) as response:
            size = len(await response.read())
        async with stage.proxy.request("HEAD", PATH) as response:
            assert response.headers["Content-Length"] == str(size)


async def test_a_version_that_only_sha1_vouches_for_is_served_and_checked(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        del stage.upstream.package("lib")["versions"]["1.0.0"]["dist"]["integrity"]
        async with stage.proxy.get(PATH) as response:
            assert (response.status, response.headers["ETag"][:6]) == (200, '"sha1-')


async def test_wrong_bytes_are_a_403_with_the_reason_and_stay_one_for_a_while(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.replace_bytes("lib", "1.0.0", b"something else")
        for _ in range(2):
            async with stage.proxy.get(PATH) as response:
                assert response.status == 403
                body = await response.json()
                assert "integrity" in [finding["rule"] for finding in body["findings"]]
        async with stage.proxy.get("/lib") as response:
            assert "1.0.0" not in (await response.json())["versions"]
        stage.upstream.replace_bytes("lib", "1.0.0", stage.upstream.shelf.tarballs["/lib/-/lib-1.1.0.tgz"])
        stage.pass_by(DAY)
        async with stage.proxy.get(PATH) as response:
            assert response.status == 403


@pytest.mark.parametrize("enforce", ["enforce", "observe"])
async def test_a_version_without_any_digest_is_never_served(tmp_path: Path, enforce: str) -> None:
    async with scene(tmp_path, quarantine={"enforce": enforce}) as stage:
        for key in ("integrity", "shasum"):
            del stage.upstream.package("lib")["versions"]["1.0.0"]["dist"][key]
        for method in ("GET", "HEAD"):
            async with stage.proxy.request(method, PATH) as response:
                assert response.status == 403


async def test_in_observe_mode_everything_else_is_served_and_told(tmp_path: Path) -> None:
    async with scene(tmp_path, quarantine={"enforce": "observe"}) as stage:
        assert list((await stage.proxy.json("/lib"))["versions"]) == ["1.0.0", "1.1.0", "1.2.0"]
        async with stage.proxy.get("/lib/-/lib-1.2.0.tgz") as response:
            assert response.status == 200
        told = await stage.proxy.json("/-/pratique/v1/packages/lib/versions/1.2.0")
        assert told["verdict"] == "observed"
