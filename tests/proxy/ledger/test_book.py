"""The SQL book keeps the contract of books; with several origins, beside the ledger, and where the database refuses.

Set PRATIQUE_TEST_DATABASE_URL to an empty database of a server to run the contract there as well.
"""

import asyncio
import itertools
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.ledger.book import SqlBook
from proxy.ledger.engine import database_url
from proxy.ledger.errors import LedgerFailed
from proxy.ledger.migrations import BASE, HEAD, move
from proxy.ledger.sql import SqlLedger
from quarantine.book import Book, UnknownDecision
from quarantine.lifecycle import IllegalTransition
from tests.contracts.book import BookContract, PersistentBookContract
from tests.contracts.book_support import BLOCK, HOLD, RELEASE, WHO, T, credential, everything, log_of
from tests.fakes.book import MemoryBook

ORIGIN = "https://registry.example"
SERVERS = [url for url in [os.environ.get("PRATIQUE_TEST_DATABASE_URL")] if url]


class TestMemoryBook(BookContract):
    """The one for other tests, held to the same."""

    @pytest.fixture
    def book(self) -> Book:
        return MemoryBook()

    async def fresh(self, book: Book) -> Book:
        return MemoryBook()


class TestSqlBook(PersistentBookContract):
    """One origin, one process; on every database there is."""

    @pytest.fixture(params=["sqlite", *SERVERS], ids=lambda name: name.partition(":")[0])
    async def book(self, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Book]:
        self.server = request.param != "sqlite"
        self.place = request.param if self.server else str(tmp_path / "empty.sqlite3")
        self.copies = itertools.count()
        self.ledgers: list[SqlLedger] = []
        move(database_url(self.place), HEAD)
        yield await self.opened(self.place)
        for ledger in self.ledgers:
            await ledger.close()
        if self.server:
            move(database_url(self.place), BASE)

    async def opened(self, place: str) -> Book:
        self.ledgers.append(await SqlLedger.open(place, ORIGIN))
        return await SqlBook.beside(self.ledgers[-1])

    async def fresh(self, book: Book) -> Book:
        if self.server:
            await self.ledgers[-1].close()
            move(database_url(self.place), BASE)
            return await self.opened(self.place)
        copy = f"{self.place}.{next(self.copies)}"
        shutil.copy(self.place, copy)
        return await self.opened(copy)

    async def open_again(self, book: Book) -> Book:
        await self.ledgers[-1].close()
        return await self.opened(self.place)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
async def ledger(file: Path) -> AsyncIterator[SqlLedger]:
    opened = await SqlLedger.open(file, ORIGIN)
    yield opened
    await opened.close()


@pytest.fixture
async def book(ledger: SqlLedger) -> SqlBook:
    return await SqlBook.beside(ledger)


async def test_decisions_belong_to_an_origin_and_everything_else_to_all(ledger: SqlLedger, book: SqlBook) -> None:
    other = await SqlBook.beside(await ledger.beside("https://mirror.example"))
    (mine,) = await book.decide([RELEASE], "release", WHO, T)
    (theirs,) = await other.decide([BLOCK], "block", WHO, T)
    assert (mine.number, theirs.number) == (1, 2)
    assert (list(await book.decisions()), list(await other.decisions())) == ([mine], [theirs])
    with pytest.raises(UnknownDecision):
        await book.withdraw(2, "not mine", WHO, T)
    await other.issue(credential(), "Ann", WHO, T)
    assert list(await book.credentials()) == [credential()]
    assert await book.actor_name("c-1") == "Ann"
    assert await log_of(book) == await log_of(other)
    assert list(await book.verify()) == []


async def test_verify_looks_at_the_decisions_of_other_origins_too(ledger: SqlLedger, book: SqlBook, file: Path) -> None:
    other = await SqlBook.beside(await ledger.beside("https://mirror.example"))
    await other.decide([BLOCK, HOLD], "block", WHO, T)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE decisions SET reason = 'fine' WHERE number = 2")
    connection.close()
    assert [str(each.reason) for each in await book.verify()] == ["decision 2: reason is fine in the table and wait in the log"]


async def test_a_refused_change_leaves_neither_rows_nor_an_entry(ledger: SqlLedger, book: SqlBook, file: Path) -> None:
    await book.decide([RELEASE], "release", WHO, T)
    before = await everything(book)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TRIGGER full BEFORE UPDATE ON audit_head BEGIN SELECT RAISE(ABORT, 'no more'); END")
    with pytest.raises(LedgerFailed):
        await book.decide([BLOCK, HOLD], "adopt", WHO, T)
    with pytest.raises(LedgerFailed):
        await book.withdraw(1, "wrong", WHO, T)
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TRIGGER full")
    connection.close()
    assert await everything(book) == before
    assert (await book.decide([BLOCK], "block", WHO, T))[0].number == 2
    assert list(await book.verify()) == []


async def test_a_log_without_a_head_takes_no_entry(book: SqlBook, file: Path) -> None:
    await book.decide([RELEASE], "release", WHO, T)
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM audit_head")
    connection.close()
    with pytest.raises(LedgerFailed, match=r"ledger\.sqlite3.*0 heads"):
        await book.decide([BLOCK], "block", WHO, T)
    assert len(await book.decisions()) == 1


@pytest.mark.parametrize(
    ("change", "ask"),
    [
        ("UPDATE decisions SET action = 'admit'", lambda book: book.decisions()),
        ("UPDATE decisions SET lifts = '['", lambda book: book.withdraw(1, "why", WHO, T)),
        ("UPDATE decisions SET at = 9000000000000000000", lambda book: book.decisions()),
        ("UPDATE credentials SET roles = 5", lambda book: book.credentials()),
        ("UPDATE credentials SET created = 'once'", lambda book: book.revoke("c-1", "why", WHO, T)),
        ("UPDATE audit SET at = 'once'", log_of),
        ("INSERT INTO freezes VALUES ('once', 'a', 'b')", lambda book: book.freeze()),
    ],
)
async def test_rows_that_nobody_can_have_written_are_refused(book: SqlBook, file: Path, change: str, ask: object) -> None:
    await book.decide([RELEASE], "release", WHO, T)
    await book.issue(credential(), None, WHO, T)
    with sqlite3.connect(file) as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(LedgerFailed, match="restore a backup"):
        await ask(book)  # type: ignore[operator]
    assert await book.verify()


async def test_a_book_whose_ledger_was_closed_says_so(ledger: SqlLedger, book: SqlBook) -> None:
    await ledger.close()
    with pytest.raises(LedgerFailed, match="closed"):
        await book.decide([RELEASE], "release", WHO, T)


async def test_a_cancelled_decision_is_carried_through_or_not_begun(book: SqlBook) -> None:
    call = asyncio.create_task(book.decide([RELEASE], "release", WHO, T))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    (made,) = await book.decide([BLOCK], "block", WHO, T)
    assert [each.number for each in await book.decisions()] == list(range(1, made.number + 1))
    assert list(await book.verify()) == []


async def test_of_two_who_withdraw_at_once_one_does(ledger: SqlLedger, book: SqlBook, file: Path) -> None:
    elsewhere = await SqlLedger.open(file, ORIGIN)
    other = await SqlBook.beside(elsewhere)
    await book.decide([RELEASE], "release", WHO, T)
    both = await asyncio.gather(book.withdraw(1, "one", WHO, T), other.withdraw(1, "other", WHO, T), return_exceptions=True)
    await elsewhere.close()
    assert sorted(isinstance(each, IllegalTransition) for each in both) == [False, True]
    assert list(await book.verify()) == []
