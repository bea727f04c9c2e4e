"""Packages in use are looked at again, asked or not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from quarantine.package import PackageName
from tests.fakes.simulator import Fault
from tests.proxy.registry.world import MINUTE, World, world

LEFT_PAD = PackageName("left-pad")
NO_RETRIES = {"upstream": {"retries": 0}}


async def use(there: World, *names: str) -> None:
    """Somebody asks for these packages, and that is written down."""
    for name in names:
        await there.status(f"/{name}")
    await there.proxy.built.usage.flush()


async def test_what_is_in_use_is_looked_at_when_it_is_due(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await use(there, "left-pad")
        refresher = there.proxy.built.refresher
        assert await refresher.round(10) == 0
        there.advance(38 * MINUTE)
        assert await refresher.round(10) == 1
        assert there.upstream.asked("/left-pad")[-1].headers["Cache-Control"] == "no-cache"
        assert await refresher.round(10) == 0
        assert await there.metric("pratique_refresh_looks_total") == 1


async def test_what_nobody_asks_for_is_left_alone(tmp_path: Path) -> None:
    async with world(tmp_path, refresh={"asked_within": "2d"}) as there:
        there.publish()
        await use(there, "left-pad")
        there.advance(timedelta(days=2, minutes=1))
        assert await there.proxy.built.refresher.round(10) == 0


async def test_the_budget_is_kept_and_the_rest_comes_next(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        names = [f"p{number}" for number in range(5)]
        for name in names:
            there.publish(name)
        await use(there, *names)
        there.advance(timedelta(hours=1))
        assert [await there.proxy.built.refresher.round(2) for _ in range(4)] == [2, 2, 1, 0]
        assert {name: there.upstream.count(f"/{name}") for name in names} == dict.fromkeys(names, 2)


async def test_a_matured_version_is_admitted_without_anybody_asking_for_it(tmp_path: Path) -> None:
    async with world(tmp_path, refresh={"every": "10d"}) as there:
        there.publish()
        there.publish(version="1.1.0", ago=timedelta(days=6))
        await use(there, "left-pad")
        assert await there.proxy.built.refresher.round(10) == 0
        there.advance(timedelta(days=1, minutes=1))
        assert await there.proxy.built.refresher.round(10) == 1
        await there.upstream.stop()
        # Nothing but the background look has confirmed it.
        assert await there.versions() == ["1.0.0", "1.1.0"]


async def test_matured_versions_come_before_all_else_that_is_due(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        for name in ("a", "b", "c"):
            there.publish(name)
        there.publish("young", ago=timedelta(days=13))
        there.publish("young", "1.1.0", ago=timedelta(days=6))
        await use(there, "a", "b", "c", "young")
        there.advance(timedelta(days=1, minutes=1))
        await there.proxy.built.refresher.round(1)
        assert there.upstream.count("/young") == 2


async def test_a_version_that_vanishes_while_held_is_noticed(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0", ago=timedelta(days=1))
        await use(there, "left-pad")
        there.upstream.unpublish("left-pad", "1.1.0")
        for _ in range(2):
            there.advance(timedelta(hours=1))
            assert await there.proxy.built.refresher.round(10) == 1
        record = await there.proxy.built.services.ledger.record(LEFT_PAD)
        assert record is not None
        assert record.sightings["1.1.0"].gone
        assert (await there.proxy.json("/-/pratique/v1/held"))["held"] == []


async def test_a_clock_starts_when_a_version_appears_and_not_when_it_is_wanted(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await use(there, "left-pad")
        there.advance(timedelta(hours=1))
        there.publish(version="0.9.0")
        await there.proxy.built.refresher.round(10)
        record = await there.proxy.built.services.ledger.record(LEFT_PAD)
        assert record is not None
        assert record.sightings["0.9.0"].first_seen == there.proxy.clock.now()


async def test_a_round_ends_where_the_upstream_is_down(tmp_path: Path) -> None:
    async with world(tmp_path, **NO_RETRIES) as there:
        for name in ("a", "b", "c"):
            there.publish(name)
        await use(there, "a", "b", "c")
        there.advance(timedelta(hours=1))
        there.upstream.fault(lambda _: True, Fault.status(500))
        assert await there.proxy.built.refresher.round(10) == 1
        assert len(there.upstream.requests) == 4


async def test_a_round_ends_where_even_copies_are_too_old(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0, "stale": "1h"}) as there:
        for name in ("a", "b", "c"):
            there.publish(name)
        await use(there, "a", "b", "c")
        there.advance(timedelta(hours=2))
        there.upstream.fault(lambda _: True, Fault.status(500))
        assert await there.proxy.built.refresher.round(10) == 1


@pytest.mark.parametrize(
    "fault",
    [Fault.html(), Fault.answer(b"{"), Fault.status(403), Fault.status(404)],
    ids=["page", "broken", "refused", "not-found"],
)
async def test_one_broken_package_does_not_stand_before_the_others(tmp_path: Path, fault: Fault) -> None:
    async with world(tmp_path, **NO_RETRIES) as there:
        names = ["a", "b", "c", "d"]
        for name in names:
            there.publish(name)
        await use(there, *names)
        there.advance(timedelta(hours=1))
        there.upstream.fault("/b", fault)
        for _ in range(4):
            await there.proxy.built.refresher.round(1)
            there.advance(timedelta(seconds=10))
        assert {name: there.upstream.count(f"/{name}") for name in names} == dict.fromkeys(names, 2)


async def test_a_broken_package_has_its_turn_again(tmp_path: Path) -> None:
    async with world(tmp_path, **NO_RETRIES) as there:
        there.publish()
        await use(there, "left-pad")
        there.upstream.fault("/left-pad", Fault.html(times=1))
        there.advance(timedelta(hours=1))
        await there.proxy.built.refresher.round(10)
        there.advance(timedelta(hours=1))
        assert await there.proxy.built.refresher.round(10) == 1
        record = await there.proxy.built.services.ledger.record(LEFT_PAD)
        assert record is not None
        assert record.last_look == there.proxy.clock.now()
