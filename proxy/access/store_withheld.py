"""What was withheld in a span of time, and from how many; plain functions of a connection."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, distinct, func, select

from proxy.access.records import OUTCOMES, Withheld, WithheldReport
from proxy.access.store_tables import accesses, is_withheld
from proxy.access.store_words import texts_of


def withheld_since(connection: Connection, since: datetime, until: datetime | None = None) -> WithheldReport:
    """What was withheld from `since` on and before `until`, or would have been; the most frequent first."""
    reach = (func.count(distinct(accesses.c.client)), func.count(distinct(accesses.c.credential)))
    group = (accesses.c.package, accesses.c.version, accesses.c.outcome)
    latest = func.max(accesses.c.at).label("latest")
    found = connection.execute(_within(select(*group, func.count(), latest, *reach), since, until).group_by(*group)).all()
    ruled = (*group, accesses.c.rules)
    rules = connection.execute(_within(select(*ruled), since, until).group_by(*ruled)).all()
    clients, credentials = connection.execute(_within(select(*reach), since, until)).one()
    texts = texts_of(connection, (number for row in found for number in row[:2]))
    texts |= texts_of(connection, {row.rules for row in rules})
    named: dict[tuple[Any, ...], set[str]] = {}
    for package, version, outcome, number in rules:
        named.setdefault((package, version, outcome), set()).update((texts.get(number) or "").split(","))
    rows = [
        Withheld(
            texts.get(row[0]), texts.get(row[1]), ",".join(sorted(named[row[0], row[1], row[2]] - {""})), OUTCOMES[row[2]], *row[3:]
        )
        for row in found
    ]
    rows.sort(key=lambda each: (each.count, each.latest), reverse=True)
    versions = {(each.package, each.version) for each in rows if each.version is not None}
    return WithheldReport(tuple(rows), len(versions), clients, credentials)


def _within(statement: Select[Any], since: datetime, until: datetime | None) -> Select[Any]:
    statement = statement.where(is_withheld, accesses.c.at >= since)
    return statement if until is None else statement.where(accesses.c.at < until)
