"""The tables of the access records: made once, brought on from an earlier version, and asked through their indexes."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from proxy.access import store_exposure, store_prune, store_withheld, store_work
from proxy.access.exposure import ExposureRow
from proxy.access.records import KINDS, OUTCOMES, Access
from proxy.access.store import AccessLog
from proxy.ledger.engine import database_url, engine_for
from proxy.ledger.errors import LedgerTooNew
from proxy.ledger.types import microseconds
from quarantine.ranges import Subject
from tests.proxy.access.stored import query, when_told
from tests.proxy.ledger.plans import plan

T = datetime(2026, 11, 1, 9, tzinfo=UTC)
ONE = Access(T, "tarball", "@acme/widget", "1.0.0", "served", "192.0.2.7", "npm/11.6.0 node/v24", "ci", "builds")
AUDIT = Access(T, "audit", None, None, "served", "192.0.2.8", "npm/11.6.0", "install", "ann")

FIRST = """
CREATE TABLE words (id INTEGER NOT NULL, text TEXT NOT NULL, last_used BIGINT NOT NULL, PRIMARY KEY (id), UNIQUE (text));
CREATE TABLE accesses (
    id INTEGER NOT NULL, at BIGINT NOT NULL, kind SMALLINT NOT NULL, outcome SMALLINT NOT NULL, package INTEGER, version INTEGER,
    client INTEGER NOT NULL, agent INTEGER NOT NULL, command INTEGER, credential INTEGER, rules INTEGER, PRIMARY KEY (id)
);
CREATE INDEX ix_accesses_package_version_at ON accesses (package, version, at);
CREATE INDEX ix_accesses_at ON accesses (at);
CREATE INDEX ix_accesses_withheld_at ON accesses (at) WHERE outcome IN (1, 2);
CREATE TABLE access_schema (version INTEGER NOT NULL);
INSERT INTO access_schema VALUES (1);
"""
"""What the first version made."""


def made_of(file: Path) -> set[tuple[str, str]]:
    """The tables and indexes, and how they were made, as far as that matters."""
    found = query(file, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {(str(name), " ".join(str(sql).split()).replace("( ", "(").replace(" )", ")")) for name, sql in found}


def write_first(file: Path) -> None:
    """A file of the first version: a fetch, and an audit in the way it was kept then, a row for each version it named."""
    at = microseconds(T)
    texts = ["chalk", "5.6.1", "192.0.2.7", "npm/10", "ci", "builds"]
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(FIRST)
        connection.executemany("INSERT INTO words VALUES (?, ?, ?)", [(n + 1, text, at) for n, text in enumerate(texts)])
        for kind, version in (("tarball", 2), ("audit", 2), ("audit", None), ("packument", None)):
            row = (at, KINDS.index(kind), OUTCOMES.index("served"), 1 if kind != "audit" or version else None, version)
            connection.execute("INSERT INTO accesses VALUES (NULL, ?, ?, ?, ?, ?, 3, 4, 5, 6, NULL)", row)
        connection.commit()


async def test_the_first_version_is_brought_on(file: Path, tmp_path: Path) -> None:
    write_first(file)
    log = await AccessLog.open(file, pause=when_told)
    log.note_tree(AUDIT, {"chalk": ["5.6.1"]})
    await log.flush()
    found = await log.exposure(Subject.parse("chalk@5.6.1"))
    before = [ExposureRow(T, how, "5.6.1", "192.0.2.7", "builds", "ci", "npm/10") for how in ("fetched", "installed")]
    after = ExposureRow(T, "installed", "5.6.1", "192.0.2.8", "ann", "install", "npm/11.6.0")
    assert sorted(map(repr, found.rows)) == sorted(map(repr, [*before, after]))
    assert {(each.client, each.count) for each in found.who} == {("192.0.2.7", 2), ("192.0.2.8", 1)}
    assert await log.prune(T + timedelta(days=9)) == 5
    await log.close()
    assert query(file, "SELECT version FROM access_schema") == [(2,)]
    new = tmp_path / "new.db"
    await (await AccessLog.open(new, pause=when_told)).close()
    mine, theirs = dict(made_of(file)), dict(made_of(new))
    assert mine.keys() == theirs.keys()
    later = mine.keys() - {"words", "accesses", "access_schema", "ix_accesses_at"}
    assert {name: mine[name] for name in later} == {name: theirs[name] for name in later}


async def test_opening_at_once_makes_the_tables_once(file: Path) -> None:
    logs = await asyncio.gather(*(AccessLog.open(file, pause=when_told) for _ in range(3)))
    for log in logs:
        log.note(ONE)
        await log.close()
    assert query(file, "SELECT version FROM access_schema") == [(2,)]
    assert query(file, "SELECT count(*) FROM accesses") == [(3,)]


async def test_opening_at_once_brings_the_tables_on_once(file: Path) -> None:
    write_first(file)
    logs = await asyncio.gather(*(AccessLog.open(file, pause=when_told) for _ in range(3)))
    for log in logs:
        await log.close()
    assert query(file, "SELECT version FROM access_schema") == [(2,)]


async def test_the_records_of_a_later_version_are_left_alone(file: Path) -> None:
    await (await AccessLog.open(file, pause=when_told)).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE access_schema SET version = 99")
        connection.commit()
    with pytest.raises(LedgerTooNew, match=r"access\.db.*later version.*'99'"):
        await AccessLog.open(file, pause=when_told)


def exposed(text: str) -> Callable[[Connection], object]:
    return lambda connection: store_exposure.exposure(connection, Subject.parse(text), T, None, 9)


@pytest.mark.parametrize(
    ("ask", "indexes"),
    [
        (lambda connection: store_work.who(connection, "@acme/widget", "1.0.0", T, 9), ["INDEX ix_accesses_exposure"]),
        (lambda connection: store_work.who(connection, "@acme/widget", None, None, 9), ["INDEX ix_accesses_exposure"]),
        (lambda connection: store_withheld.withheld_since(connection, T), ["COVERING INDEX ix_accesses_withheld"]),
        (lambda connection: store_prune.prune(connection, T), ["INDEX ix_accesses_at"]),
        (lambda connection: store_prune.prune_audits(connection, T), ["INDEX ix_audits_at"]),
        (lambda connection: store_prune.prune_trees(connection, T + timedelta(days=9)), ["INDEX ix_trees_last_used"]),
        *(
            (
                exposed(text),
                ["COVERING INDEX ix_accesses_exposure", "INDEX ix_members_package_version", "COVERING INDEX ix_audits_tree"],
            )
            for text in ("@acme/widget@1.0.0", "@acme/widget@<2", "@acme/widget")
        ),
    ],
)
async def test_questions_look_up_an_index(file: Path, ask: Callable[[Connection], object], indexes: list[str]) -> None:
    log = await AccessLog.open(file, pause=when_told)
    log.note(ONE)
    log.note_tree(AUDIT, {"@acme/widget": ["1.0.0"]})
    await log.close()
    engine = engine_for(database_url(file))
    told = plan(engine, ask)
    engine.dispose()
    for index in indexes:
        assert f"{index} (" in told
    assert told.count("TEMP B-TREE FOR GROUP BY") <= 1
    scans = [line for line in told.splitlines() if line.startswith("SCAN") and line.split()[1] not in {"words"}]
    assert scans == []
