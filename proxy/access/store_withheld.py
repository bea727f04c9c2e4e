"""What was withheld in a span of time, and from how many; plain functions of a connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from proxy.access.records import OUTCOMES, Asker, Withheld, WithheldReport
from proxy.access.store_tables import accesses, is_withheld
from proxy.access.store_words import NEVER, texts_of


@dataclass(slots=True)
class _Sum:
    count: int = 0
    latest: datetime = NEVER
    rules: set[str] = field(default_factory=set)
    clients: set[int] = field(default_factory=set)
    credentials: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Asked:
    versions: set[tuple[int, int]] = field(default_factory=set)
    count: int = 0
    latest: datetime = NEVER


def withheld_since(
    connection: Connection,
    since: datetime,
    until: datetime | None = None,
    concerns: Callable[[str], bool] = lambda package: True,
) -> WithheldReport:
    """What was withheld from `since` on and before `until`, or would have been, of some packages; the most frequent first."""
    column = accesses.c
    # The rules among them also keep SQLite from taking another index, whose order is nearly that of the groups, as a whole.
    group = (column.package, column.version, column.outcome, column.rules, column.client, column.credential)
    asked = select(*group, func.count(), func.max(column.at)).where(is_withheld, column.at >= since).group_by(*group)
    found = connection.execute(asked if until is None else asked.where(column.at < until)).all()
    texts = texts_of(connection, {number for row in found for number in (row.package, row.version, row.rules)})
    sums: dict[tuple[int, int, int], _Sum] = {}
    askers: dict[tuple[int, int | None, int | None], _Asked] = {}
    told = {package for package in {row.package for row in found} if concerns(texts.get(package, ""))}
    for package, version, outcome, rules, client, credential, count, latest in found:
        if package not in told:
            continue
        asker = askers.setdefault((outcome, client if credential is None else None, credential), _Asked())
        asker.count += count
        asker.latest = max(asker.latest, latest)
        if version is not None:
            asker.versions.add((package, version))
        total = sums.setdefault((package, version, outcome), _Sum())
        total.count += count
        total.latest = max(total.latest, latest)
        total.rules.update(filter(None, texts.get(rules, "").split(",")))
        total.clients.add(client)
        if credential is not None:
            total.credentials.add(credential)
    rows = [
        Withheld(
            texts.get(package),
            texts.get(version),
            ",".join(sorted(total.rules)),
            OUTCOMES[outcome],
            total.count,
            total.latest,
            len(total.clients),
            len(total.credentials),
        )
        for (package, version, outcome), total in sums.items()
    ]
    return WithheldReport(
        tuple(sorted(rows, key=lambda each: (each.count, each.latest), reverse=True)),
        len({(package, version) for package, version, _ in sums if version is not None}),
        len(set[int]().union(*(total.clients for total in sums.values()))),
        len(set[int]().union(*(total.credentials for total in sums.values()))),
        _who(connection, askers),
    )


def _who(connection: Connection, askers: dict[tuple[int, int | None, int | None], _Asked]) -> tuple[Asker, ...]:
    texts = texts_of(connection, {number for _, client, credential in askers for number in (client, credential)})
    who = [
        Asker(OUTCOMES[outcome], texts.get(client), texts.get(credential), len(asked.versions), asked.count, asked.latest)
        for (outcome, client, credential), asked in askers.items()
    ]
    return tuple(sorted(who, key=_first_of))


def _first_of(asker: Asker) -> tuple[bool, int, int, str]:
    return asker.credential is None, -asker.versions, -asker.count, asker.credential or asker.client or ""
