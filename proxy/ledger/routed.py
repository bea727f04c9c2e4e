"""The ledgers of several upstreams as one: what is known of a package is in the ledger of the registry that has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from quarantine.ledger import InUse, Ledger
from quarantine.package import PackageName
from quarantine.record import Absorbed, Look, Mismatch, PackageRecord


class RoutedLedger:
    """A Ledger over Ledgers. What one holds of packages that are another's by now is passed over."""

    def __init__(self, public: Ledger, own: Sequence[Ledger], ledger_of: Callable[[PackageName], Ledger]) -> None:
        self._public = public
        self._all = (public, *own)
        self._of = ledger_of

    async def record(self, name: PackageName) -> PackageRecord | None:
        return await self._of(name).record(name)

    async def absorb(self, name: PackageName, look: Look) -> Absorbed:
        return await self._of(name).absorb(name, look)

    async def confirm(self, name: PackageName, at: datetime) -> PackageRecord | None:
        return await self._of(name).confirm(name, at)

    async def remember_mismatch(self, name: PackageName, version: str, mismatch: Mismatch) -> PackageRecord | None:
        return await self._of(name).remember_mismatch(name, version, mismatch)

    async def asked(self, names: Collection[PackageName], at: datetime) -> None:
        for ledger in self._all:
            theirs = [name for name in names if self._of(name) is ledger]
            if theirs:
                await ledger.asked(theirs, at)

    async def in_use(self, asked_since: datetime, limit: int) -> Sequence[InUse]:
        found = await asyncio.gather(*(ledger.in_use(asked_since, limit) for ledger in self._all))
        rows = [row for ledger, theirs in zip(self._all, found, strict=True) for row in theirs if self._of(row.name) is ledger]
        return sorted(rows, key=lambda row: (row.last_look, row.name))[:limit]

    async def young(self, since: datetime) -> Sequence[PackageName]:
        found = await asyncio.gather(*(ledger.young(since) for ledger in self._all))
        return sorted(name for ledger, names in zip(self._all, found, strict=True) for name in names if self._of(name) is ledger)

    async def last_entry(self) -> datetime | None:
        return await self._public.last_entry()

    async def note(self, key: str) -> str | None:
        return await self._public.note(key)

    async def write_note(self, key: str, text: str) -> None:
        await self._public.write_note(key, text)

    async def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        return await self._public.lease(name, holder, until, now)

    async def close(self) -> None:
        """Whoever opened the ledgers closes them."""
