"""Access records: noted at once, written in batches, found again, and gone when their time is over."""

import asyncio
import itertools
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.access.records import KINDS, MAX_AGENT, MAX_COMMAND, OUTCOMES, Access
from proxy.access.store import WRITE_AT, AccessLog
from proxy.ledger.errors import LedgerFailed
from tests.proxy.access.stored import query, when_told

T = datetime(2026, 11, 1, 9, 0, 0, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ONE = Access(T, "tarball", "@acme/widget", "1.0.0", "served", "192.0.2.7", "npm/11.6.0 node/v24", "ci", "builds")


def at(seconds: float, **changes: object) -> Access:
    return replace(ONE, at=T + timedelta(seconds=seconds), **changes)  # type: ignore[arg-type]


async def test_what_was_noted_is_found_after_it_was_written(log: AccessLog) -> None:
    bare = Access(T + SECOND, "packument", "@acme/widget", None, "not-found", "2001:db8::1", "")
    log.note(ONE)
    log.note(bare)
    assert log.waiting == 2
    assert await log.who("@acme/widget") == []
    await log.flush()
    assert log.waiting == 0
    assert await log.who("@acme/widget") == [bare, ONE]


async def test_accesses_without_a_package_are_kept(log: AccessLog, file: Path) -> None:
    log.note(at(0, kind="search", package=None, version=None))
    await log.flush()
    assert query(file, "SELECT package, version FROM accesses") == [(None, None)]


async def test_who_can_be_narrowed(log: AccessLog) -> None:
    noted = [at(n, version=f"1.0.{n % 2}") for n in range(6)]
    for access in [*noted, at(0, package="other")]:
        log.note(access)
    await log.flush()
    assert await log.who("@acme/widget") == noted[::-1]
    assert await log.who("@acme/widget", "1.0.1") == [noted[5], noted[3], noted[1]]
    assert await log.who("@acme/widget", since=T + 3 * SECOND) == [noted[5], noted[4], noted[3]]
    assert await log.who("@acme/widget", "1.0.0", T + SECOND, limit=1) == [noted[4]]
    assert await log.who("@acme/widget", "9.9.9") == []
    assert await log.who("nobody-asked") == []


def test_what_a_client_wrote_is_cut() -> None:
    access = at(0, agent="a" * 10_000, command="c" * 10_000)
    assert (len(access.agent), len(access.command or "")) == (MAX_AGENT, MAX_COMMAND)


@pytest.mark.parametrize("wrong", [{"kind": "coffee"}, {"outcome": "fine"}, {"at": T.replace(tzinfo=None)}])
def test_an_access_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no access|no time zone"):
        replace(ONE, **wrong)  # type: ignore[arg-type]


async def test_texts_that_a_database_refuses_are_spelled_out(log: AccessLog) -> None:
    log.note(at(0, agent="half \udce9 NUL \0", package="\ud800"))
    await log.flush()
    [found] = await log.who("\ud800")
    assert (found.agent, found.package) == ("half \\udce9 NUL \\0", "\\ud800")


words = st.text(max_size=20).filter(lambda text: "\0" not in text) | st.just("npm")
accesses = st.builds(
    Access,
    at=st.integers(0, 10**15).map(lambda n: T + timedelta(microseconds=n)),
    kind=st.sampled_from(KINDS),
    package=st.just("widget"),
    version=st.none() | words,
    outcome=st.sampled_from(OUTCOMES),
    client=words,
    agent=words,
    command=st.none() | words,
    credential=st.none() | words,
    rules=words,
)


examples = itertools.count()


# One log for all examples: each looks only at what it has noted itself, under a package of its own.
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noted=st.lists(accesses, max_size=8))
async def test_any_access_is_found_as_it_was(log: AccessLog, noted: list[Access]) -> None:
    package = f"widget-{next(examples)}"
    mine = [replace(access, package=package) for access in noted]
    for access in mine:
        log.note(access)
    await log.flush()
    found = await log.who(package)
    assert sorted(map(repr, found)) == sorted(map(repr, mine))
    assert [access.at for access in found] == sorted((access.at for access in mine), reverse=True)


