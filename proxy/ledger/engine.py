"""Engines: how a connection to SQLite or PostgreSQL is set up, and what a place for a database must be like."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from proxy.ledger.errors import LedgerFailed
from proxy.storage.locality import refuse_network_filesystem

READERS = 4
"""Threads, and so connections, that read."""

PATIENCE = timedelta(seconds=5)
"""How long a statement waits for a lock that another process holds, before it fails."""

MIGRATION_PATIENCE = timedelta(minutes=2)
"""The same at start, while another process may be migrating."""

JOURNAL_LIMIT = 64 * 1024 * 1024
"""Bytes that SQLite's write-ahead log keeps on disk after a burst."""

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_READ_OPTIONS: dict[str, dict[str, Any]] = {
    # One record is read with several statements, which must see one state. SQLite's BEGIN gives that by itself.
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def database_url(place: str | Path) -> URL:
    """The URL of a database from a URL or from the path of an SQLite file."""
    if isinstance(place, Path) or "://" not in place:
        return URL.create(_DRIVERS["sqlite"], database=os.fspath(place))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        # The text is not repeated: there may be a password in it.
        reason = "its URL cannot be read"
        raise LedgerFailed("use", "the database", reason, "write sqlite:////path or postgresql://user@host/name") from None
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def shown(url: URL) -> str:
    """How messages name a database: the file, or the URL without its password."""
    return repr(url.database) if is_sqlite(url) and url.database else url.render_as_string(hide_password=True)


def is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def prepare_place(url: URL) -> None:
    """Make the file of an SQLite database, for its owner alone, where SQLite can be relied on; nothing for a server.

    SQLite gives its journal the mode of the file. An existing file keeps the mode that somebody gave it.
    """
    if not is_sqlite(url):
        return
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise LedgerFailed("use", url.render_as_string(), "it is not a file", "name a file: sqlite:////path/of/file")
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network_filesystem(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        mend = "let the user that pratique runs as write the file and its directory"
        raise LedgerFailed("open", shown(url), error.strerror or type(error).__name__, mend) from error


def engine_for(url: URL, patience: timedelta = PATIENCE, *, foreign_keys: bool = True) -> Engine:
    """An engine with a connection for each reader and one for the writer; it connects when first used.

    `foreign_keys` is for migrations: SQLite alters a table by replacing it, which the checks would take for deletion.
    """
    if not is_sqlite(url):
        try:
            return create_engine(url, pool_size=READERS + 1, max_overflow=0, pool_pre_ping=True)
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            mend = "install it beside pratique (for PostgreSQL: psycopg[binary])"
            raise LedgerFailed("use", shown(url), f"its driver is missing ({error})", mend) from error
    engine = create_engine(url, pool_size=READERS + 1, max_overflow=0, connect_args={"timeout": patience.total_seconds()})
    settings = [
        f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        "PRAGMA synchronous = NORMAL",
        f"PRAGMA journal_size_limit = {JOURNAL_LIMIT}",
    ]

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        # The driver would begin transactions late, and only before a change; `begin` below says when instead.
        connection.isolation_level = None
        for setting in settings:
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes then would fail, not wait, when another came in between.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def use_write_ahead_log(engine: Engine) -> None:
    """Let readers go on while somebody writes; the file remembers it. Nothing for a server."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        mode = _journal_mode(connection.cursor())
    finally:
        connection.close()
    if mode != ("wal",):
        reason = "SQLite cannot keep a write-ahead log beside it"
        raise LedgerFailed("use", shown(engine.url), reason, "put it on a local disk")


def _journal_mode(cursor: Any) -> Any:
    """Switch to the write-ahead log. Where another process is doing the same, the switch does not wait: a lock does."""
    for _ in range(5):
        try:
            return cursor.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("ROLLBACK")
    return cursor.execute("PRAGMA journal_mode = WAL").fetchone()


def reading(engine: Engine) -> Engine:
    """The engine, for transactions that read and see one state throughout."""
    return engine.execution_options(**_READ_OPTIONS.get(engine.dialect.name, {}))


def writing(engine: Engine) -> Engine:
    """The engine, for transactions that write and, in SQLite, hold the write lock from their first statement on."""
    return engine.execution_options(writes=True)
