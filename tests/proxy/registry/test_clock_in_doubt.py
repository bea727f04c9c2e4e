"""A clock that is off admits nothing too soon, says so, and stops nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from quarantine.package import PackageName
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Fault
from tests.fakes.simulator.clock import http_date
from tests.proxy.registry.world import MINUTE, World, world

DAY = timedelta(days=1)
YOUNG = "/left-pad/-/left-pad-1.1.0.tgz"


async def alarms(there: World) -> list[str]:
    ready = await there.proxy.json("/-/pratique/health/ready")
    held = await there.proxy.json("/-/pratique/v1/held")
    assert held["alarms"] == ready["alarms"]
    assert ready["status"] == "ready"
    assert await there.metric("pratique_clock_in_doubt") == bool(ready["alarms"])
    return list(ready["alarms"])


async def test_our_clock_running_ahead_admits_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0", ago=6 * DAY)
        assert await there.versions() == ["1.0.0"]
        assert await alarms(there) == []
        # Ours only.
        there.proxy.clock.advance(2 * DAY)
        assert await there.versions() == ["1.0.0"]
        assert await there.status(YOUNG) == 403
        (alarm,) = await alarms(there)
        assert "ahead of the upstream's" in alarm


async def test_the_upstreams_date_running_ahead_admits_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0", ago=6 * DAY)
        there.upstream.now += 2 * DAY
        assert await there.versions() == ["1.0.0"]
        assert await there.status(YOUNG) == 403
        assert len(await alarms(there)) == 1


async def test_the_alarm_goes_when_both_agree_again(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.upstream.fault("/left-pad", Fault.headers({"Date": http_date(there.upstream.now - 3 * DAY)}, times=1))
        await there.versions()
        assert len(await alarms(there)) == 1
        there.advance(6 * MINUTE)
        await there.versions()
        assert await alarms(there) == []


async def test_nothing_is_recorded_under_a_clock_that_is_behind(tmp_path: Path) -> None:
    clock = FakeClock()
    async with world(tmp_path / "other") as there:
        there.publish()
        there.publish("new", "1.0.0", ago=MINUTE)
        clock.set_back(30 * DAY)
        async with running_proxy(there.upstream.url, tmp_path, clock) as proxy:
            async with proxy.get("/new") as response:
                assert response.status == 403
            # What is old by any clock is served all the same.
            assert list((await proxy.json("/left-pad"))["versions"]) == ["1.0.0"]
            assert await proxy.built.services.ledger.last_entry() is None
        # Somebody sets the clock right and starts again: what is a minute old must go on waiting.
        async with running_proxy(there.upstream.url, tmp_path, there.proxy.clock) as proxy, proxy.get("/new") as response:
            assert response.status == 403


async def test_while_our_clock_is_behind_the_upstream_is_still_looked_at(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.proxy.clock.set_back(30 * DAY)
        await there.status("/left-pad")
        there.advance(10 * MINUTE)
        there.upstream.now += 30 * DAY
        there.publish(version="0.9.0")
        await there.status("/left-pad")
        assert there.upstream.count("/left-pad") == 2


async def test_a_clock_behind_the_ledger_admits_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0", ago=6 * DAY)
        assert await there.versions() == ["1.0.0"]
        await there.settle()
        late = FakeClock(there.proxy.clock.now() - timedelta(hours=1))
        async with running_proxy(there.upstream.url, tmp_path, late) as proxy:
            ready = await proxy.json("/-/pratique/health/ready")
            assert "behind the last entry of the ledger" in ready["alarms"][0]
            assert list((await proxy.json("/left-pad"))["versions"]) == ["1.0.0"]


@pytest.mark.parametrize("own_date", [True, False])
async def test_a_tarball_that_has_lain_in_a_cache_for_weeks_raises_no_alarm(tmp_path: Path, *, own_date: bool) -> None:
    async with world(tmp_path) as there:
        there.publish()
        date = there.upstream.now if own_date else there.upstream.now - 30 * DAY
        aged = {"Age": str(30 * 86400), "Date": http_date(date)}
        there.upstream.fault("/left-pad/-/", Fault.headers(aged))
        assert await there.status("/left-pad/-/left-pad-1.0.0.tgz") == 200
        assert await alarms(there) == []


async def test_one_date_from_the_far_future_blocks_no_later_look(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0", ago=6 * DAY)
        there.upstream.fault("/left-pad", Fault.headers({"Date": http_date(there.upstream.now + 2000 * DAY)}, times=2))
        for _ in range(2):
            assert await there.versions() == ["1.0.0"]
            assert len(await alarms(there)) == 1
            # It is stamped up to five minutes ahead, and fresh for as long.
            there.advance(11 * MINUTE)
        assert await there.versions() == ["1.0.0"]
        assert await alarms(there) == []
        record = await there.proxy.built.services.ledger.record(PackageName("left-pad"))
        assert record is not None
        assert record.first_seen <= there.proxy.clock.now()
        # What comes later is seen, and matures.
        there.advance(2 * DAY)
        assert await there.versions() == ["1.0.0", "1.1.0"]
        there.upstream.unpublish("left-pad", "1.1.0")
        for _ in range(2):
            there.advance(6 * MINUTE)
            await there.versions()
        assert await there.versions() == ["1.0.0"]


async def test_a_known_package_is_still_confirmed_and_may_vanish_while_the_date_is_ahead(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        before = await there.proxy.built.services.ledger.record(PackageName("left-pad"))
        there.advance(6 * MINUTE)
        there.upstream.now += 2000 * DAY
        assert await there.versions() == ["1.0.0"]
        assert there.upstream.asked("/left-pad")[-1].headers["If-None-Match"]
        there.upstream.fault("/left-pad", Fault.status(404))
        there.advance(6 * MINUTE)
        assert await there.versions() == ["1.0.0"]
        assert await there.proxy.built.services.ledger.record(PackageName("left-pad")) == before


async def test_a_404_while_the_date_is_ahead_takes_nothing_from_what_was_not_recorded(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.upstream.now += 2000 * DAY
        assert await there.versions() == ["1.0.0"]
        there.upstream.fault("/left-pad", Fault.status(404))
        there.advance(11 * MINUTE)
        there.upstream.now += 2000 * DAY
        assert await there.versions() == ["1.0.0"]
        assert there.upstream.count("/left-pad") == 2
        known = await there.proxy.built.services.routed.known(PackageName("left-pad"))
        assert known is not None
        assert set(known.record.sightings) == {"1.0.0"}
