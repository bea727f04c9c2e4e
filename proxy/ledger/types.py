"""Column types that both databases keep in the same way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import BigInteger, Dialect, Text, TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

EXACT_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by code point whatever the locale of the database, as Python and SQLite sort it."""


def microseconds(instant: datetime) -> int:
    """Whole microseconds since the epoch; a naive datetime is a ValueError, since nobody knows which instant it means."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone, so it names no instant: give it one (UTC)")
    return (instant - EPOCH) // _MICROSECOND


@lru_cache(maxsize=8192)
def instant(value: int) -> datetime:
    """The instant, in UTC, that `microseconds` turned into this number (memoized: one look stamps many rows alike)."""
    return EPOCH + timedelta(microseconds=value)


class Instant(TypeDecorator[datetime]):
    """An instant as an integer: microseconds since the epoch, UTC. Exact, sortable, and the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)
