"""One flight for many askers."""

from __future__ import annotations

import asyncio

import pytest

from proxy.registry.flights import Flights


class Work:
    """Counts how often it is begun, and ends when told."""

    def __init__(self) -> None:
        self.begun = 0
        self.end = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> int:
        self.begun += 1
        await self.end.wait()
        if self.error is not None:
            raise self.error
        return self.begun


async def test_concurrent_callers_share_and_later_ones_begin_anew() -> None:
    flights: Flights[str, int] = Flights()
    work = Work()
    asking = [asyncio.ensure_future(flights.join("a", work)) for _ in range(10)]
    other = asyncio.ensure_future(flights.join("b", work))
    await asyncio.sleep(0)
    work.end.set()
    assert len({await each for each in asking}) == 1
    await other
    assert work.begun == 2
    await flights.join("a", work)
    assert work.begun == 3


async def test_an_error_reaches_everybody_and_is_not_kept() -> None:
    flights: Flights[str, int] = Flights()
    work = Work()
    work.error = ValueError("no")
    asking = [asyncio.ensure_future(flights.join("a", work)) for _ in range(3)]
    work.end.set()
    for each in asking:
        with pytest.raises(ValueError, match="no"):
            await each
    work.error = None
    assert await flights.join("a", work) == 2


async def test_a_caller_who_gives_up_does_not_end_it() -> None:
    flights: Flights[str, int] = Flights()
    work = Work()
    first = asyncio.ensure_future(flights.join("a", work))
    second = asyncio.ensure_future(flights.join("a", work))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    work.end.set()
    assert await second == 1


async def test_an_error_that_nobody_waits_for_is_not_reported_as_lost() -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    flights: Flights[str, int] = Flights()
    work = Work()
    work.error = ValueError("no")
    work.end.set()
    flights.start("a", work)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del flights
    assert reported == []


async def test_close_ends_what_is_under_way() -> None:
    flights: Flights[str, int] = Flights()
    asking = asyncio.ensure_future(flights.join("a", Work()))
    await asyncio.sleep(0)
    await flights.close()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_who_asks_again_at_once_gets_another_flight() -> None:
    flights: Flights[str, int] = Flights()
    count = 0

    async def work() -> int:
        nonlocal count
        count += 1
        return count

    # Without a turn of the event loop in between, in which the first would be forgotten.
    task = flights.start("key", work)
    await task
    assert await flights.join("key", work) == 2
    assert await flights.join("key", work) == 3
    await flights.close()
