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


def instant_after(text: str | None, now: datetime, what: str) -> datetime | None:
    """An instant: given, or a span from now. Raises BadBody."""
    if text is None:
        return None
    return _instant(text, what) or now + parse_span(text, what)


def instant_before(text: str | None, now: datetime, what: str) -> datetime | None:
    """An instant: given, or a span before now. Raises BadBody."""
    if not text:
        return None
    return _instant(text, what) or now - parse_span(text, what)


def _instant(text: str, what: str) -> datetime | None:
    """The instant that the text is; None where it is none."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        raise BadBody(f"{what} has no time zone; write it with Z")
    if not 2000 <= parsed.year < 9000:
        raise BadBody(f"{what} lies outside of the years that are kept; leave it out for ever")
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        raise BadBody(f"{what} lies outside of the calendar") from None
