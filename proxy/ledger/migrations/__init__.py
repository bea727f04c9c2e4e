"""Bringing a database to the tables that this version uses. Alembic, which is slow to import, only if there is need."""

from __future__ import annotations

from sqlalchemy import URL, Connection, column, inspect, select, table

from proxy.ledger.engine import MIGRATION_PATIENCE, engine_for, prepare_place, shown, use_write_ahead_log, writing
from proxy.ledger.errors import LedgerTooNew, explained

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision there is, oldest first; a test holds it equal to the scripts beside this."""

HEAD = REVISIONS[-1]

BASE = "base"
"""Alembic's word for the state before the first revision."""

_VERSIONS = "alembic_version"

# The same number in every pratique, so that two that start at once on one server meet at the same lock.
_LOCK = 0x70726174


def bring_up_to_date(url: URL) -> None:
    """Make the place and its tables; nothing where they are as they should be. Blocks: for a thread.

    Raises LedgerTooNew for a database that a later version has migrated, LedgerFailed when the place is no good.
    """
    prepare_place(url)
    move(url, HEAD)


def move(url: URL, target: str) -> None:
    """Migrate to `target`, a revision or `base`, in one transaction that other processes wait for."""
    place = shown(url)
    engine = engine_for(url, MIGRATION_PATIENCE, foreign_keys=False)
    try:
        with explained("prepare", place):
            use_write_ahead_log(engine)
            with engine.begin() as connection:
                if stored_revision(connection) == target:
                    return
            with writing(engine).begin() as connection:
                lock(connection)
                stored = stored_revision(connection)
                if stored is not None and stored not in REVISIONS:
                    raise LedgerTooNew(place, stored)
                if stored != target:
                    from proxy.ledger.migrations.steps import run

                    run(connection, target, down=target == BASE or REVISIONS.index(target) < _position(stored))
    finally:
        engine.dispose()


def lock(connection: Connection) -> None:
    """Wait until no other process prepares this database; SQLite's write transaction is that lock by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def stored_revision(connection: Connection) -> str | None:
    """The revision a database is at; None before its first."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    revision: str | None = connection.scalar(select(column("version_num")).select_from(table(_VERSIONS)))
    return revision


def _position(revision: str | None) -> int:
    return -1 if revision is None else REVISIONS.index(revision)
