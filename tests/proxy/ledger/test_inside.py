"""Examinations and rewrites in the database: across origins, releases and processes, and what it costs to ask for them."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from proxy.ledger import work, work_inside
from proxy.ledger.engine import database_url, engine_for
from proxy.ledger.errors import LedgerFailed
from proxy.ledger.recent import Recent
from proxy.ledger.sql import SqlLedger
from proxy.shared.counters import Counters
from quarantine.package import PackageName, PackageVersion
from tests.contracts.ledger_support import DAY, EXAMINATION, HOUR, NAME, OTHER, REWRITE, T, look
from tests.proxy.ledger.plans import plan

ORIGIN = "https://registry.example"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
async def ledger(file: Path) -> AsyncIterator[SqlLedger]:
    opened = await SqlLedger.open(file, ORIGIN)
    yield opened
    await opened.close()


def change(file: Path, statement: str, *values: object) -> None:
    """What somebody else does to the database."""
    connection = sqlite3.connect(file)
    with connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()


KEPT = """{"digest":"sha512-AA==","examiner":1,"at":"2026-11-01T09:00:00.123456Z","contents":{"files":2,"unpacked":10,"packed":5,
"oddities":[],"scripts":[{"name":"postinstall","command":"node steal.js","inside":""}],"mismatches":[],
"dependencies":[["a","^1"]],
"exotic":[],"bundled":[],"foreign":[],"native":[],"dense":[],"mentions":[],"cut":[]},"failed":null,"since":{"version":"0.9.0",
"scripts":[{"name":"postinstall","command":"node steal.js","inside":""}],"changed_scripts":[],"dependencies":[],"exotic":[],
"foreign":[],"native":[],"dense":[],"unpacked":0},"alone":false,"young":[{"name":"a","spec":"^1",
"started":"2026-11-01T08:00:00.123456Z","package":false}]}"""
"""`EXAMINATION` as the first release with an examiner writes it: every later one reads it, or examines everything again."""


async def test_what_an_earlier_release_has_written_is_still_read(ledger: SqlLedger, file: Path) -> None:
    await ledger.absorb(NAME, look(T, "1.0.0"))
    await ledger.examined(NAME, "1.0.0", replace(EXAMINATION, failed="something else", contents=None))
    change(file, "UPDATE examinations SET facts = ?", KEPT)
    record = await (await ledger.beside(ORIGIN)).record(NAME)
    assert record is not None
    assert record.examinations == {"1.0.0": EXAMINATION}


async def test_what_a_later_release_adds_is_passed_over(ledger: SqlLedger, file: Path) -> None:
    await ledger.absorb(NAME, look(T, "1.0.0"))
    await ledger.examined(NAME, "1.0.0", EXAMINATION)
    change(file, "UPDATE examinations SET facts = ?", json.dumps(json.loads(KEPT) | {"mood": "grim"}))
    record = await (await ledger.beside(ORIGIN)).record(NAME)
    assert record is not None
    assert record.examinations == {"1.0.0": EXAMINATION}


@pytest.mark.parametrize(
    "facts", ["", "{", "null", "[]", '{"digest":"sha512-AA=="}', KEPT.replace('"failed":null', '"failed":7')]
)
async def test_an_examination_that_cannot_be_read_is_none_and_can_be_made_again(
    ledger: SqlLedger, file: Path, facts: str
) -> None:
    await ledger.absorb(NAME, look(T, "1.0.0", "1.0.1"))
    for version in ("1.0.0", "1.0.1"):
        await ledger.examined(NAME, version, EXAMINATION)
    change(file, "UPDATE examinations SET facts = ? WHERE version = '1.0.0'", facts)
    unaided = await ledger.beside(ORIGIN)
    with capture_logs() as lines:
        record = await unaided.record(NAME)
    assert record is not None
    assert record.examinations == {"1.0.1": EXAMINATION}
    assert [(line["event"], line["package"], line["version"]) for line in lines] == [("examination-unreadable", NAME, "1.0.0")]
    again = await unaided.examined(NAME, "1.0.0", EXAMINATION)
    assert again is not None
    assert again.examinations == {"1.0.0": EXAMINATION, "1.0.1": EXAMINATION}
    assert await (await ledger.beside(ORIGIN)).record(NAME) == again


async def test_text_that_is_no_text_is_refused_and_changes_nothing(ledger: SqlLedger) -> None:
    before = (await ledger.absorb(NAME, look(T, "1.0.0"))).record
    with pytest.raises(LedgerFailed, match="half of a surrogate pair"):
        await ledger.examined(NAME, "1.0.0", replace(EXAMINATION, failed="half a pair: \ud800"))
    assert await (await ledger.beside(ORIGIN)).record(NAME) == before


async def test_examinations_are_an_origins_own_and_rewrites_everybodys(ledger: SqlLedger) -> None:
    other = await ledger.beside("https://mirror.example")
    await ledger.absorb(NAME, look(T, "1.0.0", published=T))
    await ledger.asked([NAME], T)
    assert await other.examined(NAME, "1.0.0", EXAMINATION) is None
    assert await other.rewritten(NAME, "1.0.0", REWRITE) is None
    assert await other.rewrite_of(REWRITE.of) is None
    assert list(await other.unexamined(T - DAY, 1, 10)) == []
    assert list(await ledger.unexamined(T - DAY, 1, 10)) == [PackageVersion(NAME, "1.0.0")]
    await ledger.rewritten(NAME, "1.0.0", REWRITE)
    await other.absorb(NAME, look(T, "1.0.0", published=T))
    await other.asked([NAME], T)
    await ledger.examined(NAME, "1.0.0", EXAMINATION)
    assert list(await other.unexamined(T - DAY, 1, 10)) == [PackageVersion(NAME, "1.0.0")]
    assert await other.rewrite_of(REWRITE.of) == REWRITE
    theirs = await other.rewritten(NAME, "1.0.0", replace(REWRITE, recipe=2, integrity="sha512-other"))
    assert theirs is not None
    assert (theirs.examinations, theirs.rewrites) == ({}, {"1.0.0": REWRITE})


async def test_whoever_remembers_the_package_is_told_of_both(file: Path) -> None:
    counters = Counters.private()
    ledger = await SqlLedger.open(file, ORIGIN, counters=counters)
    try:
        await ledger.absorb(NAME, look(T, "1.0.0"))
        mine, strangers = Counters.package_slot(NAME), Counters.package_slot(OTHER)
        told = [counters.read(mine)]
        await ledger.examined(NAME, "1.0.0", EXAMINATION)
        told.append(counters.read(mine))
        await ledger.rewritten(NAME, "1.0.0", REWRITE)
        told.append(counters.read(mine))
        assert told == sorted(set(told))
        assert counters.read(strangers) == 0
    finally:
        await ledger.close()


async def test_what_another_process_finds_is_seen_at_once_and_loses_nothing(ledger: SqlLedger, file: Path) -> None:
    other = await SqlLedger.open(file, ORIGIN)
    try:
        versions = [f"1.0.{n}" for n in range(12)]
        await ledger.absorb(NAME, look(T, *versions))
        calls: list[Coroutine[None, None, object]] = []
        for n, version in enumerate(versions):
            one, two = (ledger, other) if n % 2 else (other, ledger)
            calls += [one.examined(NAME, version, EXAMINATION), two.rewritten(NAME, version, REWRITE)]
        calls.append(ledger.absorb(NAME, look(T + HOUR, *versions, "2.0.0")))
        await asyncio.gather(*calls)
        record = await ledger.record(NAME)
        assert record is not None
        assert record == await other.record(NAME)
        assert record.examinations == dict.fromkeys(versions, EXAMINATION)
        assert record.rewrites == dict.fromkeys(versions, REWRITE)
        assert record.revision == 1 + 2 * len(versions) + 1
    finally:
        await other.close()


REWRITER = """
import asyncio, sys
from dataclasses import replace
from proxy.ledger.sql import SqlLedger
from quarantine.package import PackageName
from tests.contracts.ledger_support import REWRITE

