"""What the ledger does about the inside of tarballs, inside one transaction; plain functions of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select, update

from proxy.ledger import rows, rows_inside
from proxy.ledger.database import insert
from proxy.ledger.tables import examinations, packages, rewrites, sightings
from proxy.ledger.tables import rewritten as rewritten_versions
from proxy.ledger.work import is_package, whole
from quarantine.examination import Examination
from quarantine.package import PackageName, PackageVersion
from quarantine.record import PackageRecord
from quarantine.rewrite import Rewrite


def examined(
    connection: Connection, origin: int, name: PackageName, version: str, examination: Examination, known: PackageRecord | None
) -> PackageRecord | None:
    """Keep the last examination of a version; `known` spares the record's parts when nothing has changed since."""
    row = _changed(connection, origin, name)
    if row is None:
        return None
    record = _before(connection, name, row, known)
    values = rows_inside.examination_values(examination)
    kept = insert(connection, examinations).values(package_id=row.id, version=version, **values)
    connection.execute(kept.on_conflict_do_update(index_elements=["package_id", "version"], set_=values))
    return replace(record, examinations={**record.examinations, version: examination})


def unexamined(connection: Connection, origin: int, since: datetime, examiner: int, limit: int) -> Sequence[PackageVersion]:
    """The youngest first. Walks the young alone, by the index of their clocks."""
    same = and_(examinations.c.package_id == sightings.c.package_id, examinations.c.version == sightings.c.version)
    found = connection.execute(
        select(packages.c.name, sightings.c.version)
        .select_from(sightings.join(packages, packages.c.id == sightings.c.package_id).outerjoin(examinations, same))
        .where(
            sightings.c.clock_start >= since,
            sightings.c.gone.is_(False),
            # A sum, for which there is no index: SQLite would begin with all packages of the origin, and see all their versions.
            packages.c.origin_id + 0 == origin,
            packages.c.last_asked.is_not(None),
            or_(examinations.c.examiner.is_(None), examinations.c.examiner < examiner),
        )
        .order_by(sightings.c.clock_start.desc(), packages.c.name, sightings.c.version)
        .limit(limit)
    )
    return [PackageVersion(PackageName(name), version) for name, version in found]


def rewritten(
    connection: Connection, origin: int, name: PackageName, version: str, rewrite: Rewrite, known: PackageRecord | None
) -> PackageRecord | None:
    """Keep a rewrite, unless there is one of the same bytes, and say that the version has what is kept; `known` as above."""
    row = _changed(connection, origin, name)
    if row is None:
        return None
    record = _before(connection, name, row, known)
    # The key is the digest of the bytes: of two that come at once the second finds the row of the first.
    connection.execute(insert(connection, rewrites).values(rows_inside.rewrite_values(rewrite)).on_conflict_do_nothing())
    values = {"of": rewrite.of}
    said = insert(connection, rewritten_versions).values(package_id=row.id, version=version, **values)
    connection.execute(said.on_conflict_do_update(index_elements=["package_id", "version"], set_=values))
    kept = rows_inside.rewrite(*connection.execute(_rewrite(rewrite.of)).one())
    return replace(record, rewrites={**record.rewrites, version: kept})


def rewrite_of(connection: Connection, digest: str) -> Rewrite | None:
    """By the digest of the upstream's bytes."""
    row = connection.execute(_rewrite(digest)).first()
    return None if row is None else rows_inside.rewrite(*row)


def _rewrite(digest: str) -> Select[*tuple[Any, ...]]:
    return select(*rows_inside.REWRITE).where(rewrites.c.of == digest)


def _changed(connection: Connection, origin: int, name: PackageName) -> Row[*tuple[Any, ...]] | None:
    """The row of a package, locked, under a new revision; None where there is none."""
    statement = update(packages).where(is_package(origin, name)).values(revision=packages.c.revision + 1)
    return connection.execute(statement.returning(*rows.PACKAGE)).first()


def _before(connection: Connection, name: PackageName, row: Row[*tuple[Any, ...]], known: PackageRecord | None) -> PackageRecord:
    """The record as it was, under its new revision."""
    if known is not None and known.revision == row.revision - 1:
        known = replace(known, revision=row.revision)
    return whole(connection, name, row, known)