async def test_a_full_queue_drops_the_oldest_and_counts(file: Path) -> None:
    log = await AccessLog.open(file, limit=3, pause=when_told)
    noted = [at(n) for n in range(5)]
    for access in noted:
        log.note(access)
    assert (log.waiting, log.dropped) == (3, 2)
    await log.flush()
    assert await log.who("@acme/widget") == noted[:1:-1]
    await log.close()


async def test_a_second_or_many_accesses_make_it_write_by_itself(file: Path) -> None:
    pauses: asyncio.Queue[asyncio.Event] = asyncio.Queue()
    over = asyncio.Event()

    async def pause(hurry: asyncio.Event) -> None:
        await pauses.put(hurry)
        waits = [asyncio.create_task(event.wait()) for event in (hurry, over)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
        over.clear()

    log = await AccessLog.open(file, pause=pause)
    await pauses.get()
    log.note(ONE)
    over.set()
    await pauses.get()
    assert log.waiting == 0
    for n in range(WRITE_AT):
        log.note(at(n))
    await pauses.get()
    assert log.waiting == 0
    await log.close()
    assert query(file, "SELECT count(*) FROM accesses") == [(WRITE_AT + 1,)]


async def test_what_could_not_be_written_waits_in_order_and_is_written_once(file: Path) -> None:
    pauses: asyncio.Queue[None] = asyncio.Queue()

    async def pause(hurry: asyncio.Event) -> None:
        await pauses.put(None)
        await hurry.wait()

    log = await AccessLog.open(file, pause=pause, patience=timedelta(milliseconds=1))
    await pauses.get()
    noted = [at(n) for n in range(WRITE_AT)]
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for access in noted:
            log.note(access)
        await pauses.get()
        assert (log.failing, log.waiting, log.dropped) == (True, WRITE_AT, 0)
        with pytest.raises(LedgerFailed, match=r"access\.db.*locked"):
            await log.flush()
        # Nothing hurries while writing fails: the next second tries again.
        log.note(at(WRITE_AT))
        assert pauses.empty()
        other.execute("ROLLBACK")
    await log.flush()
    assert await log.who("@acme/widget", limit=9999) == [at(WRITE_AT), *noted[::-1]]
    await log.close()


async def test_a_flush_that_is_given_up_loses_nothing(log: AccessLog, file: Path) -> None:
    log.note(ONE)
    giving_up = asyncio.create_task(log.flush())
    await asyncio.sleep(0)
    giving_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await giving_up
    await log.close()
    assert query(file, "SELECT count(*) FROM accesses") == [(1,)]


async def test_closing_writes_what_waits(file: Path) -> None:
    log = await AccessLog.open(file)
    log.note(ONE)
    await log.close()
    await log.close()
    log = await AccessLog.open(file, pause=when_told)
    assert await log.who("@acme/widget") == [ONE]
    await log.close()


async def test_two_processes_give_a_word_one_number(log: AccessLog, file: Path) -> None:
    other = await AccessLog.open(file, pause=when_told)
    for n in range(20):
        for process in (log, other):
            process.note(at(n, client=f"192.0.2.{n}"))
    await asyncio.gather(log.flush(), other.flush())
    assert len(await log.who("@acme/widget")) == 40
    assert query(file, "SELECT text FROM words GROUP BY text HAVING count(*) > 1") == []
    await other.close()


async def test_a_record_takes_less_than_100_bytes(file: Path) -> None:
    log = await AccessLog.open(file, pause=when_told)
    count = 20_000
    for n in range(count):
        package, version, client = f"@scope/package-{n * 7 % 1009}", f"1.{n % 13}.{n % 7}", f"10.0.{n % 9}.{n * 11 % 251}"
        log.note(at(n / 1000, package=package, version=version, client=client, agent=f"npm/11.6.{n % 50} node/v24 linux"))
    await log.close()
    assert query(file, "SELECT count(*) FROM accesses") == [(count,)]
    [[size]] = query(file, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    assert isinstance(size, int)
    assert size / count < 100


async def test_the_file_is_for_its_owner_alone(log: AccessLog, file: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == {0o600}
