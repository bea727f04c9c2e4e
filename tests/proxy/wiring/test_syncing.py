"""What one worker was told, the other goes by with its next request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from proxy.access.keyring import Keyring
from proxy.ledger.errors import LedgerFailed
from proxy.shared.counters import CREDENTIALS, DECISIONS, EPOCH, Counters
from proxy.wiring.syncing import Sync
from quarantine.board import Board
from quarantine.book import Freeze
from quarantine.decision import Decision
from quarantine.package import PackageName
from tests.contracts.book_support import BLOCK, DAY, HOLD, WHO, T, credential
from tests.fakes.book import MemoryBook
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy
from tests.fakes.simulator import Fault, Simulator
from tests.fakes.workers import two_workers
from tests.proxy.web.api import credential as given

FREE = {"hold": "0", "new_package_hold": "0"}
MINUTE = timedelta(minutes=1)
TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"
NAME = PackageName("left-pad")


class Slow(MemoryBook):
    """A book whose reading a test can hold up, and break."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()
        self.reads = 0
        self.broken = False

    async def changes(self, after: int) -> Sequence[Decision]:
        found = await super().changes(after)
        self.reads += 1
        self.entered.set()
        await self.go_on.wait()
        if self.broken:
            raise LedgerFailed("read", "memory", "it is broken", "mend it")
        return found


class Worker:
    """What one worker remembers of a book."""

    def __init__(self, counters: Counters, book: MemoryBook) -> None:
        self.board, self.keyring = Board(), Keyring()
        self.sync = Sync(counters, book, self.board, self.keyring, [credential("from a secret", "cd")])


async def test_what_changed_is_read_and_nothing_else() -> None:
    counters, book = Counters.private(), Slow()
    await book.decide([BLOCK], "block", WHO, T)
    worker = Worker(counters, book)
    assert worker.sync.due()
    await worker.sync.catch_up()
    assert not worker.sync.due()
    assert [each.number for each in worker.board.of(BLOCK.subject.name)] == [1]
    assert [each.id for each in worker.keyring.all()] == ["from a secret"]

    await book.issue(credential(), None, WHO, T)
    counters.bump(CREDENTIALS)
    await book.set_freeze(Freeze(T, WHO, "why"), "why", WHO, T)
    counters.bump(EPOCH)
    await worker.sync.catch_up()
    assert {each.id for each in worker.keyring.all()} == {"from a secret", "c-1"}
    assert worker.board.frozen == T
    assert book.reads == 1

    before = worker.board.of(BLOCK.subject.name)
    await book.decide([HOLD], "hold", WHO, T)
    await book.withdraw(1, "wrong", WHO, T + DAY)
    counters.bump(DECISIONS)
    await worker.sync.catch_up()
    assert worker.board.of(HOLD.subject.name)[0].number == 2
    assert worker.board.of(BLOCK.subject.name)[0].withdrawn == T + DAY
    counters.bump_all()
    after = worker.board.of(BLOCK.subject.name)
    assert after is not before
    await worker.sync.catch_up()
    assert worker.board.of(BLOCK.subject.name) is after
    await worker.sync.close()


async def test_what_is_written_while_the_book_is_read_is_read_once_more() -> None:
    counters, book = Counters.private(), Slow()
    worker = Worker(counters, book)
    book.go_on.clear()
    early = asyncio.create_task(worker.sync.catch_up())
    await book.entered.wait()
    await book.decide([BLOCK], "block", WHO, T)
    counters.bump(DECISIONS)
    late = asyncio.create_task(worker.sync.catch_up())
    book.go_on.set()
    await late
    assert worker.board.of(BLOCK.subject.name)
    await early
    assert not worker.sync.due()
    await worker.sync.close()


async def test_where_the_book_cannot_be_read_nobody_is_told_that_it_was() -> None:
    counters, book = Counters.private(), Slow()
    worker = Worker(counters, book)
    book.broken = True
    with pytest.raises(LedgerFailed):
        await worker.sync.catch_up()
    assert worker.sync.due()
    book.broken = False
    await worker.sync.catch_up()
    assert not worker.sync.due()
    await worker.sync.close()


@asynccontextmanager
async def pair(folder: Path) -> AsyncIterator[tuple[Simulator, FakeClock, Proxy, Proxy]]:
    """Two workers, and a package that both have in memory."""
    clock = FakeClock()
    async with Simulator() as upstream:
        upstream.now = clock.now()
        upstream.publish(NAME, "1.0.0", at=upstream.now - timedelta(days=30))
        async with two_workers(upstream, folder, clock, quarantine=FREE) as (one, two):
            assert [await status(each, TARBALL) for each in (one, two)] == [200, 200]
            for each in (one, two):
                await each.built.services.routed.public.packuments.settle()
            yield upstream, clock, one, two


async def status(proxy: Proxy, path: str) -> int:
    async with proxy.get(path) as response:
        await response.read()
        return int(response.status)


async def test_a_decision_at_one_holds_at_the_other(tmp_path: Path) -> None:
    async with pair(tmp_path) as (_, _, one, two):
        admin = await given(one, "admin")
        made = await admin.decide("block", "left-pad@1.0.0")
        assert [await status(each, TARBALL) for each in (two, one)] == [403, 403]
        assert (await admin.withdraw(made.body["decision"]["id"])).status == 200
        assert [await status(each, TARBALL) for each in (two, one)] == [200, 200]


async def test_what_one_has_looked_at_the_other_shows_without_a_look(tmp_path: Path) -> None:
    async with pair(tmp_path) as (upstream, clock, one, two):
        assert [request.path for request in upstream.requests] == ["/left-pad", TARBALL]
        clock.advance(6 * MINUTE)
        upstream.now = clock.now()
        upstream.publish(NAME, "1.1.0")
        assert list((await one.json("/left-pad"))["versions"]) == ["1.0.0", "1.1.0"]
        await one.built.services.routed.public.packuments.settle()
        assert list((await two.json("/left-pad"))["versions"]) == ["1.0.0", "1.1.0"]
        clock.advance(6 * MINUTE)
        for each in (two, one):
            await each.json("/left-pad")
        looks = [request for request in upstream.requests if request.path == "/left-pad"]
        assert len(looks) == 3


async def test_bytes_that_were_wrong_for_one_are_refused_by_the_other(tmp_path: Path) -> None:
    async with pair(tmp_path) as (upstream, clock, one, two):
        upstream.publish(NAME, "1.2.0", at=upstream.now - timedelta(days=20))
        clock.advance(6 * MINUTE)
        upstream.now = clock.now()
        for each in (one, two):
            await each.json("/left-pad")
        upstream.fault("/left-pad/-/", Fault.corrupt())
        wrong = "/left-pad/-/left-pad-1.2.0.tgz"
        assert await status(one, wrong) == 403
        asked = len(upstream.requests)
        assert await status(two, wrong) == 403
        assert len(upstream.requests) == asked
