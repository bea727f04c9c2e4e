"""Who had a version, looked up: the fetches, and the audits whose trees had it; plain functions of a connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, FromClause, Table, and_, func, literal, or_, select

from proxy.access.exposure import Exposure, ExposureRow, Tally, gathered, how_of
from proxy.access.records import KINDS, OUTCOMES
from proxy.access.store_tables import accesses, audits, members, part_members, tree_parts, words
from proxy.access.store_words import clean, look_up, texts_of
from proxy.access.store_work import KIND_NUMBERS, OUTCOME_NUMBERS
from quarantine.ranges import Subject

Versions = Mapping[int, str]
"""Versions by the numbers that stand for them: of words in `accesses`, of members in trees."""


def exposure(connection: Connection, subject: Subject, since: datetime | None, until: datetime | None, limit: int) -> Exposure:
    """Everything about the versions meant, from `since` on and before `until`; of the rows only the newest."""
    rows: list[ExposureRow] = []
    tallies: list[Tally] = []
    for table, source, said, versions, where in (_fetched(connection, subject), _installed(connection, subject)):
        if not versions:
            continue
        if since is not None:
            where.append(table.c.at >= since)
        if until is not None:
            where.append(table.c.at < until)
        rows += _rows(connection, table, source, said, versions, where, limit)
        tallies += _tallies(connection, table, source, said, versions, where)
    return gathered(rows, tallies, limit=limit)


_Side = tuple[Table, FromClause, tuple[ColumnElement[int], ...], Versions, list[ColumnElement[bool]]]
"""Where to look: the table of the records, what it is joined with, (version, kind, outcome), which versions, and conditions."""


def _fetched(connection: Connection, subject: Subject) -> _Side:
    package = look_up(connection, words.c.text, words.c.id, {clean(subject.name)}).get(clean(subject.name), 0)
    if subject.exact:
        numbers = look_up(connection, words.c.text, words.c.id, {clean(subject.versions)})
        versions = {number: subject.versions for number in numbers.values()}
    else:
        texts = texts_of(connection, _versions_of(connection, package))
        versions = {number: text for number, text in texts.items() if number is not None and subject.covers(text)}
    told = {kind: [OUTCOME_NUMBERS[outcome] for outcome in OUTCOMES if how_of(kind, outcome)] for kind in KINDS}
    telling = [
        and_(accesses.c.kind == KIND_NUMBERS[kind], accesses.c.outcome.in_(outcomes)) for kind, outcomes in told.items() if outcomes
    ]
    said = (accesses.c.version, accesses.c.kind, accesses.c.outcome)
    return accesses, accesses, said, versions, [accesses.c.package == package, accesses.c.version.in_(versions), or_(*telling)]


def _versions_of(connection: Connection, package: int) -> Iterator[int]:
    """Versions of a package that there are accesses to: one step in the index for each, however many accesses there are."""
    version = 0
    while True:
        later = select(func.min(accesses.c.version)).where(accesses.c.package == package, accesses.c.version > version)
        found = connection.scalar(later)
        if found is None:
            return
        version = found
        yield version


def _installed(connection: Connection, subject: Subject) -> _Side:
    named = select(members.c.id, members.c.version).where(members.c.package == subject.name)
    if subject.exact:
        named = named.where(members.c.version == clean(subject.versions))
    versions = {row.id: row.version for row in connection.execute(named) if subject.covers(row.version)}
    source = part_members.join(tree_parts, tree_parts.c.part == part_members.c.part)
    source = source.join(audits, audits.c.tree == tree_parts.c.tree)
    said = (part_members.c.member, literal(KIND_NUMBERS["audit"]), audits.c.outcome)
    return audits, source, said, versions, [part_members.c.member.in_(versions)]


def _tallies(
    connection: Connection,
    table: Table,
    source: FromClause,
    said: tuple[ColumnElement[int], ...],
    versions: Versions,
    where: Sequence[ColumnElement[bool]],
) -> Iterator[Tally]:
    who = (table.c.client, table.c.credential)
    counts = (func.count(), func.min(table.c.at), func.max(table.c.at))
    counted = select(*said, *who, *counts).select_from(source).where(*where).group_by(*said, *who)
    found = connection.execute(counted).all()
    texts = texts_of(connection, {number for row in found for number in row[3:5]})
    for version, kind, outcome, client, credential, count, first, last in found:
        how = how_of(KINDS[kind], OUTCOMES[outcome])
        if how is not None:
            yield Tally(how, versions[version], texts.get(client, ""), texts.get(credential), count, first, last)


def _rows(
    connection: Connection,
    table: Table,
    source: FromClause,
    said: tuple[ColumnElement[int], ...],
    versions: Versions,
    where: Sequence[ColumnElement[bool]],
    limit: int,
) -> Iterator[ExposureRow]:
    details: tuple[Column[Any], ...] = (table.c.at, table.c.client, table.c.credential, table.c.command, table.c.agent)
    newest = select(*said, *details).select_from(source).where(*where).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
    found = connection.execute(newest).all()
    texts = texts_of(connection, {number for row in found for number in row[4:]})
    for version, kind, outcome, at, client, credential, command, agent in found:
        how = how_of(KINDS[kind], OUTCOMES[outcome])
        if how is not None:
            said_by = (texts.get(client, ""), texts.get(credential), texts.get(command), texts.get(agent, ""))
            yield ExposureRow(at, how, versions[version], *said_by)
