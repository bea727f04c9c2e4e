"""The ledgers of several upstreams as one: what is known of a package is in the ledger of the registry that has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import islice, zip_longest

from quarantine.examination import Examination
from quarantine.ledger import InUse, Ledger
from quarantine.package import PackageName, PackageVersion
from quarantine.record import Absorbed, Look, Mismatch, PackageRecord
from quarantine.rewrite import Rewrite


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

    async def examined(self, name: PackageName, version: str, examination: Examination) -> PackageRecord | None:
        return await self._of(name).examined(name, version, examination)

    async def unexamined(self, since: datetime, examiner: int, limit: int) -> Sequence[PackageVersion]:
        found = await asyncio.gather(*(ledger.unexamined(since, examiner, limit) for ledger in self._all))
        parts = [[each for each in ids if self._of(each.name) is ledger] for ledger, ids in zip(self._all, found, strict=True)]
        # In turns, so that one registry with much to examine does not keep the others waiting.
        turns = (each for turn in zip_longest(*parts) for each in turn if each is not None)
        return list(islice(turns, limit))

    async def rewritten(self, name: PackageName, version: str, rewrite: Rewrite) -> PackageRecord | None:
        return await self._of(name).rewritten(name, version, rewrite)

    async def rewrite_of(self, digest: str) -> Rewrite | None:
        return await self._public.rewrite_of(digest)

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
