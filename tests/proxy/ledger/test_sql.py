"""The SQL ledger keeps the contract of ledgers; with several origins, several processes, and after a crash.

Set PRATIQUE_TEST_DATABASE_URL to an empty database of a server to run the contract there as well.
"""

import asyncio
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from proxy.ledger import work
from proxy.ledger.database import Database
from proxy.ledger.engine import database_url, engine_for
from proxy.ledger.migrations import BASE, move
from proxy.ledger.sql import SqlLedger
from proxy.ledger.tables import sightings
from quarantine.ledger import Ledger
from quarantine.package import PackageName
from quarantine.record import Mismatch
from tests.contracts.ledger import PersistentLedgerContract
from tests.contracts.ledger_support import DAY, HOUR, MINUTE, NAME, OTHER, T, look
from tests.proxy.ledger.plans import plan

ORIGIN = "https://registry.example"
ROOT = Path(__file__).parents[3]
SERVERS = [url for url in [os.environ.get("PRATIQUE_TEST_DATABASE_URL")] if url]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.sqlite3"


@pytest.fixture
async def ledger(file: Path) -> AsyncIterator[SqlLedger]:
    opened = await SqlLedger.open(file, ORIGIN)
    yield opened
    await opened.close()


class TestSqlLedger(PersistentLedgerContract):
    """One origin, one process; on every database there is."""

    @pytest.fixture(params=["sqlite", *SERVERS], ids=lambda name: name.partition(":")[0])
    async def ledger(self, request: pytest.FixtureRequest, file: Path) -> AsyncIterator[Ledger]:
        self.place = str(file) if request.param == "sqlite" else request.param
        self.numbers = itertools.count()
        self.opened = [await SqlLedger.open(self.place, ORIGIN)]
        yield self.opened[0]
        for opened in self.opened:
            await opened.close()
        if request.param != "sqlite":
            move(database_url(self.place), BASE)

    async def fresh(self, ledger: Ledger) -> Ledger:
        assert isinstance(ledger, SqlLedger)
        return await ledger.beside(f"https://{next(self.numbers)}.example")

    async def unaided(self, ledger: Ledger) -> Ledger:
        assert isinstance(ledger, SqlLedger)
        return await ledger.beside(ledger.origin)

    async def open_again(self, ledger: Ledger) -> Ledger:
        await ledger.close()
        self.opened.append(await SqlLedger.open(self.place, ORIGIN))
        return self.opened[-1]


async def test_another_origin_in_the_same_file_sees_no_records(ledger: SqlLedger, file: Path) -> None:
    await ledger.absorb(NAME, look(T, "1.0.0", published=T))
    await ledger.remember_mismatch(NAME, "1.0.0", Mismatch("short", T))
    await ledger.asked([NAME], T)
    other = await SqlLedger.open(file, "https://mirror.example")
    try:
        for stranger in (other, await ledger.beside("https://acme.example")):
            assert await stranger.record(NAME) is None
            assert await stranger.confirm(NAME, T + DAY) is None
            assert list(await stranger.young(T - DAY)) == []
            assert list(await stranger.in_use(T - DAY, 10)) == []
        await other.absorb(NAME, look(T + HOUR, "9.0.0"))
        mine = await ledger.record(NAME)
        assert mine is not None
        assert (set(mine.sightings), mine.last_look) == ({"1.0.0"}, T)
    finally:
        await other.close()


async def test_the_clock_is_one_for_all_origins_and_stamps_askings_too(ledger: SqlLedger) -> None:
    beside = await ledger.beside("https://mirror.example")
    await beside.absorb(NAME, look(T, "1.0.0"))
    assert await ledger.last_entry() == T
    await beside.asked([NAME], T + DAY)
    assert await ledger.last_entry() == T + DAY


async def test_notes_belong_to_no_origin(ledger: SqlLedger) -> None:
    await ledger.write_note("instance", "one")
    assert await (await ledger.beside("https://mirror.example")).note("instance") == "one"


async def test_a_ledger_got_beside_another_does_not_close_it(ledger: SqlLedger) -> None:
    await (await ledger.beside("https://mirror.example")).close()
    assert await ledger.record(NAME) is None


async def test_looks_of_two_processes_at_the_same_package_lose_nothing(ledger: SqlLedger, file: Path) -> None:
    other = await SqlLedger.open(file, ORIGIN)
    try:
        looks = [look(T + n * MINUTE, *(f"1.0.{v}" for v in range(n + 1))) for n in range(40)]
        outcomes = await asyncio.gather(*((ledger if n % 2 else other).absorb(NAME, one) for n, one in enumerate(looks)))
        fresh = [version for outcome in outcomes for version in outcome.fresh]
        assert len(fresh) == len(set(fresh))
        record = await ledger.record(NAME)
        assert record is not None
        assert record == await other.record(NAME)
        assert set(fresh) == set(record.sightings) == {f"1.0.{v}" for v in range(40)}
        assert record.last_look == looks[-1].at
        # However the calls took turns: what a call answered about a first sight is what is still on record.
        for outcome in outcomes:
            assert outcome.record.first_seen == record.first_seen
            for version, sighting in outcome.record.sightings.items():
                assert sighting.first_seen == record.sightings[version].first_seen
        assert record.revision == sum(bool(outcome.written) for outcome in outcomes)
    finally:
        await other.close()


