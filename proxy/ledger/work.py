"""What the ledger does inside one transaction; plain functions of a connection, run in a database thread."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, func, literal, or_, select, union, update

from proxy.ledger import rows, rows_inside
from proxy.ledger.database import insert
from proxy.ledger.tables import examinations, leases, mismatches, notes, origins, packages, rewrites, rewritten, sightings
from proxy.ledger.types import Instant
from quarantine.ledger import InUse
from quarantine.package import PackageName
from quarantine.record import Absorbed, Look, Mismatch, PackageRecord, absorb


def find_origin(connection: Connection, origin: str) -> int | None:
    """The number of an origin; None before its first use."""
    number: int | None = connection.scalar(select(origins.c.id).where(origins.c.origin == origin))
    return number


def add_origin(connection: Connection, origin: str) -> int:
    """Give an origin a number, unless another process has done so in between."""
    connection.execute(insert(connection, origins).values(origin=origin).on_conflict_do_nothing())
    number: int = connection.execute(select(origins.c.id).where(origins.c.origin == origin)).scalar_one()
    return number


def load(connection: Connection, origin: int, name: PackageName, known: PackageRecord | None) -> PackageRecord | None:
    """The record of a package; `known` spares its parts when it is of the same revision."""
    row = connection.execute(select(*rows.PACKAGE).where(is_package(origin, name))).first()
    return None if row is None else whole(connection, name, row, known)


def fold(connection: Connection, origin: int, name: PackageName, look: Look, known: PackageRecord | None) -> Absorbed:
    """Absorb a look and write what it changed. The package's row is locked meanwhile, so that nothing gets lost."""
    locked = select(*rows.PACKAGE).where(is_package(origin, name)).with_for_update()
    row = connection.execute(locked).first()
    if row is None:
        blank = {"first_seen": look.at, "last_look": look.at, "tags": "{}", "revision": 0}
        first = insert(connection, packages).values(origin_id=origin, name=name, **blank)
        # Another process may be at the same: then this waits for it, and finds a row that is filled.
        connection.execute(first.on_conflict_do_nothing())
        row = connection.execute(locked).one()
    before = whole(connection, name, row, known) if row.revision else None
    outcome = absorb(name, before, look)
    if not outcome.rollback:
        _write(connection, row.id, before, outcome)
    return outcome


def _write(connection: Connection, package_id: int, before: PackageRecord | None, outcome: Absorbed) -> None:
    old = rows.package_values(before) if before else {}
    values = rows.package_values(outcome.record)
    changed = {key: value for key, value in values.items() if key not in old or value != old[key]}
    if changed:
        connection.execute(update(packages).where(packages.c.id == package_id).values(**changed))
    fresh = set(outcome.fresh)
    new = [rows.sighting_values(package_id, sighting) for sighting in outcome.written if sighting.version in fresh]
    if new:
        connection.execute(sightings.insert(), new)
    known = [rows.changed_values(package_id, sighting) for sighting in outcome.written if sighting.version not in fresh]
    if known:
        statement = update(sightings).where(
            sightings.c.package_id == bindparam("of_package"), sightings.c.version == bindparam("of_version")
        )
        columns = ("last_absent", "clock_start", "digests", "last_shown", "missing_since", "gone")
        connection.execute(statement.values({column: bindparam(column) for column in columns}), known)


def confirm(
    connection: Connection, origin: int, name: PackageName, at: datetime, known: PackageRecord | None
) -> PackageRecord | None:
    """Move `last_look`, forwards only."""
    moved = case((packages.c.last_look < at, literal(at, Instant)), else_=packages.c.last_look)
    statement = update(packages).where(is_package(origin, name)).values(last_look=moved).returning(*rows.PACKAGE)
    row = connection.execute(statement).first()
    return None if row is None else whole(connection, name, row, known)


def remember_mismatch(
    connection: Connection, origin: int, name: PackageName, version: str, mismatch: Mismatch
) -> PackageRecord | None:
    """Keep the latest mismatch of a version."""
    statement = update(packages).where(is_package(origin, name)).values(revision=packages.c.revision + 1)
    row = connection.execute(statement.returning(*rows.PACKAGE)).first()
    if row is None:
        return None
    values = {"reason": mismatch.reason, "until": mismatch.until}
    kept = insert(connection, mismatches).values(package_id=row.id, version=version, **values)
    connection.execute(kept.on_conflict_do_update(index_elements=["package_id", "version"], set_=values))
    return whole(connection, name, row, None)


