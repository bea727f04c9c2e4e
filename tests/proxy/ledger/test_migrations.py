"""The migrations lead to the tables that the code uses, from nothing and back; and are run once, when there is need."""

import asyncio
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from proxy.ledger.book_tables import metadata
from proxy.ledger.engine import database_url, engine_for
from proxy.ledger.errors import LedgerFailed, LedgerTooNew
from proxy.ledger.migrations import BASE, HEAD, REVISIONS, bring_up_to_date, move, stored_revision
from proxy.ledger.migrations.steps import configuration
from proxy.ledger.sql import SqlLedger
from tests.contracts.ledger_support import EXAMINATION, HOUR, NAME, REWRITE, T, look

ORIGIN = "https://registry.example"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    # A per cent sign, since the path goes through a configuration that interpolates.
    return tmp_path / "100% mine" / "ledger.sqlite3"


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    bring_up_to_date(database_url(file))
    engine = engine_for(database_url(file))
    yield engine
    engine.dispose()


def schema(file: Path) -> dict[str, str]:
    """What SQLite says it was told to create, whatever the spacing and the order of the constraints."""
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL AND name <> 'alembic_version'")
    said = {name: " ".join(sorted(re.findall(r"[^\s,]+", text))) for name, text in rows}
    connection.close()
    return said


def test_every_script_is_listed_and_the_last_is_the_head() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_heads() == [HEAD]


def test_the_migrations_lead_to_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert stored_revision(connection) == HEAD


def test_the_migrations_say_word_for_word_what_the_tables_say(engine: Engine, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    direct = engine_for(database_url(other))
    metadata.create_all(direct)
    direct.dispose()
    assert schema(file) == schema(other)


def test_down_to_nothing_and_up_again(engine: Engine, file: Path) -> None:
    before = schema(file)
    move(database_url(file), BASE)
    assert schema(file) == {}
    bring_up_to_date(database_url(file))
    assert schema(file) == before


async def test_a_database_from_before_there_were_examinations_keeps_what_it_knows(file: Path) -> None:
    ledger = await SqlLedger.open(file, ORIGIN)
    known = (await ledger.absorb(NAME, look(T, "1.0.0", tags={"latest": "1.0.0"}))).record
    await ledger.close()
    move(database_url(file), "0003")
    assert not {"examinations", "rewrites", "rewritten"} & set(schema(file))
    ledger = await SqlLedger.open(file, ORIGIN)
    assert await ledger.record(NAME) == known
    assert await ledger.examined(NAME, "1.0.0", EXAMINATION) is not None
    assert await ledger.rewritten(NAME, "1.0.0", REWRITE) is not None
    record = (await ledger.absorb(NAME, look(T + HOUR, "1.0.0", "1.0.1", tags={"latest": "1.0.1"}))).record
    await ledger.close()
    move(database_url(file), "0003")
    ledger = await SqlLedger.open(file, ORIGIN)
    assert await ledger.record(NAME) == replace(record, examinations={}, rewrites={})
    await ledger.close()


async def test_the_database_of_a_later_version_is_left_alone(engine: Engine, file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = schema(file)
    with pytest.raises(LedgerTooNew, match=r"ledger\.sqlite3.*a later version.*'9999'.*start that version") as caught:
        await SqlLedger.open(file, ORIGIN)
    assert isinstance(caught.value, LedgerFailed)
    assert schema(file) == before


async def test_a_migration_that_fails_leaves_nothing_behind(file: Path) -> None:
    file.parent.mkdir(parents=True)
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE notes (mine TEXT)")
    connection.commit()
    connection.close()
    before = schema(file)
    with pytest.raises(LedgerFailed, match="notes"):
        await SqlLedger.open(file, ORIGIN)
    assert schema(file) == before


OPEN = """
import asyncio, sys
from proxy.ledger.sql import SqlLedger

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    ledger = await SqlLedger.open(sys.argv[1], "https://registry.example")
    await ledger.close()
    print("alembic" in sys.modules)

asyncio.run(main())
"""


def together(file: Path, count: int) -> list[tuple[int, str]]:
    """Let processes open the same place at the same moment; how each ended, and what it said."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, file],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(count)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    said = [child.communicate()[0] for child in children]
    return [(child.returncode, text) for child, text in zip(children, said, strict=True)]


def test_of_processes_that_start_at_once_one_migrates_and_the_others_wait(file: Path) -> None:
    outcomes = together(file, 3)
    assert [code for code, _ in outcomes] == [0, 0, 0], outcomes
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    assert connection.execute("SELECT count(*) FROM origins").fetchall() == [(1,)]
    connection.close()
    # What is up to date is opened without Alembic, which takes longer to import than everything else.
    assert together(file, 1) == [(0, "False\n")]


async def test_two_ledgers_opened_at_once_are_the_same_place(file: Path) -> None:
    one, two = await asyncio.gather(SqlLedger.open(file, ORIGIN), SqlLedger.open(file, ORIGIN))
    await one.absorb(NAME, look(T, "1.0.0"))
    assert await two.record(NAME) == await one.record(NAME)
    await one.close()
    await two.close()
