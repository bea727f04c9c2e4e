"""Whoever changes the database by hand is found out, in whichever column of the book, by comparing it with its log."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Table

from proxy.ledger.book import SqlBook
from proxy.ledger.book_tables import BOOK
from proxy.ledger.errors import LedgerFailed
from proxy.ledger.sql import SqlLedger
from quarantine.audit import Break, Checkpoint, digest
from quarantine.book import Freeze
from tests.contracts.book_support import BLOCK, DAY, FULL, HOLD, RELEASE, WHO, T, credential

ORIGIN = "https://registry.example"

FREE = {("actors", "name"), ("credentials", "last_used")}
"""What changes without an entry."""

COLUMNS = [(table, column) for table in BOOK for column in table.columns]


async def fill(file: Path) -> None:
    """A book with something in every table and every column."""
    ledger = await SqlLedger.open(file, ORIGIN)
    book = await SqlBook.beside(ledger)
    other = await SqlBook.beside(await ledger.beside("https://mirror.example"))
    await book.decide([RELEASE, BLOCK], "adopt", WHO, T)
    await other.decide([HOLD], "hold", WHO, T)
    await book.withdraw(2, "wrong", WHO, T)
    await book.issue(FULL, "Ann", WHO, T)
    await book.issue(credential(), None, WHO, T)
    await book.revoke("c-2", "lost", WHO, T)
    await book.used({"c-1": T, "c-2": T})
    await book.set_freeze(Freeze(T, WHO, "worm"), "worm", WHO, T)
    await book.log("export", {"entries": 8}, WHO, T)
    await ledger.close()


async def checked(file: Path, kept: Checkpoint | None = None) -> list[Break]:
    """What is found in a database."""
    ledger = await SqlLedger.open(file, ORIGIN)
    try:
        return list(await (await SqlBook.beside(ledger)).verify(kept))
    finally:
        await ledger.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("filled") / "ledger.sqlite3"
    asyncio.run(fill(file))
    return file


@pytest.fixture
def file(filled: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "ledger.sqlite3"
    shutil.copy(filled, copy)
    return copy


@pytest.fixture
def hand(file: Path) -> Iterator[sqlite3.Connection]:
    """Somebody with a shell: each statement counts at once, and nothing checks it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def other_values(column: Column[Any], value: Any) -> list[Any]:
    """What somebody might put there instead: likely, absurd, and nothing at all."""
    likely = [value + 1, 1 - value] if isinstance(value, int) else [] if value is None else [f"{value} ", value.upper()]
    others = [*likely, 7, 2**62, "x", '["admin"]', b"\x00", "1970-01-01", ""]
    if column.nullable:
        others.append(None)
    return [each for each in others if each != value or isinstance(each, str) != isinstance(value, str)]


async def test_what_nobody_touched_is_sound(file: Path) -> None:
    assert await checked(file) == []


def test_every_column_holds_something_to_change(hand: sqlite3.Connection) -> None:
    for table, column in COLUMNS:
        assert hand.execute(f"SELECT count({column.name}) FROM {table.name}").fetchone()[0], (table.name, column.name)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda each: each.name)
async def test_one_changed_value_is_found(file: Path, hand: sqlite3.Connection, table: Table, column: Column[Any]) -> None:
    ledger = await SqlLedger.open(file, ORIGIN)
    book = await SqlBook.beside(ledger)
    key = next(iter(table.primary_key)).name
    tried = 0
    for place, value in hand.execute(f"SELECT {key}, {column.name} FROM {table.name}").fetchall():
        for other in other_values(column, value):
            hand.execute("SAVEPOINT before")
            try:
                hand.execute(f"UPDATE {table.name} SET {column.name} = ? WHERE {key} = ?", (other, place))
            except sqlite3.IntegrityError:
                # Taken already, or no number where the table can have no other.
                hand.execute("ROLLBACK TO before")
                continue
            finally:
                hand.execute("RELEASE before")
            tried += 1
            now = other if column.primary_key else place
            try:
                stored = hand.execute(f"SELECT {column.name} FROM {table.name} WHERE {key} = ?", (now,)).fetchone()
                # A number's column turns some texts into numbers, and so perhaps into what was there.
                same = stored is not None and (stored[0], type(stored[0])) == (value, type(value))
                found = await book.verify()
                assert bool(found) != (same or (table.name, column.name) in FREE), (place, value, other)
            finally:
                hand.execute(f"UPDATE {table.name} SET {column.name} = ? WHERE {key} = ?", (value, now))
    assert tried
    assert list(await book.verify()) == []
    await ledger.close()


async def test_what_differs_is_named_with_the_entry_that_says_otherwise(file: Path, hand: sqlite3.Connection) -> None:
    hand.execute("UPDATE decisions SET expires = expires + 86400000000, origin_id = 2 WHERE number = 1")
    hand.execute("UPDATE decisions SET withdrawn = NULL WHERE number = 2")
    hand.execute("UPDATE credentials SET revoked = NULL, roles = '[\"admin\"]' WHERE id = 'c-2'")
    hand.execute("DELETE FROM freezes")
    assert [(each.number, each.reason) for each in await checked(file)] == [
        (1, "decision 1: expires is 2026-11-09T09:00:00.123456Z in the table and 2026-11-08T09:00:00.123456Z in the log"),
        (1, "decision 1: origin is https://mirror.example in the table and https://registry.example in the log"),
        (3, "decision 2: withdrawn is nothing in the table and 2026-11-01T09:00:00.123456Z in the log"),
        (4, 'credential c-2: roles is ["admin"] in the table and ["ci","reader"] in the log'),
        (6, "credential c-2: revoked is nothing in the table and 2026-11-01T09:00:00.123456Z in the log"),
        (7, "freeze since 2026-11-01T09:00:00.123456Z is in the log and not in the table"),
    ]


