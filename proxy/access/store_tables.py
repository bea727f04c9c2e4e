"""The tables of the access records. They are many, so what repeats in them is a number that stands for a text."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, MetaData, SmallInteger, Table, Text, text

from proxy.access.records import OUTCOMES, Outcome
from proxy.ledger.errors import LedgerTooNew
from proxy.ledger.types import Instant

metadata = MetaData()

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
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
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
    Index("ix_accesses_package_version_at", "package", "version", "at"),
    Index("ix_accesses_at", "at"),
    Index("ix_accesses_withheld_at", "at", sqlite_where=is_withheld, postgresql_where=is_withheld),
)
"""One row a request."""

schema = Table("access_schema", metadata, Column("version", Integer, nullable=False))
"""One row: how many of the steps below have been taken."""

STEPS: tuple[Callable[[Connection], None], ...] = (metadata.create_all,)
"""What makes each version of the tables out of the one before it, from nothing. A later step is plain DDL."""


def prepare(connection: Connection, place: str) -> None:
    """Make or alter the tables, in a transaction that keeps other processes from doing the same meanwhile.

    Raises LedgerTooNew for the tables of a later version.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1633903475)")
    taken = 0
    if connection.dialect.has_table(connection, schema.name):
        taken = connection.scalar(schema.select()) or 0
    if taken > len(STEPS):
        raise LedgerTooNew(place, str(taken))
    if taken == len(STEPS):
        return
    for step in STEPS[taken:]:
        step(connection)
    connection.execute(schema.delete())
    connection.execute(schema.insert().values(version=len(STEPS)))
