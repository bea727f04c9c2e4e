"""Checking the whole book against its log, in one unchanging state of the database and without holding the log in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, Label, Text, select, type_coerce

from proxy.ledger.book_images import CREDENTIAL, DECISION, FREEZE
from proxy.ledger.book_replay import Replay, Tables
from proxy.ledger.book_tables import actors, audit, audit_head, decisions
from proxy.ledger.tables import origins
from proxy.ledger.types import EPOCH, Instant, instant
from quarantine.audit import Break, Checkpoint, Entry, check_chain

BATCH = 200
"""Entries that are fetched at once: one may hold a whole lockfile."""


def verify(connection: Connection, kept: Checkpoint | None = None) -> list[Break]:
    """Every break, by the number of its entry."""
    replay = Replay()
    unreadable: list[Break] = []
    heads = [Checkpoint(*row) for row in connection.execute(select(audit_head).order_by(audit_head.c.number.desc()))]
    if len(heads) != 1:
        unreadable.append(Break(0, f"the log has {len(heads)} heads instead of one"))
    breaks = check_chain(_watched(_entries(connection, unreadable), replay), heads[0] if heads else None, kept)
    breaks += unreadable + replay.compare(_tables(connection))
    return sorted(breaks, key=lambda each: each.number)


def _watched(entries: Iterable[Entry], replay: Replay) -> Iterator[Entry]:
    for entry in entries:
        replay.take(entry)
        yield entry


def _entries(connection: Connection, unreadable: list[Break]) -> Iterator[Entry]:
    """The log as far as it can be read: what cannot is a break, and reads as something that fits no hash."""
    wanted = select(*map(_plain, audit.columns)).order_by(audit.c.number)
    for row in connection.execution_options(yield_per=BATCH).execute(wanted):
        number, at, *texts = row
        moment = _moment(at)
        if moment is None or not all(isinstance(text, str) for text in texts):
            unreadable.append(Break(number, "it holds what cannot be read"))
        yield Entry(number, moment or EPOCH, *(text if isinstance(text, str) else repr(text) for text in texts))


def _moment(value: Any) -> datetime | None:
    try:
        return instant(value)
    except (TypeError, OverflowError):
        return None


def _tables(connection: Connection) -> Tables:
    origin = select(*map(_plain, DECISION), origins.c.origin).select_from(decisions).outerjoin(origins)
    return Tables(
        connection.execute(origin.order_by(decisions.c.number)).mappings().all(),
        connection.execute(select(*map(_plain, CREDENTIAL))).mappings().all(),
        connection.execute(select(*map(_plain, FREEZE))).mappings().all(),
        connection.scalars(select(actors.c.id)).all(),
    )


def _plain(column: Column[Any]) -> Label[Any]:
    """The column without its conversion: what somebody wrote there by hand need not be convertible."""
    kind = BigInteger if isinstance(column.type, Instant) else Integer if column.type.python_type is bool else Text
    return type_coerce(column, column.type if isinstance(column.type, Integer) else kind).label(column.name)
