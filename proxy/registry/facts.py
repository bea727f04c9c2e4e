"""What looks at the upstream show, on its way into the ledger.

While our clock is behind, by the upstream's `Date` or by the ledger, nothing is written: what would be stamped now would be too
old by then, or, where it is the `Date` that is wrong, would stand in the way of every look until then. A fact that is written
later only makes a version wait longer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from proxy.clock import TrustedTime
from quarantine.ledger import Ledger
from quarantine.package import PackageName
from quarantine.record import Absorbed, Look, PackageRecord, absorb


class Facts:
    """The ledger, as far as looks are concerned."""

    def __init__(self, ledger: Ledger, time: TrustedTime) -> None:
        self._ledger = ledger
        self._time = time

    async def record(self, name: PackageName) -> PackageRecord | None:
        """What is written of a package."""
        return await self._ledger.record(name)

    async def absorb(self, name: PackageName, look: Look) -> Absorbed:
        """Fold a look into what is known; the record has no source where that was not written."""
        if self._time.behind:
            absorbed = absorb(name, await self._ledger.record(name), look)
            return replace(absorbed, record=replace(absorbed.record, source=None))
        absorbed = await self._ledger.absorb(name, look)
        self._time.entered(look.at)
        return absorbed

    async def confirm(self, name: PackageName, at: datetime) -> PackageRecord | None:
        """The upstream said that nothing changed."""
        if self._time.behind:
            record = await self._ledger.record(name)
            return replace(record, last_look=max(record.last_look, at)) if record is not None else None
        record = await self._ledger.confirm(name, at)
        self._time.entered(at)
        return record
