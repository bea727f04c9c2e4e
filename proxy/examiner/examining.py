"""Examining one version: what is in it, what its predecessor had not, and how young the things are that it pulls in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from proxy.clock import TrustedTime
from proxy.examiner.dependencies import Dependencies
from proxy.npm.archive.members import ArchiveRefused
from proxy.npm.integrity import BadIntegrity, IntegrityMismatch
from proxy.registry.errors import AddressRefused, NotFound
from proxy.registry.interface import Cached, Packument
from proxy.registry.quarantined import Quarantined
from proxy.shared.claims import Claims
from quarantine.digests import Digests
from quarantine.examination import Contents, Examination, Since, YoungDependency, compare
from quarantine.ledger import Ledger
from quarantine.package import PackageVersion
from quarantine.predecessor import predecessor_of
from quarantine.verdict import Effect, Verdict
from quarantine.weighing import HELD

log = structlog.get_logger()

EXAMINER = 1
"""Which examiner this is. A release that sees more counts one up, and young versions are examined again."""

TRIED = 3
"""So many predecessors are tried where the bytes of one cannot be had any more."""

UNOBTAINABLE = (NotFound, IntegrityMismatch, BadIntegrity, AddressRefused)
"""What asking again for a tarball does not help against."""


class Inside(Protocol):
    """Says what is in tarballs."""

    async def contents(self, packument: Packument, version: str) -> Contents:
        """See proxy.examiner.looking.Looking."""
        ...


@dataclass(slots=True)
class Counts:
    """What the metrics show."""

    examined: int = 0
    failed: int = 0
    """Of which nothing can be said."""
    scripted: int = 0
    """That run something when they are installed."""
    ambiguous: int = 0
    """That can be read in more than one way."""


class Examining:
    """Each version once, for all workers; what came of it is on record afterwards."""

    def __init__(
        self,
        packuments: Cached,
        ledger: Ledger,
        inside: Inside,
        dependencies: Dependencies,
        stage: Quarantined,
        claims: Claims,
        time: TrustedTime,
        longest: timedelta,
    ) -> None:
        """`stage` says which versions are withheld; `longest`: what is older than that at its first sight came old."""
        self._packuments = packuments
        self._ledger = ledger
        self._inside = inside
        self._dependencies = dependencies
        self._stage = stage
        self._claims = claims
        self._time = time
        self._longest = longest
        self.counts = Counts()

    async def examine(self, id: PackageVersion) -> int:
        """Examine a version, unless it has been; how many versions that took, predecessors included.

        Raises NotFound where there is nothing to examine, and what fetching raises: then nothing is on record, and it is to be
        tried again.
        """
        async with self._claims.of(f"examine {id}"):
            packument = await self._packuments.known(id.name) or await self._packuments.packument(id.name)
            if id.version not in _obtainable(packument):
                raise NotFound(f"there is nothing to examine of {id}")
            if examination_of(packument, id.version) is not None:
                return 0
            return await self._examine(packument, id.version)

    async def _examine(self, packument: Packument, version: str) -> int:
        contents, failed, since, alone, taken = None, None, None, False, 0
        young: tuple[YoungDependency, ...] = ()
        try:
            contents = await self._inside.contents(packument, version)
        except ArchiveRefused as error:
            failed = str(error)
        if contents is not None:
            since, alone, young, taken = await self._beside(packument, version, contents)
        digests = Digests.parse(packument.document.versions[version].digests)
        examination = Examination(
            digest=f"{digests.strongest}-{digests[digests.strongest or '']}",
            examiner=EXAMINER,
            at=self._time.stamping(),
            contents=contents,
            failed=failed,
            since=since,
            alone=alone,
            young=young,
        )
        record = await self._ledger.examined(packument.name, version, examination)
        if record is not None:
            self._packuments.replace_record(packument.name, record)
        self._count(PackageVersion(packument.name, version), examination)
        return taken + 1

    async def _beside(
        self, packument: Packument, version: str, contents: Contents
    ) -> tuple[Since | None, bool, tuple[YoungDependency, ...], int]:
        """What is new, whether there is nothing to compare with, which dependencies are young, and what it took to know."""
        name, came_young, taken = packument.name, self._came_young(packument, version), 0
        fit = await self._fit(packument)
        chosen = predecessor_of(version, packument.record.sightings, fit)
        before: Contents | None = None
        for _ in range(TRIED):
            if chosen is None:
                break
            known = examination_of(packument, chosen)
            if known is not None or not came_young:
                # What is old is told of, and compared with what happens to be known.
                before = known.contents if known is not None else None
                break
            try:
                taken += await self.examine(PackageVersion(name, chosen))
            except UNOBTAINABLE as error:
                log.info("predecessor-passed-over", version=f"{name}@{chosen}", reason=str(error))
                fit = fit - {chosen}
                chosen = predecessor_of(version, packument.record.sightings, fit)
                continue
            packument = await self._packuments.known(name) or packument
        young = await self._dependencies.young(name, contents, before) if came_young else ()
        since = compare(contents, before, chosen) if before is not None and chosen is not None else None
        # One that vouches for nothing, or cannot be had, was there all the same.
        alone = predecessor_of(version, packument.record.sightings, packument.record.sightings.keys()) is None
        return since, alone, young, taken

    async def _fit(self, packument: Packument) -> frozenset[str]:
        """Versions that others may be compared with: what is withheld for more than its age vouches for nothing."""
        shown = await self._stage.known_view(packument.name)
        verdicts = shown.judged.verdicts if shown is not None else {}
        return frozenset(each for each in _obtainable(packument) if each not in verdicts or not is_doubted(verdicts[each]))

    def _came_young(self, packument: Packument, version: str) -> bool:
        sighting = packument.record.sightings.get(version)
        return sighting is None or sighting.first_seen - sighting.clock_start < self._longest

    def _count(self, id: PackageVersion, examination: Examination) -> None:
        contents = examination.contents
        self.counts.examined += 1
        if contents is None:
            self.counts.failed += 1
            log.warning("not-examined", version=str(id), reason=examination.failed)
            return
        self.counts.scripted += bool(contents.scripts)
        self.counts.ambiguous += bool(contents.oddities)
        log.info("examined", version=str(id), scripts=len(contents.scripts), oddities=len(contents.oddities))


def examination_of(packument: Packument, version: str) -> Examination | None:
    """What this examiner, or a later one, has on record of the very bytes that are listed."""
    known, entry = packument.record.examinations.get(version), packument.document.versions.get(version)
    if known is None or entry is None or known.examiner < EXAMINER:
        return None
    return known if Digests.parse(entry.digests).agrees(Digests.parse(known.digest)) else None


def is_doubted(verdict: Verdict) -> bool:
    """Whether it is withheld for more than its age."""
    return any(finding.effect in {Effect.REVIEW, Effect.BLOCK} or finding.rule == HELD for finding in verdict.findings)


def _obtainable(packument: Packument) -> Collection[str]:
    return {version for version, entry in packument.document.versions.items() if entry.position >= 0 and entry.digests}