@pytest.mark.parametrize("table", BOOK, ids=lambda table: table.name)
async def test_a_row_that_is_gone_is_found(file: Path, hand: sqlite3.Connection, table: Table) -> None:
    key = next(iter(table.primary_key)).name
    for (place,) in hand.execute(f"SELECT {key} FROM {table.name}").fetchall():
        (row,) = hand.execute(f"SELECT * FROM {table.name} WHERE {key} = ?", (place,))
        hand.execute(f"DELETE FROM {table.name} WHERE {key} = ?", (place,))
        assert await checked(file), place
        hand.execute(f"INSERT INTO {table.name} VALUES ({','.join('?' * len(row))})", row)
    assert await checked(file) == []


@pytest.mark.parametrize("table", BOOK, ids=lambda table: table.name)
async def test_a_row_that_nobody_entered_is_found(file: Path, hand: sqlite3.Connection, table: Table) -> None:
    key = next(iter(table.primary_key)).name
    hand.execute(f"CREATE TEMP TABLE copied AS SELECT * FROM {table.name} LIMIT 1")
    hand.execute(f"UPDATE copied SET {key} = 99")
    if table.name == "credentials":
        hand.execute("UPDATE copied SET digest = 'another'")
    hand.execute(f"INSERT INTO {table.name} SELECT * FROM copied")
    assert await checked(file)


async def test_a_second_head_is_found(file: Path, hand: sqlite3.Connection) -> None:
    hand.execute("INSERT INTO audit_head SELECT number, hash FROM audit WHERE number = 2")
    assert await checked(file) == [Break(0, "the log has 2 heads instead of one")]


async def test_an_entry_that_cannot_be_read_is_named(file: Path, hand: sqlite3.Connection) -> None:
    hand.execute("UPDATE audit SET at = 'once' WHERE number = 8")
    hand.execute("UPDATE audit SET kind = x'00' WHERE number = 5")
    unreadable = [each.number for each in await checked(file) if each.reason == "it holds what cannot be read"]
    assert unreadable == [5, 8]


async def test_bytes_that_are_no_text_stop_everything_and_are_named(file: Path, hand: sqlite3.Connection) -> None:
    hand.execute("UPDATE decisions SET reason = CAST(x'ff' AS TEXT) WHERE number = 1")
    with pytest.raises(LedgerFailed, match=r"ledger\.sqlite3.*decode.*'reason'"):
        await checked(file)


async def test_two_entries_that_changed_places_are_found(file: Path, hand: sqlite3.Connection) -> None:
    for first, second in ((1, 2), (3, 4), (1, 8)):
        for one, other in ((first, -1), (second, first), (-1, second)):
            hand.execute("UPDATE audit SET number = ? WHERE number = ?", (other, one))
        assert {each.number for each in await checked(file)} >= {first, second}
        for one, other in ((first, -1), (second, first), (-1, second)):
            hand.execute("UPDATE audit SET number = ? WHERE number = ?", (other, one))
    assert await checked(file) == []


def head_of(hand: sqlite3.Connection) -> Checkpoint:
    """What somebody would have kept."""
    return Checkpoint(*hand.execute("SELECT number, hash FROM audit_head").fetchone())


async def test_a_tail_cut_off_with_care_is_found_by_a_checkpoint_alone(file: Path, hand: sqlite3.Connection) -> None:
    kept = head_of(hand)
    hand.execute("DELETE FROM audit WHERE number = 8")
    hand.execute("UPDATE audit_head SET (number, hash) = (SELECT number, hash FROM audit WHERE number = 7)")
    assert await checked(file) == []
    assert [each.number for each in await checked(file, kept)] == [8]


async def test_a_tail_cut_off_without_care_for_the_head_is_found(file: Path, hand: sqlite3.Connection) -> None:
    hand.execute("DELETE FROM audit WHERE number = 8")
    assert [each.number for each in await checked(file)] == [7]


async def test_a_history_written_anew_is_found_by_a_checkpoint_alone(file: Path, hand: sqlite3.Connection) -> None:
    kept = head_of(hand)
    # Everything is made to agree: what the log says, what the table holds, every hash, and the head.
    hand.execute("UPDATE decisions SET reason = 'harmless' WHERE number = 2")
    hand.execute("""UPDATE audit SET payload = replace(payload, 'it \\"phones\\" home', 'harmless')""")
    previous = "0" * 64
    for number, at, actor, kind, payload in hand.execute("SELECT number, at, actor, kind, payload FROM audit").fetchall():
        moment = T + (at - 1_793_523_600_123_456) * (DAY / 86_400_000_000)
        sealed = digest(number, moment, actor, kind, payload, previous)
        hand.execute("UPDATE audit SET previous = ?, hash = ? WHERE number = ?", (previous, sealed, number))
        previous = sealed
    hand.execute("UPDATE audit_head SET hash = ?", (previous,))
    assert await checked(file) == []
    assert [each.reason for each in await checked(file, kept)] == ["it is not the entry that the checkpoint names"]
