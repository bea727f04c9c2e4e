"""How much may be done in the background: so many a minute on average, and a minute's worth at once."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """Counts what was done against the time that has passed."""

    def __init__(self, per_minute: int, elapsed: Callable[[], float]) -> None:
        """`elapsed`: seconds that only ever grow."""
        self._per_minute = per_minute
        self._elapsed = elapsed
        self._left = float(per_minute)
        self._at = elapsed()

    def allowed(self) -> int:
        """How many more there may be now."""
        now = self._elapsed()
        self._left = min(float(self._per_minute), self._left + (now - self._at) * self._per_minute / 60)
        self._at = now
        return max(0, int(self._left))

    def spend(self, count: int) -> None:
        """So many there were; more than allowed are made up for."""
        self._left -= count
