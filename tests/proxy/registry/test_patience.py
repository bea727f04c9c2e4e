"""An upstream in trouble is tried again within a deadline, and left alone when it says so."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.simulator import Fault
from tests.fakes.simulator.clock import http_date
from tests.proxy.registry.world import world

SECOND = timedelta(seconds=1)


async def test_passing_trouble_is_not_noticed(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 2}) as there:
        there.publish()
        there.upstream.fault("/left-pad", Fault.status(503, times=1))
        there.upstream.fault("/left-pad", Fault.truncate(times=1))
        assert await there.status("/left-pad") == 200
        assert there.upstream.count("/left-pad") == 3


async def test_lasting_trouble_ends_after_the_attempts_that_were_set(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 1}) as there:
        there.upstream.fault("/left-pad", Fault.status(502))
        assert await there.status("/left-pad") == 503
        assert there.upstream.count("/left-pad") == 2


async def test_an_upstream_that_never_answers_costs_no_more_than_the_deadline(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"timeout": "300ms", "retries": 50}) as there:
        with there.upstream.hold("/left-pad"):
            async with there.proxy.get("/left-pad") as response:
                assert response.status == 503
                assert "did not answer in time" in (await response.json())["error"]


async def test_the_deadline_covers_a_body_that_stalls(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"timeout": "300ms", "retries": 0}) as there:
        there.publish()
        event = asyncio.Event()
        there.upstream.fault("/left-pad", Fault.stall(event))
        assert await there.status("/left-pad") == 503
        event.set()


@pytest.mark.parametrize("status", [429, 503])
async def test_a_pause_that_is_asked_for_counts_for_every_package(tmp_path: Path, status: int) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish("other")
        there.upstream.fault("/left-pad", Fault.status(status, headers={"Retry-After": "60"}, times=1))
        async with there.proxy.get("/left-pad") as response:
            assert response.status == 503
            assert "left alone" in (await response.json())["error"]
        assert await there.status("/other") == 503
        assert await there.status("/-/v1/search?text=x") == 503
        assert len(there.upstream.requests) == 1
        assert await there.metric("pratique_upstream_pauses_total") == 1
        there.advance(61 * SECOND)
        assert await there.status("/left-pad") == 200
        assert await there.status("/other") == 200


async def test_a_pause_may_be_given_as_a_date(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        end = http_date(there.proxy.clock.now() + 60 * SECOND)
        there.upstream.fault("/left-pad", Fault.status(429, headers={"Retry-After": end}, times=1))
        assert await there.status("/left-pad") == 503
        there.advance(45 * SECOND)
        assert await there.status("/left-pad") == 503
        there.advance(16 * SECOND)
        assert await there.status("/left-pad") == 200


async def test_a_pause_holds_for_tarballs_too(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        tarball = "/left-pad/-/left-pad-1.0.0.tgz"
        there.upstream.fault(tarball, Fault.status(429, headers={"Retry-After": "60"}, times=1))
        assert await there.status(tarball) == 503
        assert there.upstream.count(tarball) == 1
        there.advance(61 * SECOND)
        assert await there.status(tarball) == 200


async def test_a_short_pause_is_waited_out(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.upstream.fault("/left-pad", Fault.status(503, headers={"Retry-After": "0"}, times=1))
        assert await there.status("/left-pad") == 200


async def test_while_it_is_left_alone_copies_are_served(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        there.advance(timedelta(hours=1))
        there.upstream.fault("/left-pad", Fault.status(429, headers={"Retry-After": "3600"}))
        async with there.proxy.get("/left-pad") as response:
            assert response.status == 200
            assert "Warning" in response.headers


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_names_the_mend_and_is_not_tried_again(tmp_path: Path, status: int) -> None:
    async with world(tmp_path) as there:
        there.publish()
        for path in ("/left-pad", "/left-pad/-/left-pad-1.0.0.tgz"):
            there.upstream.fault(path, Fault.status(status))
            async with there.proxy.get(path) as response:
                assert response.status == 502
                assert "upstream.token_env" in (await response.json())["error"]
            assert there.upstream.count(path) == (1 if path == "/left-pad" else 0)
        there.upstream.clear_faults()


async def test_a_refused_tarball_is_not_tried_again(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        tarball = "/left-pad/-/left-pad-1.0.0.tgz"
        there.upstream.fault(tarball, Fault.status(401))
        async with there.proxy.get(tarball) as response:
            assert response.status == 502
            assert "upstream.token_env" in (await response.json())["error"]
        assert there.upstream.count(tarball) == 1


@pytest.mark.parametrize("status", [404, 410, 451])
async def test_a_tarball_that_is_gone_is_not_found(tmp_path: Path, status: int) -> None:
    async with world(tmp_path) as there:
        there.publish()
        tarball = "/left-pad/-/left-pad-1.0.0.tgz"
        there.upstream.fault(tarball, Fault.status(status))
        assert await there.status(tarball) == 404
        assert there.upstream.count(tarball) == 1
