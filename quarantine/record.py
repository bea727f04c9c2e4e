"""What we remember of a package: when each version was first seen, and what a new look at the upstream changes.

Upstream's `time` is not signed, so the first sighting and the last look without the version are kept beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from quarantine.digests import Digests
from quarantine.examination import Examination
from quarantine.package import PackageName
from quarantine.rewrite import Rewrite

GONE_AFTER = timedelta(minutes=2)
"""A version is gone only when a second look at least this much later misses it too."""

CLOCK_SKEW = timedelta(minutes=5)
"""A publish time may lie this far after the look that found it; further in the future it counts as missing."""

KEPT_TARGETS = 20
"""How many earlier targets of one dist-tag are remembered."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One version as it was when first seen; only what later looks may add or correct changes."""

    version: str
    first_seen: datetime
    published: datetime | None = None
    """Upstream's `time` at first sight; None where it was missing, unreadable, or later than the sighting itself."""
    last_absent: datetime | None = None
    """The last look at which the package was there, and this version, or any digest of its bytes, was not."""
    digests: Digests = field(default_factory=Digests)
    last_shown: datetime | None = None
    """While it is missing: our last look that still showed it."""
    missing_since: datetime | None = None
    """The first look that missed it; None while it is there."""
    gone: bool = False

    @property
    def clock_start(self) -> datetime:
        """Where the age begins: the later of upstream's time and our last look without it, else the first sight."""
        start = self.published or self.first_seen
        return max(start, self.last_absent or start)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Bytes that did not match what the packument promised; remembered so that each asker does not fetch them again."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """Where the stored copy of the document is, and what to ask the upstream with."""

    blob: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One version in a look."""

    published: datetime | None
    digests: Digests


@dataclass(frozen=True, slots=True)
class Look:
    """One complete, successful answer of the upstream about a package; no versions at all for a 404."""

    at: datetime
    versions: Mapping[str, Seen]
    tags: Mapping[str, str] = field(default_factory=dict)
    modified: datetime | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """Everything the ledger remembers of one package of one upstream."""

    name: PackageName
    first_seen: datetime
    last_look: datetime
    modified: datetime | None = None
    source: Source | None = None
    sightings: Mapping[str, Sighting] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each dist-tag its targets as observed, newest first."""
    mismatches: Mapping[str, Mismatch] = field(default_factory=dict)
    examinations: Mapping[str, Examination] = field(default_factory=dict)
    """The last examination of each version that was examined."""
    rewrites: Mapping[str, Rewrite] = field(default_factory=dict)
    """What is served in place of versions that were rewritten."""
    revision: int = 1
    """Grows with every change that a verdict can depend on; a look that only confirms leaves it alone."""

    @property
    def missing(self) -> bool:
        """Whether the last look showed nothing of it any more."""
        return bool(self.sightings) and all(sighting.missing_since is not None for sighting in self.sightings.values())

    @property
    def gone(self) -> bool:
        """Whether the upstream no longer has any of it, as two looks minutes apart have shown."""
        return bool(self.sightings) and all(sighting.gone for sighting in self.sightings.values())

    def last_shown(self, version: str) -> datetime | None:
        """Our last look that showed this version."""
        sighting = self.sightings.get(version)
        if sighting is None or sighting.missing_since is not None:
            return sighting.last_shown if sighting else None
        return self.last_look


@dataclass(frozen=True, slots=True)
class Absorbed:
    """The record after a look, and what the ledger has to write for it."""

    record: PackageRecord
    written: tuple[Sighting, ...] = ()
    """Sightings that are new or changed."""
    fresh: tuple[str, ...] = ()
    """The versions among them that were never seen before."""
    altered: tuple[str, ...] = ()
    """Versions listed with digests that contradict the first sighting."""
    rollback: bool = False
    """The document was older than the stored one and has been discarded."""


def absorb(name: PackageName, record: PackageRecord | None, look: Look) -> Absorbed:
    """Fold one look into the record; pure, so every ledger does the same.

    A look that began before the last one on record and arrives after it is passed over:
    it could only undo what the later one saw.
    """
    if record is not None and look.at < record.last_look:
        return Absorbed(record)
    if look.modified is not None and look.modified > look.at + CLOCK_SKEW:
        # A document from the future would make every later one look like a rollback.
        look = replace(look, modified=None)
    if record is not None and record.modified and look.modified and look.modified < record.modified:
        return Absorbed(record, rollback=True)
    known = dict(record.sightings) if record else {}
    absent_since = record.last_look if record else None
    written: list[Sighting] = []
    fresh: list[str] = []
    altered: list[str] = []
    for version, seen in look.versions.items():
        old = known.get(version)
        if old is None:
            published = seen.published if seen.published and seen.published <= look.at + CLOCK_SKEW else None
            new = Sighting(version, look.at, published, absent_since, seen.digests)
            fresh.append(version)
        else:
            new = replace(old, last_shown=None, missing_since=None, gone=False)
            if not old.digests and seen.digests:
                # Bytes that nobody could know of have not aged: their clock starts at the last look without them.
                new = replace(new, digests=seen.digests, last_absent=absent_since)
            elif not old.digests or old.digests.agrees(seen.digests):
                new = replace(new, digests=old.digests.joined(seen.digests))
            elif seen.digests:
                altered.append(version)
        if new != old:
            known[version] = new
            written.append(new)
    for version, old in list(known.items()):
        if version not in look.versions and not old.gone:
            since = old.missing_since or look.at
            shown = old.last_shown if old.missing_since else absent_since
            new = replace(old, last_shown=shown, missing_since=since, gone=look.at - since >= GONE_AFTER)
            if new != old:
                known[version] = new
                written.append(new)
    tags = _observe_tags(record.tags if record else {}, look.tags)
    source = look.source or (record.source if record else None)
    changed = bool(written or altered) or record is None or tags != record.tags or source != record.source
    after = PackageRecord(
        name=name,
        first_seen=record.first_seen if record else look.at,
        last_look=look.at,
        modified=look.modified or (record.modified if record else None),
        source=source,
        sightings=known,
        tags=tags,
        mismatches=record.mismatches if record else {},
        examinations=record.examinations if record else {},
        rewrites=record.rewrites if record else {},
        revision=(record.revision if record else 0) + changed,
    )
    return Absorbed(after, tuple(written), tuple(fresh), tuple(altered))


def _observe_tags(before: Mapping[str, tuple[str, ...]], now: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Add each tag's present target in front of the earlier ones."""
    after = dict(before)
    for tag, target in now.items():
        earlier = before.get(tag, ())
        if not earlier or earlier[0] != target:
            after[tag] = (target, *(old for old in earlier if old != target))[:KEPT_TARGETS]
    return after
