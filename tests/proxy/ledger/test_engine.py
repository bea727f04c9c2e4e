"""Where a database may be, how it is set up, and what is said when it refuses."""

import asyncio
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from proxy.ledger.database import Database
from proxy.ledger.engine import database_url, engine_for, shown
from proxy.ledger.errors import LedgerFailed, described, explained
from proxy.ledger.migrations import bring_up_to_date
from proxy.ledger.sql import SqlLedger
from proxy.ledger.types import Instant, instant, microseconds
from tests.contracts.ledger_support import NAME, OTHER, T, look

ORIGIN = "https://registry.example"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite3"


async def test_the_file_and_its_journal_are_for_the_owner_alone(file: Path) -> None:
    ledger = await SqlLedger.open(file, ORIGIN)
    await ledger.absorb(NAME, look(T, "1.0.0"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    await ledger.close()
    assert modes == dict.fromkeys(["ledger.sqlite3", "ledger.sqlite3-wal", "ledger.sqlite3-shm"], 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_mode_that_somebody_gave_the_file_stays(file: Path) -> None:
    bring_up_to_date(database_url(file))
    file.chmod(0o640)
    bring_up_to_date(database_url(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


async def test_closing_leaves_the_file_alone_without_a_journal(file: Path) -> None:
    ledger = await SqlLedger.open(file, ORIGIN)
    await ledger.absorb(NAME, look(T, "1.0.0"))
    await ledger.close()
    assert [path.name for path in file.parent.iterdir()] == ["ledger.sqlite3"]


async def test_a_connection_is_set_up_for_writers_beside_readers(file: Path) -> None:
    await (await SqlLedger.open(file, ORIGIN)).close()
    database = Database(database_url(file), timedelta(seconds=3))
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = await database.read(lambda c: [c.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names])
    await database.close()
    assert found == ["wal", 1, 1, 3000]


async def test_a_url_and_a_path_name_the_same_file(file: Path) -> None:
    ledger = await SqlLedger.open(f"sqlite:///{file}", ORIGIN)
    written = (await ledger.absorb(NAME, look(T, "1.0.0"))).record
    await ledger.close()
    for place in (file, str(file)):
        ledger = await SqlLedger.open(place, ORIGIN)
        assert await ledger.record(NAME) == written
        await ledger.close()


def test_a_server_is_shown_without_its_password() -> None:
    url = database_url("postgresql://app:hunter2@db.example/pratique")
    assert url.drivername == "postgresql+psycopg"
    assert shown(url) == "postgresql+psycopg://app:***@db.example/pratique"


@pytest.mark.parametrize("place", ["postgresql://app:hunter2@db.example:port/x", "oracle9://app:hunter2@db.example/x"])
def test_a_url_that_leads_nowhere_is_refused_without_its_password(place: str) -> None:
    with pytest.raises(LedgerFailed, match=r"cannot be read|driver is missing") as caught:
        engine_for(database_url(place))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("place", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
async def test_a_database_in_memory_is_refused(place: str) -> None:
    with pytest.raises(LedgerFailed, match="not a file"):
        await SqlLedger.open(place, ORIGIN)


async def test_a_place_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "ledger.sqlite3", tmp_path):
        with pytest.raises(LedgerFailed, match=f"cannot open '{place}"):
            await SqlLedger.open(place, ORIGIN)


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("my notes\n" * 1000)
    with pytest.raises(LedgerFailed, match=r"notes\.txt.*not a database"):
        await SqlLedger.open(file, ORIGIN)
    assert file.read_text() == "my notes\n" * 1000


async def test_a_lock_that_is_held_too_long_fails_writers_and_not_readers(file: Path) -> None:
    await (await SqlLedger.open(file, ORIGIN)).close()
    ledger = await SqlLedger.open(file, ORIGIN, patience=timedelta(milliseconds=1))
    written = (await ledger.absorb(NAME, look(T, "1.0.0"))).record
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerFailed, match=r"cannot write .*ledger\.sqlite3.*locked") as caught:
            await ledger.absorb(OTHER, look(T, "1.0.0"))
        assert caught.value.code == "SQLITE_BUSY"
        assert await ledger.record(NAME) == written
        other.execute("COMMIT")
    assert (await ledger.absorb(OTHER, look(T, "1.0.0"))).fresh == ("1.0.0",)
    await ledger.close()


async def test_a_full_disk_changes_nothing_and_is_said(file: Path) -> None:
    await (await SqlLedger.open(file, ORIGIN)).close()
    database = Database(database_url(file))

    def fill(connection: object) -> None:
        limited = connection.exec_driver_sql  # type: ignore[attr-defined]
        limited(f"PRAGMA max_page_count = {limited('PRAGMA page_count').scalar() + 1}")
        limited("INSERT INTO notes VALUES ('a', 'small')")
        limited("INSERT INTO notes VALUES ('b', hex(zeroblob(100000)))")

    with pytest.raises(LedgerFailed, match="no space is left; free some") as caught:
        await database.write(fill)
    assert caught.value.code == "SQLITE_FULL"
    assert await database.read(lambda c: c.execute(text("SELECT count(*) FROM notes")).scalar()) == 0
    await database.close()


async def test_a_contradiction_is_refused_by_the_database(file: Path) -> None:
    await (await SqlLedger.open(file, ORIGIN)).close()
    database = Database(database_url(file))
    orphan = text("INSERT INTO mismatches VALUES (99, '1.0.0', 'short', 0)")
    with pytest.raises(LedgerFailed, match="contradicts what is on record") as caught:
        await database.write(lambda c: c.execute(orphan))
    assert caught.value.code == "SQLITE_CONSTRAINT_FOREIGNKEY"
    await database.close()


def test_a_read_only_database_is_said(file: Path) -> None:
    bring_up_to_date(database_url(file))
    with (
        closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection,
        pytest.raises(LedgerFailed, match="may only be read"),
        explained("write", str(file)),
    ):
        connection.execute("INSERT INTO notes VALUES ('a', 'b')")


async def test_half_a_surrogate_pair_is_refused_and_the_rest_goes_on(file: Path) -> None:
    ledger = await SqlLedger.open(file, ORIGIN)
    with pytest.raises(LedgerFailed, match="surrogate"):
        await ledger.absorb(NAME, look(T, "1.0.0", "\ud800"))
    assert await ledger.record(NAME) is None
    # In a tag it does no harm: tags are kept in a form that spells it out.
    outcome = await ledger.absorb(NAME, look(T, "1.0.0", tags={"\ud800": "1.0.0"}))
    assert await (await ledger.beside(ORIGIN)).record(NAME) == outcome.record
    await ledger.close()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("53100", "no space"),
        ("25006", "only be read"),
        ("40001", "locked"),
        ("57P01", "does not answer"),
        ("23505", "contradicts"),
        ("XX000", "odd"),
    ],
)
def test_a_server_speaks_in_codes(code: str, said: str) -> None:
    error = Exception("odd")
    error.sqlstate = code  # type: ignore[attr-defined]
    assert said in str(described(error, "write", "postgresql://db.example/pratique"))


async def test_a_closed_ledger_says_so(file: Path) -> None:
    ledger = await SqlLedger.open(file, ORIGIN)
    await ledger.close()
    with pytest.raises(LedgerFailed, match="has been closed"):
        await ledger.record(NAME)


async def test_closing_waits_for_what_is_under_way(file: Path) -> None:
    ledger = await SqlLedger.open(file, ORIGIN)
    calls = [asyncio.create_task(ledger.absorb(NAME, look(T, f"1.0.{n}"))) for n in range(5)]
    await asyncio.sleep(0)
    await ledger.close()
    assert all([call.done() or await call for call in calls])
    ledger = await SqlLedger.open(file, ORIGIN)
    record = await ledger.record(NAME)
    assert record is not None
    assert len(record.sightings) == 5
    await ledger.close()


@given(st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-9, minutes=-30)))))
def test_an_instant_survives_exactly_and_sorts_as_it_should(value: datetime) -> None:
    assert instant(microseconds(value)) == value
    assert microseconds(value) - microseconds(T) == (value - T) // timedelta(microseconds=1)


def test_a_naive_instant_names_none() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Instant().process_bind_param(T.replace(tzinfo=None), sqlite.dialect())
