"""The Ledger Protocol: what must be remembered over restarts, and a memory one for tests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from quarantine.examination import Examination
from quarantine.package import PackageName, PackageVersion
from quarantine.record import Absorbed, Look, Mismatch, PackageRecord, absorb
from quarantine.rewrite import Rewrite


@dataclass(frozen=True, slots=True)
class InUse:
    """A package that clients ask for, as the refresh schedule sees it."""

    name: PackageName
    last_look: datetime
    last_asked: datetime


class Ledger(Protocol):
    """Sightings of one upstream origin. Every method is atomic: all of it happens, or none."""

    async def record(self, name: PackageName) -> PackageRecord | None:
        """Everything known of a package; None before its first sight."""
        ...

    async def absorb(self, name: PackageName, look: Look) -> Absorbed:
        """Fold a look into the record (`quarantine.record.absorb`) and keep the outcome."""
        ...

    async def confirm(self, name: PackageName, at: datetime) -> PackageRecord | None:
        """The upstream said that nothing changed (304): only `last_look` moves, and never backwards."""
        ...

    async def remember_mismatch(self, name: PackageName, version: str, mismatch: Mismatch) -> PackageRecord | None:
        """Keep that bytes did not match; None when the package was never seen."""
        ...

    async def examined(self, name: PackageName, version: str, examination: Examination) -> PackageRecord | None:
        """Keep the outcome of an examination in place of an earlier one; None when the package was never seen."""
        ...

    async def unexamined(self, since: datetime, examiner: int, limit: int) -> Sequence[PackageVersion]:
        """Versions of packages that were asked for, whose clock started since then, and which no examiner of this number or a
        later one has looked into; the youngest first. What has gone from the upstream is not among them."""
        ...

    async def rewritten(self, name: PackageName, version: str, rewrite: Rewrite) -> PackageRecord | None:
        """Keep what became of a version's bytes; None when the package was never seen.

        Where there is a rewrite of the same bytes already, by whatever recipe and for whatever package, it is that one which the
        version then has: the caller finds in the record which.
        """
        ...

    async def rewrite_of(self, digest: str) -> Rewrite | None:
        """What became of the bytes with this digest (`Rewrite.of`)."""
        ...

    async def asked(self, names: Collection[PackageName], at: datetime) -> None:
        """Clients asked for these packages; names never seen are passed over."""
        ...

    async def in_use(self, asked_since: datetime, limit: int) -> Sequence[InUse]:
        """Packages asked for since then, the one looked at longest ago first."""
        ...

    async def young(self, since: datetime) -> Sequence[PackageName]:
        """Packages with a version whose clock (`Sighting.clock_start`) started since then, or a remembered mismatch."""
        ...

    async def last_entry(self) -> datetime | None:
        """The latest instant on record anywhere; a clock that is behind it is wrong."""
        ...

    async def note(self, key: str) -> str | None:
        """A named text of the installation (the stored upstream, the instance's id)."""
        ...

    async def write_note(self, key: str, text: str) -> None:
        """Set such a text."""
        ...

    async def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        """Whether the holder now has the lease of this name, until then: nobody has it, its time is over, or it is the holder's.

        Ended by the holder with an `until` that is not after `now`. The same for every origin.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of everything."""
        ...


class MemoryLedger:
    """A ledger that forgets at exit; for tests and as the reference that others are compared with."""

    def __init__(self) -> None:
        self._records: dict[PackageName, PackageRecord] = {}
        self._asked: dict[PackageName, datetime] = {}
        self._notes: dict[str, str] = {}
        self._leases: dict[str, tuple[str, datetime]] = {}
        self._rewrites: dict[str, Rewrite] = {}

    async def record(self, name: PackageName) -> PackageRecord | None:
        return self._records.get(name)

    async def absorb(self, name: PackageName, look: Look) -> Absorbed:
        outcome = absorb(name, self._records.get(name), look)
        self._records[name] = outcome.record
        return outcome

    async def confirm(self, name: PackageName, at: datetime) -> PackageRecord | None:
        record = self._records.get(name)
        if record is None:
            return None
        self._records[name] = replace(record, last_look=max(record.last_look, at))
        return self._records[name]

    async def remember_mismatch(self, name: PackageName, version: str, mismatch: Mismatch) -> PackageRecord | None:
        record = self._records.get(name)
        if record is None:
            return None
        mismatches = {**record.mismatches, version: mismatch}
        self._records[name] = replace(record, mismatches=mismatches, revision=record.revision + 1)
        return self._records[name]

    async def examined(self, name: PackageName, version: str, examination: Examination) -> PackageRecord | None:
        record = self._records.get(name)
        if record is None:
            return None
        examinations = {**record.examinations, version: examination}
        self._records[name] = replace(record, examinations=examinations, revision=record.revision + 1)
        return self._records[name]

    async def unexamined(self, since: datetime, examiner: int, limit: int) -> Sequence[PackageVersion]:
        found = [
            (sighting.clock_start, name, sighting.version)
            for name in self._asked
            for sighting in self._records[name].sightings.values()
            if sighting.clock_start >= since and not sighting.gone and not _by(self._records[name], sighting.version, examiner)
        ]
        ordered = sorted(sorted(found, key=lambda each: each[1:]), key=lambda each: each[0], reverse=True)
        return [PackageVersion(name, version) for _, name, version in ordered[:limit]]

    async def rewritten(self, name: PackageName, version: str, rewrite: Rewrite) -> PackageRecord | None:
        record = self._records.get(name)
        if record is None:
            return None
        kept = self._rewrites.setdefault(rewrite.of, rewrite)
        self._records[name] = replace(record, rewrites={**record.rewrites, version: kept}, revision=record.revision + 1)
        return self._records[name]

    async def rewrite_of(self, digest: str) -> Rewrite | None:
        return self._rewrites.get(digest)

    async def asked(self, names: Collection[PackageName], at: datetime) -> None:
        for name in names:
            if name in self._records:
                self._asked[name] = max(at, self._asked.get(name, at))

    async def in_use(self, asked_since: datetime, limit: int) -> Sequence[InUse]:
        rows = [InUse(name, self._records[name].last_look, asked) for name, asked in self._asked.items() if asked >= asked_since]
        return sorted(rows, key=lambda row: (row.last_look, row.name))[:limit]

    async def young(self, since: datetime) -> Sequence[PackageName]:
        return sorted(
            name
            for name, record in self._records.items()
            if record.mismatches or any(sighting.clock_start >= since for sighting in record.sightings.values())
        )

    async def last_entry(self) -> datetime | None:
        return max((record.last_look for record in self._records.values()), default=None)

    async def note(self, key: str) -> str | None:
        return self._notes.get(key)

    async def write_note(self, key: str, text: str) -> None:
        self._notes[key] = text

    async def lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        of, ends = self._leases.get(name, (holder, now))
        if of != holder and ends > now:
            return False
        self._leases[name] = (holder, until)
        return True

    async def close(self) -> None:
        """Nothing to let go of."""


def _by(record: PackageRecord, version: str, examiner: int) -> bool:
    """Whether an examiner of this number, or a later one, has looked into it."""
    examination = record.examinations.get(version)
    return examination is not None and examination.examiner >= examiner
