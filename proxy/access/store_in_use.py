"""Which versions are in use: fetched since an instant, or named by an audit; plain functions of a connection."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from proxy.access.exposure import how_of
from proxy.access.records import KINDS, OUTCOMES
from proxy.access.store_tables import accesses, audits, members, part_members, tree_parts
from proxy.access.store_words import texts_of
from proxy.access.store_work import KIND_NUMBERS, OUTCOME_NUMBERS

InUse = dict[tuple[str, str], datetime]
"""Package and version -> when it was last fetched, or named by an audit."""


def in_use(connection: Connection, since: datetime) -> InUse:
    """Every version that somebody got, or said to have, from `since` on."""
    found: InUse = {}
    for package, version, at in (*_fetched(connection, since), *_installed(connection, since)):
        found[package, version] = max(at, found.get((package, version), at))
    return found


def _fetched(connection: Connection, since: datetime) -> list[tuple[str, str, datetime]]:
    column = accesses.c
    told = [
        (column.kind == KIND_NUMBERS[kind]) & (column.outcome == OUTCOME_NUMBERS[outcome])
        for kind in KINDS
        for outcome in OUTCOMES
        if how_of(kind, outcome) == "fetched"
    ]
    what = told[0]
    for each in told[1:]:
        what |= each
    asked = select(column.package, column.version, func.max(column.at)).where(what, column.at >= since)
    rows = connection.execute(asked.group_by(column.package, column.version)).all()
    texts = texts_of(connection, {number for row in rows for number in row[:2]})
    return [(texts[row[0]], texts[row[1]], row[2]) for row in rows if row[0] in texts and row[1] in texts]


def _installed(connection: Connection, since: datetime) -> list[tuple[str, str, datetime]]:
    latest = (
        select(audits.c.tree, func.max(audits.c.at).label("at")).where(audits.c.at >= since).group_by(audits.c.tree).subquery()
    )
    source = latest.join(tree_parts, tree_parts.c.tree == latest.c.tree)
    source = source.join(part_members, part_members.c.part == tree_parts.c.part)
    named = select(part_members.c.member, func.max(latest.c.at).label("at")).select_from(source)
    each = named.group_by(part_members.c.member).subquery()
    asked = select(members.c.package, members.c.version, each.c.at).join(each, each.c.member == members.c.id)
    return [(row[0], row[1], row[2]) for row in connection.execute(asked)]
