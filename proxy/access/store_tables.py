"""The tables of the access records. They are many, so what repeats in them is a number that stands for a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    event,
    text,
)

from proxy.access.records import OUTCOMES, Outcome
from proxy.ledger.engine import use_write_ahead_log
from proxy.ledger.errors import LedgerTooNew
from proxy.ledger.types import Instant

metadata = MetaData()

_NUMBER = BigInteger().with_variant(Integer, "sqlite")

_WITHHOLDING: tuple[Outcome, ...] = ("withheld", "would-withhold")

# With the numbers spelled out: a planner uses a partial index only where it can see that the condition is the same.
is_withheld = text(f"outcome IN ({', '.join(str(OUTCOMES.index(outcome)) for outcome in _WITHHOLDING)})")

words = Table(
    "words",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", Text, nullable=False, unique=True),
    # Within a day of the latest access that has the word: one write a day for each word, not one for each access.
    Column("last_used", Instant, nullable=False),
)
"""Every text of an access, once: addresses, agents, names, versions. They go when their accesses have gone."""

accesses = Table(
    "accesses",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("outcome", SmallInteger, nullable=False),
    # Numbers of words. Not foreign keys: seven look-ups for each row would be most of what it costs to write one.
    Column("package", Integer),
    Column("version", Integer),
    Column("client", Integer, nullable=False),
    Column("agent", Integer, nullable=False),
    Column("command", Integer),
    Column("credential", Integer),
    Column("rules", Integer),
    # These two hold all that totals are made of. This one in their order, too: of a popular package there are a million
    # records, which are read in no time, and sorted in seconds.
    Index("ix_accesses_exposure", "package", "version", "client", "credential", "kind", "outcome", "at"),
    Index("ix_accesses_at", "at"),
    Index(
        "ix_accesses_withheld",
        *("at", "package", "version", "outcome", "rules", "client", "credential"),
        sqlite_where=is_withheld,
        postgresql_where=is_withheld,
    ),
)
"""One row a request."""

members = Table(
    "members",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("package", Text, nullable=False),
    Column("version", Text, nullable=False),
    Index("ix_members_package_version", "package", "version", unique=True),
)
"""Every installed version that an audit has named, once."""

parts = Table(
    "parts", metadata, Column("id", Integer, primary_key=True), Column("digest", LargeBinary, nullable=False, unique=True)
)
"""Some members that trees have in common. A tree changes in few places from day to day, and shares all of its other parts."""

part_members = Table(
    "part_members",
    metadata,
    Column("member", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Index("ix_part_members_part", "part"),
    sqlite_with_rowid=False,
)

trees = Table(
    "trees",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    # As with words: within a day of the latest audit that has it.
    Column("last_used", Instant, nullable=False, index=True),
)
"""Everything that one installation consists of, once; by a digest of its sorted members."""

tree_parts = Table(
    "tree_parts",
    metadata,
    Column("part", Integer, primary_key=True),
    Column("tree", Integer, primary_key=True),
    Index("ix_tree_parts_tree", "tree"),
    sqlite_with_rowid=False,
)

audits = Table(
    "audits",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("tree", Integer, nullable=False),
    Column("outcome", SmallInteger, nullable=False),
    Column("client", Integer, nullable=False),
    Column("agent", Integer, nullable=False),
    Column("command", Integer),
    Column("credential", Integer),
    Index("ix_audits_tree", "tree", "at", "client", "credential"),
    Index("ix_audits_at", "at"),
)
"""One row an audit that named installed versions; the columns as in `accesses`."""

schema = Table("access_schema", metadata, Column("version", Integer, nullable=False))
"""One row: the version of the tables."""


def _trees_and_exposure(connection: Connection) -> None:
    """From 1 to 2: audits with their whole trees, and indexes that answer who had or wanted a version by themselves."""
    for table in (members, parts, part_members, trees, tree_parts, audits):
        table.create(connection)
    for index in accesses.indexes:
        index.create(connection, checkfirst=True)
    for name in ("ix_accesses_package_version_at", "ix_accesses_withheld_at"):
        connection.exec_driver_sql(f"DROP INDEX {name}")


STEPS: tuple[Callable[[Connection], None], ...] = (_trees_and_exposure,)
"""What makes each version of the tables out of the one before it; the first is what was there when there were no steps."""

VERSION = len(STEPS) + 1


CACHE = 32 * 1024
"""KiB of pages that a connection to SQLite keeps at most: a batch changes thousands, all over an index."""

CHECKPOINT = 8_000
"""Pages of 4 KiB in the write-ahead log before they go where they belong, so that one that changes often goes there once."""


def prepare_engine(engine: Engine) -> None:
    """Settings of SQLite that suit many small rows; nothing for a server."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA cache_size = -{CACHE}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")

    use_write_ahead_log(engine)


def prepare(connection: Connection, place: str) -> None:
    """Make or alter the tables, in a transaction that keeps other processes from doing the same meanwhile.

    Raises LedgerTooNew for the tables of a later version.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1633903475)")
    taken = 0
    if connection.dialect.has_table(connection, schema.name):
        taken = connection.scalar(schema.select()) or 0
    if taken > VERSION:
        raise LedgerTooNew(place, str(taken))
    if taken == VERSION:
        return
    if taken:
        for step in STEPS[taken - 1 :]:
            step(connection)
    else:
        metadata.create_all(connection)
    connection.execute(schema.delete())
    connection.execute(schema.insert().values(version=VERSION))
