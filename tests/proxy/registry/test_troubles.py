"""What is remembered of a failure is what it says; each who hears of it gets an exception of his own."""

from __future__ import annotations

import asyncio
import gc
import weakref
from datetime import UTC, datetime, timedelta

import pytest

from proxy.clock import TrustedTime
from proxy.ledger.errors import LedgerFailed
from proxy.npm.split import BadDocument
from proxy.registry.cached import CachedPackuments
from proxy.registry.errors import NotFound, UpstreamDown, UpstreamLoops
from proxy.registry.reading import Reader
from proxy.registry.troubles import AT_LEAST, Told, Trouble, Troubles
from proxy.registry.upstream import Fetched
from proxy.storage.memory import MemoryBlobStore
from quarantine.ledger import MemoryLedger
from quarantine.package import PackageName
from quarantine.record import Source
from tests.fakes.clock import FakeClock

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEFT_PAD = PackageName("left-pad")
ALL: list[Trouble] = [
    NotFound("not here"),
    UpstreamDown("down"),
    UpstreamLoops("in circles"),
    BadDocument("no JSON"),
    LedgerFailed("write", "a file", "it is full", "free some", "FULL"),
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: type(error).__name__)
def test_a_failure_says_the_same_again(error: Trouble) -> None:
    told = Told.of(error, NOW)
    again = told.error()
    assert again is not error
    assert again is not told.error()
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_it_counts_for_a_while_and_is_then_forgotten() -> None:
    troubles = Troubles(timedelta(minutes=2))
    troubles.put(LEFT_PAD, NotFound("no"), NOW)
    assert troubles.counting(LEFT_PAD, NOW + timedelta(minutes=2) - SECOND) is not None
    assert troubles.counting(LEFT_PAD, NOW + timedelta(minutes=2)) is None
    assert troubles.last(LEFT_PAD) is not None
    troubles.put(PackageName("other"), NotFound("no"), NOW + timedelta(minutes=2))
    assert troubles.last(LEFT_PAD) is None
    assert len(troubles) == 1


def test_what_counts_for_no_time_can_still_be_asked_for() -> None:
    troubles = Troubles(timedelta(0))
    troubles.put(LEFT_PAD, NotFound("no"), NOW)
    assert troubles.counting(LEFT_PAD, NOW) is None
    assert troubles.last(LEFT_PAD) is not None
    troubles.put(PackageName("other"), NotFound("no"), NOW + AT_LEAST)
    assert troubles.last(LEFT_PAD) is None


def test_the_oldest_gives_way() -> None:
    troubles = Troubles(timedelta(hours=1), limit=2)
    names = [PackageName(name) for name in ("a", "b", "c")]
    for name in (*names[:2], names[0], names[2]):
        troubles.put(name, NotFound("no"), NOW)
    assert [troubles.last(name) is not None for name in names] == [True, False, True]


class Body(bytearray):
    """What a failed look had in its hands."""


class Failing:
    """An upstream whose answers are of no use; each failure refers to what came."""

    def __init__(self) -> None:
        self.bodies: list[weakref.ref[Body]] = []

    async def look(self, name: PackageName, source: Source | None, *, past_caches: bool = False) -> Fetched:
        body = Body(b"much")
        self.bodies.append(weakref.ref(body))
        await asyncio.sleep(0)
        raise UpstreamDown("down") from ValueError(body)


async def test_nothing_of_a_failed_look_is_kept() -> None:
    upstream = Failing()
    stage = CachedPackuments(upstream, MemoryLedger(), MemoryBlobStore(), Reader(), TrustedTime(FakeClock()))
    with pytest.raises(UpstreamDown):
        await stage.packument(LEFT_PAD)
    # The loop still holds the callbacks of the task that ended.
    await asyncio.sleep(0)
    gc.collect()
    assert [body() for body in upstream.bodies] == [None]
    assert str(stage.trouble(LEFT_PAD)) == "down"


async def test_each_asker_raises_an_exception_of_its_own() -> None:
    upstream = Failing()
    stage = CachedPackuments(upstream, MemoryLedger(), MemoryBlobStore(), Reader(), TrustedTime(FakeClock()))
    raised = await asyncio.gather(*[stage.packument(LEFT_PAD) for _ in range(3)], return_exceptions=True)
    raised += await asyncio.gather(*[stage.packument(LEFT_PAD) for _ in range(3)], return_exceptions=True)
    assert len(upstream.bodies) == 1
    assert len({id(each) for each in raised}) == 6
