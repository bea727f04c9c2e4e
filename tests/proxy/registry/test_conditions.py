"""HEAD, ranges and conditions on tarballs: the same verdict, the same bytes, cached or not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.proxy.registry.world import large, world

TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"


async def test_head_writes_nothing_and_fetches_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        published = there.publish()
        async with there.proxy.request("HEAD", TARBALL) as response:
            assert response.status == 200
            assert response.headers["ETag"].startswith('"sha512-')
            assert response.headers.get("Content-Length") in (None, str(len(published.tarball)))
        assert there.upstream.count(TARBALL) == 0
        assert there.blobs("tarballs") == []

        await there.status(TARBALL)
        async with there.proxy.request("HEAD", TARBALL) as response:
            assert response.headers["Content-Length"] == str(len(published.tarball))
            assert await response.read() == b""
        assert there.upstream.count(TARBALL) == 1


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-1"}, {"If_None_Match": "*"}, {"If_Range": '"x"'}], ids=str)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_no_header_leads_around_the_verdict(tmp_path: Path, method: str, headers: dict[str, str]) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0", ago=timedelta(days=1))
        async with there.proxy.request(method, "/left-pad/-/left-pad-1.1.0.tgz", **headers) as response:
            assert response.status == 403
            assert response.headers["Cache-Control"] == "no-store"
        assert there.upstream.count("/left-pad/-/left-pad-1.1.0.tgz") == 0


@pytest.mark.parametrize("size", ["small", "large"])
async def test_the_etag_answers_304_without_the_bytes(tmp_path: Path, size: str) -> None:
    async with world(tmp_path) as there:
        there.publish(**({} if size == "small" else {"tarball": large()}))
        async with there.proxy.get(TARBALL) as response:
            etag = response.headers["ETag"]
            await response.read()
        for tag in (etag, f"W/{etag}", f'"x", {etag}', "*"):
            assert await there.status(TARBALL, If_None_Match=tag) == 304
        assert await there.status(TARBALL, If_None_Match='"x"') == 200
        for blob in there.blobs("tarballs"):
            blob.unlink()
        assert await there.status(TARBALL, If_None_Match=etag) == 304
        assert there.upstream.count(TARBALL) == 1


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=0-999999999", slice(0, None)),
        ("bytes=150-150", slice(150, 151)),
    ],
)
async def test_ranges_of_what_is_stored(tmp_path: Path, size: str, wanted: str, part: slice) -> None:
    async with world(tmp_path) as there:
        data = there.publish(**({} if size == "small" else {"tarball": large()})).tarball
        await there.status(TARBALL)
        async with there.proxy.get(TARBALL, Range=wanted) as response:
            assert response.status == 206
            assert await response.read() == data[part]
            start, end, _ = part.indices(len(data))
            assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(data)}"


async def test_a_range_outside_is_told_the_size(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        data = there.publish().tarball
        async with there.proxy.get(TARBALL, Range=f"bytes={len(data)}-") as response:
            assert response.status == 416
            assert response.headers["Content-Range"] == f"bytes */{len(data)}"


@pytest.mark.parametrize("wanted", ["bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=", "bytes=a-b", "bytes=\u0661-"])
async def test_what_is_no_range_gives_the_whole(tmp_path: Path, wanted: str) -> None:
    async with world(tmp_path) as there:
        data = there.publish().tarball
        async with there.proxy.get(TARBALL, Range=wanted) as response:
            assert response.status == 200
            assert await response.read() == data


async def test_a_range_of_what_is_still_to_be_fetched(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        small = there.publish().tarball
        there.publish("big", tarball=large())
        async with there.proxy.get(TARBALL, Range="bytes=0-9") as response:
            assert (response.status, await response.read()) == (206, small[:10])
        # Nothing may be cut out of what is not verified, so it is the whole that goes out.
        async with there.proxy.get("/big/-/big-1.0.0.tgz", Range="bytes=0-9") as response:
            assert (response.status, await response.read()) == (200, large())
        async with there.proxy.get("/big/-/big-1.0.0.tgz", Range="bytes=0-9") as response:
            assert (response.status, await response.read()) == (206, large()[:10])


@pytest.mark.parametrize("size", ["small", "large"])
async def test_if_range_holds_only_for_the_same_bytes(tmp_path: Path, size: str) -> None:
    async with world(tmp_path) as there:
        data = there.publish(**({} if size == "small" else {"tarball": large()})).tarball
        async with there.proxy.get(TARBALL) as response:
            etag = response.headers["ETag"]
            await response.read()
        async with there.proxy.get(TARBALL, Range="bytes=0-9", If_Range=etag) as response:
            assert (response.status, await response.read()) == (206, data[:10])
        for other in ('"x"', f"W/{etag}", "Mon, 01 Jan 2024 00:00:00 GMT"):
            async with there.proxy.get(TARBALL, Range="bytes=0-9", If_Range=other) as response:
                assert (response.status, await response.read()) == (200, data)