def asked(connection: Connection, origin: int, names: Collection[PackageName], at: datetime) -> None:
    """Stamp the packages among `names` that are known."""
    statement = update(packages).where(
        packages.c.origin_id == origin,
        packages.c.name == bindparam("of_name"),
        or_(packages.c.last_asked.is_(None), packages.c.last_asked < at),
    )
    # In order, so that two servers that stamp the same packages wait for each other instead of embracing.
    parameters = [{"of_name": name} for name in sorted(set(names))]
    if parameters:
        connection.execute(statement.values(last_asked=at), parameters)


def in_use(connection: Connection, origin: int, asked_since: datetime, limit: int) -> Sequence[InUse]:
    """Packages asked for since then, the one looked at longest ago first."""
    found = connection.execute(
        select(packages.c.name, packages.c.last_look, packages.c.last_asked)
        .where(packages.c.origin_id == origin, packages.c.last_asked >= asked_since)
        .order_by(packages.c.last_look, packages.c.name)
        .limit(limit)
    )
    return [InUse(PackageName(name), last_look, last_asked) for name, last_look, last_asked in found]


def young(connection: Connection, origin: int, since: datetime) -> Sequence[PackageName]:
    """Packages with a version whose clock started since then, or with a mismatch, by name."""
    ids = union(select(sightings.c.package_id).where(sightings.c.clock_start >= since), select(mismatches.c.package_id))
    # Without a condition on the origin: SQLite would rather walk through all packages of it than look these few up.
    found = connection.execute(select(packages.c.origin_id, packages.c.name).where(packages.c.id.in_(ids)))
    return sorted(PackageName(name) for of, name in found if of == origin)


def last_entry(connection: Connection) -> datetime | None:
    """The latest instant that our clock has stamped, for whatever origin: it is one clock."""
    looked = connection.scalar(select(func.max(packages.c.last_look)))
    of_origin = select(func.max(packages.c.last_asked)).where(packages.c.origin_id == origins.c.id).scalar_subquery()
    asked = connection.scalars(select(of_origin).select_from(origins))
    return max((stamp for stamp in (looked, *asked) if stamp is not None), default=None)


def note(connection: Connection, key: str) -> str | None:
    """A text of the installation."""
    return connection.scalar(select(notes.c.text).where(notes.c.key == key))


def write_note(connection: Connection, key: str, text: str) -> None:
    """Set such a text."""
    kept = insert(connection, notes).values(key=key, text=text)
    connection.execute(kept.on_conflict_do_update(index_elements=["key"], set_={"text": text}))


def lease(connection: Connection, name: str, holder: str, until: datetime, now: datetime) -> bool:
    """Take, keep or end a lease: one statement, so that of two takers the second sees what the first has written."""
    fresh = insert(connection, leases).values(name=name, holder=holder, until=until)
    free = or_(leases.c.holder == holder, leases.c.until <= now)
    values = {"holder": holder, "until": until}
    taken = fresh.on_conflict_do_update(index_elements=["name"], set_=values, where=free).returning(leases.c.name)
    return connection.execute(taken).first() is not None


def is_package(origin: int, name: PackageName) -> ColumnElement[bool]:
    """The condition on the row of a package."""
    # Not the subclass of str: a driver may look for an adapter by the exact type.
    return (packages.c.origin_id == origin) & (packages.c.name == str(name))


def whole(connection: Connection, name: PackageName, row: Row[*tuple[Any, ...]], known: PackageRecord | None) -> PackageRecord:
    """The record to a row of `rows.PACKAGE`; `known` spares its parts when it is of the same revision."""
    if known is not None and known.revision == row.revision:
        parts = (known.sightings, known.mismatches, known.examinations, known.rewrites, known.tags)
        return rows.package(name, row, *parts)
    found = connection.execute(select(*rows.SIGHTING).where(sightings.c.package_id == row.id))
    broken = connection.execute(select(*rows.MISMATCH).where(mismatches.c.package_id == row.id))
    examined = connection.execute(select(*rows_inside.EXAMINATION).where(examinations.c.package_id == row.id))
    joined = rewrites.join(rewritten, rewritten.c.of == rewrites.c.of)
    served = connection.execute(
        select(rewritten.c.version, *rows_inside.REWRITE).select_from(joined).where(rewritten.c.package_id == row.id)
    )
    inside = (rows_inside.examinations_of(name, examined), rows_inside.rewrites_of(served))
    return rows.package(name, row, rows.sightings_of(found), rows.mismatches_of(broken), *inside)
