"""Background work by lease: one process does it, and another one once the first is not heard of."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from proxy.clock import TrustedTime
from proxy.examiner.leases import Leases
from quarantine.ledger import MemoryLedger
from tests.fakes.clock import FakeClock

SPAN = timedelta(seconds=30)


class Pair:
    """Two processes on one ledger, and who did what."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        ledger, time = MemoryLedger(), TrustedTime(self.clock)
        self.leases = {"one": Leases(ledger, time), "two": Leases(ledger, time)}
        self.done: list[str] = []

    async def turn(self, who: str, *, otherwise: bool = False) -> None:
        """One of them comes by."""

        async def work() -> None:
            self.done.append(who)

        async def other() -> None:
            self.done.append(f"not {who}")

        await self.leases[who].once("refresh", SPAN, work, other if otherwise else None)


async def test_it_stays_with_who_has_it() -> None:
    pair = Pair()
    for _ in range(3):
        await pair.turn("one")
        await pair.turn("two", otherwise=True)
        pair.clock.advance(SPAN / 2)
    assert pair.done == ["one", "not two"] * 3


async def test_another_goes_on_when_the_holder_is_not_heard_of() -> None:
    pair = Pair()
    await pair.turn("one")
    pair.clock.advance(SPAN)
    await pair.turn("two")
    await pair.turn("one")
    assert pair.done == ["one", "two"]


async def test_who_leaves_hands_it_over() -> None:
    pair = Pair()
    await pair.turn("one")
    await pair.leases["two"].release()
    await pair.turn("two")
    await pair.leases["one"].release()
    await pair.turn("two")
    assert pair.done == ["one", "two"]


class Heard(MemoryLedger):
    """Tells when a lease is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = asyncio.Semaphore(0)

    async def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        try:
            return await super().lease(name, holder, until, now)
        finally:
            self.taken.release()


async def test_it_is_renewed_while_the_work_takes_long() -> None:
    clock, ledger, short = FakeClock(), Heard(), timedelta(milliseconds=30)
    one, two = (Leases(ledger, TrustedTime(clock)) for _ in range(2))
    go_on = asyncio.Event()
    working = asyncio.create_task(one.once("refresh", short, go_on.wait))
    await ledger.taken.acquire()
    for _ in range(3):
        clock.advance(short * 0.9)
        # One that may have been under way, and one that certainly began afterwards.
        await ledger.taken.acquire()
        await ledger.taken.acquire()
    await two.once("refresh", short, never)
    go_on.set()
    await working


async def never() -> None:
    raise AssertionError("the lease is held")
