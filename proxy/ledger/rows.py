"""Rows to record values and back; pure, and cheap, since a package may have thousands of versions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, type_coerce

from proxy.ledger.tables import mismatches, packages, sightings
from proxy.ledger.types import instant
from quarantine.digests import Digests
from quarantine.examination import Examination
from quarantine.package import PackageName
from quarantine.record import Mismatch, PackageRecord, Sighting, Source
from quarantine.rewrite import Rewrite

PACKAGE = (
    packages.c.id,
    packages.c.first_seen,
    packages.c.last_look,
    packages.c.modified,
    packages.c.source_blob,
    packages.c.source_etag,
    packages.c.source_last_modified,
    packages.c.tags,
    packages.c.revision,
)
"""The columns `package` reads, in its order."""

# Instants come out as plain integers here: the column type's own conversion is a Python call for each value.
SIGHTING = (
    sightings.c.version,
    type_coerce(sightings.c.first_seen, BigInteger),
    type_coerce(sightings.c.published, BigInteger),
    type_coerce(sightings.c.last_absent, BigInteger),
    sightings.c.digests,
    type_coerce(sightings.c.last_shown, BigInteger),
    type_coerce(sightings.c.missing_since, BigInteger),
    sightings.c.gone,
)
"""The columns `sightings_of` reads, in its order."""

MISMATCH = (mismatches.c.version, mismatches.c.reason, mismatches.c.until)
"""The columns `mismatches_of` reads, in its order."""


def package(
    name: PackageName,
    row: Iterable[Any],
    sightings: Mapping[str, Sighting],
    mismatches: Mapping[str, Mismatch],
    examinations: Mapping[str, Examination],
    rewrites: Mapping[str, Rewrite],
    tags: Mapping[str, tuple[str, ...]] | None = None,
) -> PackageRecord:
    """A record from its row (`PACKAGE`) and its parts; `tags` spares the parsing where they are known already."""
    _, first_seen, last_look, modified, blob, etag, last_modified, text, revision = row
    if tags is None:
        tags = {tag: tuple(targets) for tag, targets in json.loads(text).items()}
    source = None if blob is None else Source(blob, etag, last_modified)
    return PackageRecord(
        name, first_seen, last_look, modified, source, sightings, tags, mismatches, examinations, rewrites, revision
    )


def package_values(record: PackageRecord) -> dict[str, Any]:
    """What the row of a package holds, apart from its key and `last_asked`."""
    source = record.source
    return {
        "first_seen": record.first_seen,
        "last_look": record.last_look,
        "modified": record.modified,
        "source_blob": source.blob if source else None,
        "source_etag": source.etag if source else None,
        "source_last_modified": source.last_modified if source else None,
        "tags": json.dumps(record.tags, separators=(",", ":")),
        "revision": record.revision,
    }


def _optional(value: int | None) -> datetime | None:
    return None if value is None else instant(value)


def sightings_of(rows: Iterable[Iterable[Any]]) -> dict[str, Sighting]:
    """Sightings by version from rows of `SIGHTING`."""
    parse = Digests.parse
    return {
        version: Sighting(
            version,
            instant(first_seen),
            _optional(published),
            _optional(last_absent),
            parse(digests),
            _optional(last_shown),
            _optional(missing_since),
            gone,
        )
        for version, first_seen, published, last_absent, digests, last_shown, missing_since, gone in rows
    }


def sighting_values(package_id: int, sighting: Sighting) -> dict[str, Any]:
    """A new row of a version."""
    return {
        "package_id": package_id,
        "version": sighting.version,
        "first_seen": sighting.first_seen,
        "published": sighting.published,
        "last_absent": sighting.last_absent,
        "clock_start": sighting.clock_start,
        "digests": str(sighting.digests),
        "last_shown": sighting.last_shown,
        "missing_since": sighting.missing_since,
        "gone": sighting.gone,
    }


def changed_values(package_id: int, sighting: Sighting) -> dict[str, Any]:
    """The parameters of the update of a version: its key, and all that a later look may change."""
    return {
        "of_package": package_id,
        "of_version": sighting.version,
        "last_absent": sighting.last_absent,
        "clock_start": sighting.clock_start,
        "digests": str(sighting.digests),
        "last_shown": sighting.last_shown,
        "missing_since": sighting.missing_since,
        "gone": sighting.gone,
    }


def mismatches_of(rows: Iterable[Iterable[Any]]) -> dict[str, Mismatch]:
    """Mismatches by version from rows of `MISMATCH`."""
    return {version: Mismatch(reason, until) for version, reason, until in rows}