async def main(file, name, integrity):
    ledger = await SqlLedger.open(file, "https://registry.example")
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(30):
        rewrite = replace(REWRITE, of=f"sha512-{n}", integrity=f"{integrity}-{n}")
        record = await ledger.rewritten(PackageName(name), "1.0.0", rewrite)
        print(record.rewrites["1.0.0"].integrity)
    await ledger.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_of_processes_that_rewrite_the_same_bytes_all_serve_the_same(ledger: SqlLedger, file: Path) -> None:
    for name in (NAME, OTHER):
        await ledger.absorb(name, look(T, "1.0.0"))
    children = [
        subprocess.Popen(  # noqa: ASYNC220 - nothing else goes on here
            [sys.executable, "-c", REWRITER, file, name, mark],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, mark in ((NAME, "one"), (NAME, "two"), (OTHER, "three"))
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    served = [child.communicate()[0].splitlines() for child in children]
    assert [child.returncode for child in children] == [0, 0, 0]
    found = [await ledger.rewrite_of(f"sha512-{n}") for n in range(30)]
    assert served[2] == [rewrite.integrity for rewrite in found if rewrite is not None]
    # The first two write the same row in turns: what one of them is told may be what the other has just said of its version.
    assert all(line.partition("-")[2] in {str(n) for n in range(30)} for line in served[0] + served[1])
    record = await ledger.record(NAME)
    assert record is not None
    assert record.rewrites["1.0.0"] == found[29]


async def test_what_is_unexamined_and_what_a_record_holds_are_looked_up_in_an_index(ledger: SqlLedger, file: Path) -> None:
    await ledger.absorb(NAME, look(T, "1.0.0"))
    engine = engine_for(database_url(file))
    due = plan(engine, lambda connection: work_inside.unexamined(connection, 1, T, 1, 10))
    assert "SEARCH sightings USING INDEX ix_sightings_clock_start_package_id (clock_start>?)" in due
    assert "SEARCH packages USING INTEGER PRIMARY KEY" in due
    assert "SEARCH examinations USING PRIMARY KEY (package_id=? AND version=?)" in due
    assert "SCAN" not in due
    held = plan(engine, lambda connection: work.load(connection, 1, NAME, None))
    assert "SEARCH examinations USING PRIMARY KEY (package_id=?)" in held
    assert "SEARCH rewritten USING PRIMARY KEY (package_id=?)" in held
    assert "SEARCH rewrites USING INDEX sqlite_autoindex_rewrites_1 (of=?)" in held
    assert "SCAN" not in held
    engine.dispose()


async def test_records_with_much_in_them_leave_room_for_fewer_others(ledger: SqlLedger) -> None:
    light = (await ledger.absorb(NAME, look(T, "1.0.0"))).record
    contents = EXAMINATION.contents
    assert contents is not None
    many = tuple((f"dependency-{n}", "^1") for n in range(400))
    heavy = await ledger.examined(NAME, "1.0.0", replace(EXAMINATION, contents=replace(contents, dependencies=many)))
    assert heavy is not None
    recent = Recent(100)
    recent.put(light)
    assert recent.get(NAME) == light
    recent.put(heavy)
    assert recent.get(NAME) is None
    names = [PackageName(f"package-{n}") for n in range(60)]
    for name in names:
        recent.put(replace(light, name=name))
    assert [recent.get(name) is not None for name in names] == [False] * 10 + [True] * 50
