"""Instants and spans as the API takes them: `7d` from now, or since then, or an instant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from proxy.web.requests import BadBody

_SPAN = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", re.ASCII)


def parse_span(text: str, what: str) -> timedelta:
    """`7d`, `36h`, `1d12h`. Raises BadBody."""
    match = _SPAN.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        raise BadBody(f"{what} {text[:40]!a} is no length of time; write 7d, 36h or 90m, or an instant like 2026-12-01T00:00Z")
    days, hours, minutes, seconds = (int(each or 0) for each in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def instant_after(value: datetime | str | None, now: datetime, what: str) -> datetime | None:
    """An instant in the future: given, or a span from now. Raises BadBody."""
    if value is None:
        return None
    if isinstance(value, str):
        return now + parse_span(value, what)
    if value.tzinfo is None:
        raise BadBody(f"{what} has no time zone; write it with Z")
    return value.astimezone(UTC)


def instant_before(text: str | None, now: datetime, what: str) -> datetime | None:
    """An instant in the past: given, or a span before now. Raises BadBody."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return now - parse_span(text, what)
    if parsed.tzinfo is None:
        raise BadBody(f"{what} has no time zone; write it with Z")
    return parsed.astimezone(UTC)
