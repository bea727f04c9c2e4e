"""The tables of the book: decisions, credentials, the freeze, the names of actors, and the log that chains all changes."""

from __future__ import annotations

import json

from sqlalchemy import Boolean, Column, Dialect, ForeignKey, Integer, Table, Text, TypeDecorator, UniqueConstraint

from proxy.ledger.tables import metadata
from proxy.ledger.types import EXACT_TEXT, Instant


class Texts(TypeDecorator[tuple[str, ...]]):
    """A few short texts in their order, as one JSON array: they are read and written with their row, never searched."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(json.loads(value))


decisions = Table(
    "decisions",
    metadata,
    # One series for all origins, so that "decision 7" is one thing in the whole log.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("origin_id", Integer, ForeignKey("origins.id"), nullable=False),
    Column("action", Text, nullable=False),
    Column("name", EXACT_TEXT, nullable=False),
    Column("versions", Text, nullable=False),
    Column("exact", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("expires", Instant),
    Column("audience", Text),
    Column("digests", Text),
    Column("lifts", Texts, nullable=False),
    Column("withdrawn", Instant),
)
"""What people decided. Only `withdrawn` ever changes, once."""

credentials = Table(
    "credentials",
    metadata,
    Column("id", EXACT_TEXT, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("roles", Texts, nullable=False),
    Column("created", Instant, nullable=False),
    Column("packages", Texts, nullable=False),
    Column("networks", Texts, nullable=False),
    Column("expires", Instant),
    Column("audience", Text),
    Column("revoked", Instant),
    Column("last_used", Instant),
    UniqueConstraint("digest"),
)
"""What they were given to show who they are. Only `revoked` changes, once, and `last_used`, which is no event of the log."""

freezes = Table(
    "freezes",
    metadata,
    Column("since", Instant, primary_key=True, autoincrement=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""The freeze in force: one row, or none."""

actors = Table(
    "actors",
    metadata,
    Column("id", EXACT_TEXT, primary_key=True),
    Column("name", Text),
)
"""Whose credential it is. Names stand nowhere else, so that forgetting one is one change, which the log outlives."""

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
"""The log. Rows are only ever added."""

audit_head = Table(
    "audit_head",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
)
"""Number and hash of the last entry: always one row, whose lock gives every entry its turn (number 0 before the first)."""

BOOK = (decisions, credentials, freezes, actors, audit, audit_head)