async def test_what_another_process_wrote_is_seen_at_once(ledger: SqlLedger, file: Path) -> None:
    other = await SqlLedger.open(file, ORIGIN)
    try:
        for n in range(5):
            written = (await other.absorb(NAME, look(T + n * HOUR, *(f"1.0.{v}" for v in range(n + 1))))).record
            assert await ledger.record(NAME) == written
            assert await ledger.confirm(NAME, T) == written
    finally:
        await other.close()


async def test_a_cancelled_call_is_carried_through_or_not_begun(ledger: SqlLedger) -> None:
    await ledger.absorb(NAME, look(T, "1.0.0"))
    call = asyncio.create_task(ledger.absorb(NAME, look(T + HOUR, "1.0.0", "1.0.1")))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    outcome = await ledger.absorb(NAME, look(T + 2 * HOUR, "1.0.0", "1.0.1"))
    assert set(outcome.record.sightings) == {"1.0.0", "1.0.1"}
    assert await ledger.record(NAME) == outcome.record


STREAM = """
import asyncio, sys
from proxy.ledger.sql import SqlLedger
from tests.contracts.ledger_support import MINUTE, NAME, T, look
from quarantine.record import Source

async def main():
    ledger = await SqlLedger.open(sys.argv[1], "https://registry.example")
    versions = []
    for n in range(100_000):
        versions += [f"{n}.0.{k}" for k in range(20)]
        found = look(T + n * MINUTE, *versions[-200:], tags={"latest": versions[-1]}, source=Source(str(n)))
        await ledger.absorb(NAME, found)
        print(n, flush=True)

asyncio.run(main())
"""


def killed_in_the_middle(file: Path) -> list[int]:
    """The numbers of the looks that a process said it had taken before it was killed."""
    with subprocess.Popen([sys.executable, "-c", STREAM, file], cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [int(next(child.stdout)) for _ in range(25)]
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout if line.endswith("\n")]
    assert child.returncode == -signal.SIGKILL
    return told


async def test_a_process_killed_in_a_stream_of_looks_leaves_only_whole_ones(file: Path) -> None:
    told = killed_in_the_middle(file)
    ledger = await SqlLedger.open(file, ORIGIN)
    try:
        record = await ledger.record(NAME)
        assert record is not None
        assert record.source is not None
        last = int(record.source.blob)
        assert last in (told[-1], told[-1] + 1)
        assert record.last_look == T + last * MINUTE
        assert record.revision == last + 1
        assert record.tags["latest"][0] == f"{last}.0.19"
        assert set(record.sightings) == {f"{n}.0.{k}" for n in range(last + 1) for k in range(20)}
        gone = {version for version, sighting in record.sightings.items() if sighting.missing_since}
        assert gone == {f"{n}.0.{k}" for n in range(last - 9) for k in range(20)}
        assert (await ledger.absorb(OTHER, look(T, "1.0.0"))).fresh == ("1.0.0",)
    finally:
        await ledger.close()
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


async def test_questions_about_all_packages_look_up_an_index(ledger: SqlLedger, file: Path) -> None:
    engine = engine_for(database_url(file))
    young = plan(engine, lambda connection: work.young(connection, 1, T))
    assert "SEARCH sightings USING COVERING INDEX ix_sightings_clock_start_package_id (clock_start>?)" in young
    assert "SEARCH packages USING INTEGER PRIMARY KEY" in young
    in_use = plan(engine, lambda connection: work.in_use(connection, 1, T, 10))
    assert "SEARCH packages USING INDEX ix_packages_origin_id_last_asked (origin_id=? AND last_asked>?)" in in_use
    last = plan(engine, work.last_entry)
    assert "SEARCH packages USING COVERING INDEX ix_packages_last_look" in last
    assert "SEARCH packages USING COVERING INDEX ix_packages_origin_id_last_asked (origin_id=?)" in last
    engine.dispose()


async def test_the_clock_in_the_table_is_that_of_the_sighting(ledger: SqlLedger, file: Path) -> None:
    await ledger.absorb(NAME, look(T, "1.0.0"))
    await ledger.absorb(NAME, look(T + HOUR, "1.0.0", "1.0.1", "1.0.2", published=None))
    await ledger.absorb(NAME, look(T + 2 * HOUR, "1.0.3", published=T + 2 * HOUR))
    record = await ledger.record(NAME)
    assert record is not None
    database = Database(database_url(file))
    rows = await database.read(lambda c: c.execute(select(sightings.c.version, sightings.c.clock_start)).all())
    await database.close()
    found = {row.version: row.clock_start for row in rows}
    assert found == {version: sighting.clock_start for version, sighting in record.sightings.items()}


async def test_a_package_of_thousands_of_versions_is_kept_whole(ledger: SqlLedger) -> None:
    name = PackageName("big")
    outcome = await ledger.absorb(name, look(T, *(f"1.0.{n}" for n in range(3000))))
    assert len(outcome.fresh) == 3000
    reopened = await ledger.beside(ORIGIN)
    assert await reopened.record(name) == outcome.record
