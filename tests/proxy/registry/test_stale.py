"""Stale rather than nothing: while the upstream is down or slow, and not for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from tests.fakes.simulator import Fault
from tests.proxy.registry.world import MINUTE, world


async def test_a_stale_copy_says_so(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        there.publish()
        async with there.proxy.get("/left-pad") as response:
            assert response.headers["Pratique-Age"] == "0"
            assert "Warning" not in response.headers
        there.advance(timedelta(hours=1))
        await there.upstream.stop()
        for _ in range(2):
            async with there.proxy.get("/left-pad") as response:
                assert response.status == 200
                assert response.headers["Pratique-Age"] == "3600"
                assert response.headers["Warning"] == '110 - "Response is Stale"'
                assert response.headers["Cache-Control"] == "public, max-age=0"
        assert await there.metric("pratique_packument_stale_total") >= 2
        assert await there.metric("pratique_packument_stale_age_seconds") == 3600
        assert await there.metric("pratique_upstream_failures_total") == 1

        await there.upstream.start()
        there.advance(MINUTE)
        async with there.proxy.get("/left-pad") as response:
            assert "Warning" not in response.headers
            assert response.headers["Pratique-Age"] == "0"


async def test_an_installation_goes_through_while_the_upstream_is_down(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        there.publish()
        assert await there.status("/left-pad/-/left-pad-1.0.0.tgz") == 200
        there.advance(timedelta(days=3))
        await there.upstream.stop()
        assert await there.status("/left-pad") == 200
        assert await there.status("/left-pad/-/left-pad-1.0.0.tgz") == 200


async def test_an_outage_admits_nothing_that_the_upstream_has_not_confirmed(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        there.publish()
        there.publish(version="1.1.0", ago=timedelta(days=6))
        assert await there.versions() == ["1.0.0"]
        await there.upstream.stop()
        there.advance(timedelta(days=2))
        assert await there.versions() == ["1.0.0"]
        async with there.proxy.get("/left-pad/-/left-pad-1.1.0.tgz") as response:
            assert response.status == 403
            assert "has not confirmed" in (await response.json())["error"]
        await there.upstream.start()
        there.advance(MINUTE)
        assert await there.versions() == ["1.0.0", "1.1.0"]


async def test_a_copy_past_the_limit_is_no_longer_served(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0, "stale": "2d"}) as there:
        there.publish()
        await there.versions()
        await there.upstream.stop()
        there.advance(timedelta(days=2))
        assert await there.status("/left-pad") == 200
        there.advance(MINUTE)
        assert await there.status("/left-pad") == 503


async def test_a_slow_upstream_keeps_nobody_waiting_who_can_have_a_copy(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"slow": "1s"}) as there:
        there.publish()
        await there.versions()
        there.advance(timedelta(hours=1))
        with there.upstream.hold("/left-pad") as gate:
            async with there.proxy.get("/left-pad") as response:
                assert response.headers["Warning"].startswith("110")
            assert gate.arrived == 1
        # The same look arrives after all, and counts.
        async with there.proxy.get("/left-pad") as response:
            assert "Warning" not in response.headers
        assert there.upstream.count("/left-pad") == 2


async def test_without_a_copy_that_may_be_served_a_slow_upstream_is_waited_for(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"slow": "100ms", "stale": "2d", "retries": 0}) as there:
        there.publish()
        await there.versions()
        there.advance(timedelta(days=3))
        with there.upstream.hold("/left-pad") as gate:
            asking = asyncio.ensure_future(there.status("/left-pad"))
            await gate.reached()
            done, _ = await asyncio.wait([asking], timeout=0.3)
            assert not done
        assert await asking == 200


async def test_a_broken_document_is_an_outage_of_one_package(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        there.publish()
        await there.versions()
        there.advance(timedelta(hours=1))
        there.upstream.fault("/left-pad", Fault.html())
        async with there.proxy.get("/left-pad") as response:
            assert response.status == 200
            assert "Warning" in response.headers
