"""Mirrors and older servers leave things out, or write them otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.simulator import Fault
from tests.fakes.simulator.clock import npm_time
from tests.proxy.registry.world import MINUTE, world


@pytest.mark.parametrize(
    "style",
    [
        {"etag": False},
        {"gzip": False},
        {"etag": False, "last_modified": False, "gzip": False},
        {"abbreviated": False},
        {"abbreviated": "406"},
        {"cache_control": None},
    ],
    ids=str,
)
async def test_what_a_server_leaves_out_of_its_headers_does_not_matter(tmp_path: Path, style: dict[str, object]) -> None:
    async with world(tmp_path) as there:
        there.upstream.style(**style)
        there.publish()
        there.publish(version="1.1.0", ago=timedelta(days=1))
        for _ in range(2):
            assert await there.versions() == ["1.0.0"]
            assert await there.status("/left-pad/-/left-pad-1.0.0.tgz") == 200
            assert await there.status("/left-pad/-/left-pad-1.1.0.tgz") == 403
            there.advance(6 * MINUTE)


async def test_times_with_an_offset_count(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        for version, days in (("1.0.0", 400), ("1.1.0", 1)):
            at = there.proxy.clock.now() - timedelta(days=days)
            there.publish(version=version, ago=timedelta(days=days))
            there.upstream.package("left-pad")["time"][version] = npm_time(at).replace("Z", "+00:00")
        assert await there.versions() == ["1.0.0"]
        there.advance(timedelta(days=6, minutes=1))
        assert await there.versions() == ["1.0.0", "1.1.0"]


@pytest.mark.parametrize("odd", [None, "", "yesterday", "2020-01-02", "2020-01-02T03:04:05", "9999-01-01T00:00:00.000Z", 7])
async def test_a_time_that_is_none_means_the_first_sight(tmp_path: Path, odd: object) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0")
        there.upstream.package("left-pad")["time"]["1.1.0"] = odd
        assert await there.versions() == ["1.0.0"]
        there.advance(timedelta(days=7, minutes=1))
        assert await there.versions() == ["1.0.0", "1.1.0"]


async def test_without_any_times_everything_waits_from_first_sight(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine={"new_package_hold": "7d"}) as there:
        there.upstream.style(has_time=False)
        there.publish()
        assert await there.status("/left-pad") == 403
        there.advance(timedelta(days=7, minutes=1))
        document = await there.proxy.json("/left-pad")
        assert list(document["versions"]) == ["1.0.0"]
        assert document["time"]["1.0.0"]


async def test_a_mirror_that_lists_only_latest(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.upstream.style(only_latest=True)
        there.publish()
        assert await there.versions() == ["1.0.0"]
        there.publish(version="1.1.0")
        there.advance(6 * MINUTE)
        assert await there.versions() == ["1.0.0"]
        there.advance(6 * MINUTE)
        # The one version it lists is new to us, so nothing is left to be served.
        assert await there.status("/left-pad") == 403
        there.advance(timedelta(days=7))
        assert await there.versions() == ["1.1.0"]


@pytest.mark.parametrize(
    "date",
    ["yesterday", "", None, "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 2024 00:00:00 +999999999999999"],
)
async def test_a_date_header_that_is_none_breaks_nothing(tmp_path: Path, date: str | None) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.upstream.fault("/left-pad", Fault.headers({"Date": date, "Age": "99999999999"}))
        assert await there.versions() == ["1.0.0"]


@pytest.mark.parametrize("value", ["soon", "", "-1", "1.5", "9" * 30, "Mon, 01 Jan 2024 00:00:00 +999999999999999"])
async def test_a_retry_after_that_is_none_breaks_nothing(tmp_path: Path, value: str) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        there.upstream.fault("/left-pad", Fault.status(503, headers={"Retry-After": value}))
        assert await there.status("/left-pad") == 503
