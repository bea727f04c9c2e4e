"""Doing the log again, and comparing what comes out with what the tables hold; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column

from proxy.ledger.book_images import CREDENTIAL, DECISION, FREEZE, Kept, as_kept, kept, shown
from proxy.ledger.book_payloads import CHANGE, Change
from proxy.ledger.book_tables import credentials, decisions
from quarantine.audit import Break, Entry


@dataclass(slots=True)
class Made:
    """A row as the log has it."""

    values: Kept
    entry: int
    """The entry that made it."""
    changed: dict[str, int] = field(default_factory=dict)
    """The entries that changed a column of it later."""


@dataclass(slots=True)
class Tables:
    """The rows that the tables hold, as the driver gives them."""

    decisions: Iterable[Mapping[Any, Any]]
    """With `origin`, the origin's name, in place of its number."""
    credentials: Iterable[Mapping[Any, Any]]
    freezes: Iterable[Mapping[Any, Any]]
    actors: Iterable[str]


class Replay:
    """Takes the entries in order; then knows how the tables must look. What cannot be done again is a break."""

    def __init__(self) -> None:
        self.breaks: list[Break] = []
        self._decisions: dict[Any, Made] = {}
        self._credentials: dict[Any, Made] = {}
        self._freezes: dict[Any, Made] = {}

    def take(self, entry: Entry) -> None:
        """Do once more what an entry says."""
        try:
            payload = json.loads(entry.payload)
            if CHANGE in payload:
                self._change(entry.number, Change(payload[CHANGE]), payload)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.breaks.append(Break(entry.number, "what it says cannot be done again"))

    def compare(self, tables: Tables) -> list[Break]:
        """Every difference; one whose row no entry made goes by the number 0."""
        breaks = list(self.breaks)
        breaks += _differences("decision", self._decisions, tables.decisions, "number", DECISION)
        breaks += _differences("credential", self._credentials, tables.credentials, "id", CREDENTIAL)
        breaks += _differences("freeze since", self._freezes, tables.freezes, "since", FREEZE)
        owners = {id: Made({"id": id}, made.entry) for id, made in self._credentials.items()}
        breaks += _differences("actor", owners, [{"id": id} for id in tables.actors], "id", ())
        return breaks

    def _change(self, number: int, change: Change, payload: Mapping[str, Any]) -> None:
        match change:
            case Change.DECIDE:
                for image in payload["decisions"]:
                    values = kept(DECISION, image) | {"origin": image["origin"]}
                    self._make(self._decisions, values["number"], values, number)
            case Change.WITHDRAW:
                column = decisions.c.withdrawn
                self._set(self._decisions, payload["number"], column, payload["withdrawn"], number)
            case Change.ISSUE:
                values = kept(CREDENTIAL, payload["credential"])
                self._make(self._credentials, values["id"], values, number)
            case Change.REVOKE:
                self._set(self._credentials, payload["id"], credentials.c.revoked, payload["revoked"], number)
            case Change.FREEZE:
                values = kept(FREEZE, payload["freeze"])
                self._freezes = {values["since"]: Made(values, number)}
            case Change.THAW:
                self._freezes = {}

    def _make(self, made: dict[Any, Made], key: Any, values: Kept, number: int) -> None:
        if key in made:
            self.breaks.append(Break(number, f"it makes {key} once more, which entry {made[key].entry} made"))
        made[key] = Made(values, number)

    def _set(self, made: dict[Any, Made], key: Any, column: Column[Any], value: Any, number: int) -> None:
        if key not in made:
            self.breaks.append(Break(number, f"it changes {key}, which no entry before it made"))
            return
        made[key].values[column.name] = as_kept(column, value)
        made[key].changed[column.name] = number


def _differences(
    what: str, made: Mapping[Any, Made], rows: Iterable[Mapping[Any, Any]], key: str, columns: Iterable[Column[Any]]
) -> list[Break]:
    """What the rows of one table hold that the log does not say, and what the log says that they do not hold."""
    breaks: list[Break] = []
    by_name = {column.name: column for column in columns}
    missing = dict(made)
    for row in rows:
        named = f"{what} {shown(by_name.get(key), row[key])}"
        wanted = missing.pop(row[key], None)
        if wanted is None:
            breaks.append(Break(0, f"{named} is in the table, and no entry made it"))
            continue
        for name, value in wanted.values.items():
            if row[name] != value:
                there, here = shown(by_name.get(name), row[name]), shown(by_name.get(name), value)
                entry = wanted.changed.get(name, wanted.entry)
                breaks.append(Break(entry, f"{named}: {name} is {there} in the table and {here} in the log"))
    for value, wanted in missing.items():
        breaks.append(Break(wanted.entry, f"{what} {shown(by_name.get(key), value)} is in the log and not in the table"))
    return breaks
