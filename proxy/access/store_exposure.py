"""Who had a version, looked up: the fetches, and the audits whose trees had it; plain functions of a connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, func, literal, or_, select

from proxy.access.exposure import Exposure, ExposureRow, Tally, gathered, how_of
from proxy.access.records import KINDS, OUTCOMES
from proxy.access.store_tables import accesses, audits, members, part_members, tree_parts, words
from proxy.access.store_words import AT_ONCE, clean, look_up, texts_of
from proxy.access.store_work import KIND_NUMBERS, OUTCOME_NUMBERS
from quarantine.ranges import Subject


@dataclass(frozen=True, slots=True)
class _Side:
    """Where to look for one sort of records."""

    table: Table
    source: FromClause
    """The same table, joined with what tells the version."""
    said: tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]
    """The number of the version, the kind and the outcome."""
    versions: Mapping[int, str]
    """The versions meant, by the numbers that stand for them: of words in `accesses`, of members in trees."""
    where: Sequence[ColumnElement[bool]]


def exposure(connection: Connection, subject: Subject, since: datetime | None, until: datetime | None, limit: int) -> Exposure:
    """Everything about the versions meant, from `since` on and before `until`; of the rows only the newest."""
    sides = [_fetched(connection, subject, since, until), _installed(connection, subject, since, until)]
    sides = [side for side in sides if side.versions]
    tallies = [tally for side in sides for tally in _tallies(connection, side)]
    newest = [(side, row) for side in sides for row in _newest(connection, side, limit)]
    newest.sort(key=lambda found: found[1].at, reverse=True)
    rows = [row for side in sides for row in _rows(connection, side, [row for other, row in newest[:limit] if other is side])]
    return gathered(rows, tallies, limit=limit)


def _fetched(connection: Connection, subject: Subject, since: datetime | None, until: datetime | None) -> _Side:
    package = look_up(connection, words.c.text, words.c.id, {clean(subject.name)}).get(clean(subject.name), 0)
    if subject.exact:
        numbers = look_up(connection, words.c.text, words.c.id, {clean(subject.versions)})
        versions = dict.fromkeys(numbers.values(), subject.versions)
    else:
        texts = texts_of(connection, _versions_of(connection, package))
        versions = {number: text for number, text in texts.items() if number is not None and subject.covers(text)}
    told = {kind: [OUTCOME_NUMBERS[outcome] for outcome in OUTCOMES if how_of(kind, outcome)] for kind in KINDS}
    column = accesses.c
    telling = [
        and_(column.kind == KIND_NUMBERS[kind], column.outcome.in_(outcomes)) for kind, outcomes in told.items() if outcomes
    ]
    where = [column.package == package, or_(*telling), *_within(accesses, since, until)]
    return _Side(accesses, accesses, (column.version, column.kind, column.outcome), versions, where)


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


def _installed(connection: Connection, subject: Subject, since: datetime | None, until: datetime | None) -> _Side:
    named = select(members.c.id, members.c.version).where(members.c.package == subject.name)
    if subject.exact:
        named = named.where(members.c.version == clean(subject.versions))
    versions = {row.id: row.version for row in connection.execute(named) if subject.covers(row.version)}
    source = part_members.join(tree_parts, tree_parts.c.part == part_members.c.part)
    source = source.join(audits, audits.c.tree == tree_parts.c.tree)
    # What became of the audit says nothing; left out, an index holds all that totals are made of.
    said = (part_members.c.member, literal(KIND_NUMBERS["audit"]), literal(OUTCOME_NUMBERS["served"]))
    return _Side(audits, source, said, versions, _within(audits, since, until))


def _within(table: Table, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return [*([table.c.at >= since] if since is not None else []), *([table.c.at < until] if until is not None else [])]


def _tallies(connection: Connection, side: _Side) -> Iterator[Tally]:
    column, version = side.table.c, side.said[0]
    group = (version, column.client, column.credential, *side.said[1:])
    counted = select(*side.said, column.client, column.credential, func.count(), func.min(column.at), func.max(column.at))
    counted = counted.select_from(side.source).where(*side.where).group_by(*group)
    # Between the least and the greatest, those that were not asked about too: for a set SQLite would sort, this it has in order.
    among = version.between(min(side.versions), max(side.versions)) if side.table is accesses else version.in_(side.versions)
    found: Sequence[Any] = [row for row in connection.execute(counted.where(among)).all() if row[0] in side.versions]
    texts = texts_of(connection, {number for row in found for number in row[3:5]})
    for version, kind, outcome, client, credential, count, first, last in found:
        how = how_of(KINDS[kind], OUTCOMES[outcome])
        if how is not None:
            yield Tally(how, side.versions[version], texts.get(client, ""), texts.get(credential), count, first, last)


def _newest(connection: Connection, side: _Side, limit: int) -> Sequence[Any]:
    """The newest records, as far as an index tells of them."""
    column = side.table.c
    newest = select(*side.said, column.id, column.at).select_from(side.source).where(side.said[0].in_(side.versions), *side.where)
    return connection.execute(newest.order_by(column.at.desc(), column.id.desc()).limit(limit)).all()


def _rows(connection: Connection, side: _Side, found: Sequence[Any]) -> Iterator[ExposureRow]:
    """What else these records tell."""
    column = side.table.c
    details: dict[int, Any] = {}
    for start in range(0, len(found), AT_ONCE):
        some = column.id.in_([row.id for row in found[start : start + AT_ONCE]])
        asked = select(column.id, column.client, column.credential, column.command, column.agent).where(some)
        details.update({row[0]: row[1:] for row in connection.execute(asked)})
    texts = texts_of(connection, {number for row in details.values() for number in row})
    for version, kind, outcome, id, at in found:
        how = how_of(KINDS[kind], OUTCOMES[outcome])
        if how is not None:
            client, credential, command, agent = (texts.get(number) for number in details[id])
            yield ExposureRow(at, how, side.versions[version], client or "", credential, command, agent or "")
