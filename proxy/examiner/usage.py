"""Which packages clients ask for: gathered in memory, written now and then, never on the way of a request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from proxy.clock import TrustedTime
from quarantine.ledger import Ledger
from quarantine.package import PackageName

MOST_UNHEARD = 20_000
"""How many names out of audits wait to be looked at; more are dropped, and come again with the next audit."""

GRAIN = timedelta(hours=1)
"""How exactly the time of the last ask is kept."""


class Usage:
    """Keeps the names asked for since they were last written."""

    def __init__(self, ledger: Ledger, time: TrustedTime) -> None:
        self._ledger = ledger
        self._time = time
        self._new: set[PackageName] = set()
        self._written: dict[PackageName, datetime] = {}
        self._unheard: dict[PackageName, None] = {}

    def asked(self, name: PackageName) -> None:
        """Somebody asked for this package."""
        self._new.add(name)

    def installed(self, names: Iterable[PackageName]) -> None:
        """An audit named these: they are in use, though they may have come out of caches and never been asked for here."""
        fresh = islice((name for name in names if name not in self._written), MOST_UNHEARD - len(self._unheard))
        self._unheard |= dict.fromkeys(fresh)

    def take_unheard(self, most: int) -> list[PackageName]:
        """Names that audits brought, to be looked at for the first time."""
        taken = list(self._unheard)[:most]
        for name in taken:
            del self._unheard[name]
        return taken

    async def flush(self) -> None:
        """Write what is due."""
        now = self._time.now()
        due = {name for name in self._new if now - self._written.get(name, now - GRAIN) >= GRAIN}
        self._new.clear()
        if due:
            try:
                await self._ledger.asked(due, now)
            except BaseException:
                self._new |= due
                raise
            self._written |= dict.fromkeys(due, now)
        if len(self._written) > 200_000:
            self._written = {name: at for name, at in self._written.items() if now - at < GRAIN}
