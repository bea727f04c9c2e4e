"""Which packages clients ask for: gathered in memory, written now and then, never on the way of a request."""

from __future__ import annotations

from datetime import datetime, timedelta

from proxy.clock import TrustedTime
from quarantine.ledger import Ledger
from quarantine.package import PackageName

GRAIN = timedelta(hours=1)
"""How exactly the time of the last ask is kept."""


class Usage:
    """Keeps the names asked for since they were last written."""

    def __init__(self, ledger: Ledger, time: TrustedTime) -> None:
        self._ledger = ledger
        self._time = time
        self._new: set[PackageName] = set()
        self._written: dict[PackageName, datetime] = {}

    def asked(self, name: PackageName) -> None:
        """Somebody asked for this package."""
        self._new.add(name)

    async def flush(self) -> None:
        """Write what is due."""
        now = self._time.now()
        due = {name for name in self._new if now - self._written.get(name, now - GRAIN) >= GRAIN}
        self._new.clear()
        if due:
            await self._ledger.asked(due, now)
            self._written |= dict.fromkeys(due, now)
        if len(self._written) > 200_000:
            self._written = {name: at for name, at in self._written.items() if now - at < GRAIN}
