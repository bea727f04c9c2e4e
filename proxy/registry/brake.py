"""Backing off together: when the upstream says 429, or is down, nobody goes on asking it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 300.0
"""The longest Retry-After we obey, in seconds; a longer one is cut, so that a slip of the upstream does not last for ever."""


class Brake:
    """Until when the upstream is left alone, in seconds of the clock that is passed in."""

    def __init__(self) -> None:
        self._until = 0.0
        self.pulled = 0
        """How often the upstream asked for a pause."""

    def pull(self, now: float, seconds: float) -> None:
        """Leave the upstream alone for so long."""
        self._until = max(self._until, now + min(seconds, LONGEST))
        self.pulled += 1

    def remaining(self, now: float) -> float:
        """Seconds still to wait; 0 when it may be asked."""
        return max(0.0, self._until - now)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, section 10.2.3); None when it says nothing readable."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(0.0, (instant - now).total_seconds())
