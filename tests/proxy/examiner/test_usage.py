"""Which packages are asked for is gathered, and written once an hour for each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import pytest

from proxy.clock import TrustedTime
from proxy.examiner.usage import GRAIN, Usage
from quarantine.errors import PratiqueError
from quarantine.ledger import MemoryLedger
from quarantine.package import PackageName
from tests.fakes.clock import FakeClock

A, B = PackageName("a"), PackageName("b")


class Written(MemoryLedger):
    """Keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[set[PackageName], datetime]] = []
        self.broken = False

    async def asked(self, names: Collection[PackageName], at: datetime) -> None:
        if self.broken:
            raise PratiqueError("locked")
        self.told.append((set(names), at))


async def test_many_asks_are_one_entry() -> None:
    ledger, clock = Written(), FakeClock()
    usage = Usage(ledger, TrustedTime(clock))
    for name in (A, A, B):
        usage.asked(name)
    await usage.flush()
    assert ledger.told == [({A, B}, clock.now())]


async def test_nothing_new_is_no_entry() -> None:
    ledger = Written()
    usage = Usage(ledger, TrustedTime(FakeClock()))
    await usage.flush()
    usage.asked(A)
    await usage.flush()
    usage.asked(A)
    await usage.flush()
    assert len(ledger.told) == 1


async def test_an_hour_later_it_is_written_again() -> None:
    ledger, clock = Written(), FakeClock()
    usage = Usage(ledger, TrustedTime(clock))
    usage.asked(A)
    await usage.flush()
    clock.advance(GRAIN - timedelta(seconds=1))
    usage.asked(A)
    usage.asked(B)
    await usage.flush()
    clock.advance(timedelta(seconds=1))
    usage.asked(A)
    await usage.flush()
    assert [names for names, _ in ledger.told] == [{A}, {B}, {A}]


async def test_what_could_not_be_written_is_written_later() -> None:
    ledger = Written()
    usage = Usage(ledger, TrustedTime(FakeClock()))
    usage.asked(A)
    ledger.broken = True
    with pytest.raises(PratiqueError):
        await usage.flush()
    ledger.broken = False
    await usage.flush()
    assert [names for names, _ in ledger.told] == [{A}]
