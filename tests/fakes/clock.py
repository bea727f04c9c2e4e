"""A clock that tests set: starts at a given instant, or at the machine's time, and moves only when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """`proxy.clock.Clock` by hand."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime.now(UTC)
        self._elapsed = 1000.0

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed

    def advance(self, span: timedelta) -> datetime:
        """Let time pass; the new instant."""
        self._now += span
        self._elapsed += span.total_seconds()
        return self._now

    def set_back(self, span: timedelta) -> None:
        """The wall clock jumps back; elapsed time does not."""
        self._now -= span
