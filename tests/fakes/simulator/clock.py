"""Instants as npm writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any


def npm_time(instant: datetime) -> str:
    """`2026-11-24T08:00:00.000Z`: UTC, milliseconds, `Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def http_date(instant: datetime) -> str:
    """The form of the `Date` and `Last-Modified` headers."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def parse_http_date(text: str | None) -> datetime | None:
    """None for what is not a date, as a server that ignores a bad condition does."""
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None


def parse_npm_time(value: Any) -> datetime | None:
    """None for whatever a test put in place of a time."""
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
