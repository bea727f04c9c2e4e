"""A version matures for each audience at its own time, and gets its look at each of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.proxy.registry.world import MINUTE, World, world
from tests.proxy.web.api import Caller, credential

DAY = timedelta(days=1)
AUDIENCES = [
    {"name": "slow", "quarantine": {"hold": "20d", "new_package_hold": "20d"}},
    {"name": "quick", "quarantine": {"hold": "3d", "new_package_hold": "3d"}},
]
RARELY: dict[str, Any] = {"audiences": AUDIENCES, "refresh": {"every": "90d", "asked_within": "90d"}}


async def seen(there: World, audience: str | None) -> list[str]:
    reader: Caller = await credential(there.proxy, "reader", audience=audience)
    answer = await reader.ask("GET", "/left-pad")
    assert answer.status == 200
    return list(answer.body["versions"])


async def in_use(there: World) -> None:
    await there.versions()
    await there.proxy.built.usage.flush()


@pytest.mark.parametrize(("audience", "days"), [("quick", 3), (None, 7), ("slow", 20)], ids=["shorter", "everyone", "longer"])
async def test_a_version_is_admitted_for_each_audience_without_anybody_asking(
    tmp_path: Path, audience: str | None, days: int
) -> None:
    async with world(tmp_path, **RARELY) as there:
        there.publish()
        there.publish(version="1.1.0", ago=timedelta(0))
        await in_use(there)
        taken = 0
        for passed in (3, 7, 20):
            there.advance(passed * DAY + MINUTE - taken * DAY)
            taken = passed
            assert await there.proxy.built.refresher.round(10) == 1, passed
            assert await there.proxy.built.refresher.round(10) == 0, passed
            if passed == days:
                break
        await there.upstream.stop()
        # Nothing but the background look has confirmed it.
        assert await seen(there, audience) == ["1.0.0", "1.1.0"]


async def test_looks_are_taken_when_one_of_them_matures_and_not_between(tmp_path: Path) -> None:
    async with world(tmp_path, **RARELY) as there:
        there.publish()
        there.publish(version="1.1.0", ago=timedelta(0))
        await in_use(there)
        days = []
        for hour in range(1, 22 * 24):
            there.advance(timedelta(hours=1))
            if await there.proxy.built.refresher.round(10):
                days.append(hour / 24)
        assert days == [3, 7, 20]


async def test_what_the_strictest_waits_for_is_watched_that_long(tmp_path: Path) -> None:
    async with world(tmp_path, **RARELY) as there:
        there.publish()
        there.publish(version="1.1.0", ago=18 * DAY)
        await in_use(there)
        assert (await seen(there, None), await seen(there, "slow")) == (["1.0.0", "1.1.0"], ["1.0.0"])
        there.upstream.unpublish("left-pad", "1.1.0")
        there.advance(2 * DAY + MINUTE)
        assert await there.proxy.built.refresher.round(10) == 1
        assert await seen(there, "slow") == ["1.0.0"]
