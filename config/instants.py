"""Instants as an operator writes them: a day (its first moment, UTC) or a time with its offset."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MEND = "write a day such as 2026-11-01, or an instant such as 2026-11-01T09:00Z"


def parse_instant(value: object) -> datetime:
    """An aware datetime in UTC, from text or from what TOML makes of an unquoted date. ValueError otherwise."""
    if isinstance(value, str):
        text = value.strip()
        try:
            if not _DAY.match(text):
                raise ValueError(_MEND)
            value = date.fromisoformat(text) if _DAY.fullmatch(text) else datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text[:40]!r}: {_MEND}") from None
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError(f"{value.isoformat()} does not say in which time zone: add Z for UTC, or +02:00")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise ValueError(f"{value.isoformat()} is out of range") from None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueError(_MEND)


def format_instant(value: datetime) -> str:
    """`2026-11-01T09:00Z`; seconds only when there are some. Reads back as the same instant."""
    value = value.astimezone(UTC).replace(tzinfo=None)
    exact = value.second or value.microsecond
    return value.isoformat(timespec="auto" if exact else "minutes") + "Z"
