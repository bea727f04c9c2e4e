"""The one clock, and how far it can be trusted.

Nothing seen is recorded while ours is the earlier of our time and the upstream's, and verdicts are judged at the earlier:
whichever of the two is wrong, nothing is admitted too soon.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

TOLERANCE = timedelta(minutes=5)
"""How far our clock may be off the upstream's `Date` before nothing new is admitted."""


class Clock(Protocol):
    """Where `now` comes from."""

    def now(self) -> datetime:
        """Wall time, aware, UTC."""
        ...

    def elapsed(self) -> float:
        """Seconds that only ever grow, sleep of the machine included."""
        ...


class SystemClock:
    """Wall time as it was at start, carried on by the boot-time clock, so that a jump of the wall clock moves nothing."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._start_wall = wall()
        self._start = self.elapsed()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._start_wall + self.elapsed() - self._start, UTC)

    def elapsed(self) -> float:
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        return time.clock_gettime(boottime) if boottime is not None else time.monotonic()


class TrustedTime:
    """Our clock compared with the upstream's and with the ledger's last entry."""

    def __init__(self, clock: Clock, last_entry: datetime | None = None) -> None:
        self._clock = clock
        self._last_entry = last_entry
        self._offset = timedelta(0)
        self._compared = False
        self._trusted: datetime | None = None
        self.alarm: str | None = None
        """Why nothing new is admitted at the moment; None while the clock can be trusted."""
        self._review()

    def observe(self, upstream_date: datetime, age: timedelta = timedelta(0)) -> None:
        """Take the `Date` of an answer of the upstream that has just arrived, and its `Age`.

        Some caches keep the origin's Date and others write their own, so the upstream's time lies between Date and Date plus
        Age. An answer that has lain in a cache for long therefore says nothing, unless even that span is off.
        """
        earliest = upstream_date - self._clock.now()
        offset = max(earliest, min(timedelta(0), earliest + age))
        if age > TOLERANCE and abs(offset) <= TOLERANCE:
            return
        self._offset = offset
        self._compared = True
        self._review()

    def entered(self, instant: datetime) -> None:
        """The ledger now holds this instant."""
        if self._last_entry is None or instant > self._last_entry:
            self._last_entry = instant

    def stamping(self, at: datetime | None = None) -> datetime:
        """The instant under which something seen at `at` of our own clock (None: now) is recorded."""
        now = self._clock.now() if at is None else at
        if self.alarm is None:
            return now
        # No Date of an upstream leads far ahead: what it claims may be years off, and stays on record.
        return max(now, now + min(self._offset, TOLERANCE), self._last_entry or now)

    @property
    def behind(self) -> bool:
        """Whether our clock seems to be behind, so that what is seen now must not be recorded under its time."""
        late = self._last_entry is not None and self._clock.now() < self._last_entry - TOLERANCE
        return late or self._offset > TOLERANCE

    def judging(self) -> datetime:
        """The instant at which verdicts are asked for.

        While the clock is in doubt it stands still where it was last trusted: nothing new is admitted, and nothing that was
        admitted is taken back. Where it was never trusted it is the earlier of the two times.
        """
        now = self._clock.now()
        if self.alarm is not None:
            return self._trusted or min(now, now + self._offset)
        if self._compared:
            self._trusted = now
        return now

    def now(self) -> datetime:
        """Plain wall time, for freshness and for logs."""
        return self._clock.now()

    def elapsed(self) -> float:
        """See Clock."""
        return self._clock.elapsed()

    def _review(self) -> None:
        now = self._clock.now()
        if abs(self._offset) > TOLERANCE:
            ahead = "behind" if self._offset > timedelta(0) else "ahead of"
            minutes = int(abs(self._offset).total_seconds() // 60)
            self.alarm = f"this machine's clock is {minutes} minutes {ahead} the upstream's; set it (NTP) and restart"
        elif self._last_entry is not None and now < self._last_entry - TOLERANCE:
            self.alarm = "this machine's clock is behind the last entry of the ledger; set it (NTP) and restart"
        else:
            self.alarm = None
