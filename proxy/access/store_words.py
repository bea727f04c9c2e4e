"""The words of the access records: each text is written once, and stands in the tables as a number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, case, select

from proxy.access.records import MAX_TEXT
from proxy.access.store_tables import words
from proxy.ledger.database import insert

RESTAMP = timedelta(days=1)
"""How far `last_used` of a word or a tree may lag behind the latest record that has it."""

AT_ONCE = 500
"""Texts or numbers in one query."""

NEVER = datetime.min.replace(tzinfo=UTC)

Known = Mapping[str, tuple[int, datetime]]
"""Words by text: the number, and the stamp up to which this process has said that they are used."""


def clean(text: str) -> str:
    """A text that every database can hold: headers may carry half of a surrogate pair, and a NUL ends it for some."""
    return text[:MAX_TEXT].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def stamp_words(connection: Connection, used: Mapping[str, datetime]) -> dict[str, tuple[int, datetime]]:
    """Give words numbers, where they have none, and say that they are used."""
    stamps: dict[str, datetime] = {}
    for text, at in used.items():
        kept = clean(text)
        stamps[kept] = max(at, stamps.get(kept, at))
    stamp(connection, words, "text", stamps)
    numbers = look_up(connection, words.c.text, words.c.id, stamps)
    return {text: (numbers[clean(text)], at) for text, at in used.items()}


def stamp(connection: Connection, table: Table, key: str, stamps: Mapping[Any, datetime]) -> None:
    """Write what is new, and move `last_used` of the others on, never back."""
    if not stamps:
        return
    statement = insert(connection, table)
    new = statement.excluded.last_used
    later = case((new > table.c.last_used, new), else_=table.c.last_used)
    statement = statement.on_conflict_do_update(index_elements=[key], set_={"last_used": later})
    # In order, so that two servers with the same keys wait for each other instead of embracing.
    connection.execute(statement, [{key: value, "last_used": stamps[value]} for value in sorted(stamps)])


def write_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows whose values are in the order of these columns, which is the table's, and as the driver takes them.

    What SQLAlchemy does about each value of each row would be most of what it costs to write one.
    """
    if not rows:
        return
    compiled = table.insert().compile(dialect=connection.dialect, column_keys=list(columns))
    given = rows if compiled.positional else [dict(zip(columns, row, strict=True)) for row in rows]
    connection.exec_driver_sql(str(compiled), cast(Any, given))


def look_up(connection: Connection, key: Any, value: Any, keys: Iterable[Any]) -> dict[Any, Any]:
    """The values of many keys, for those that there are."""
    wanted, found = list(keys), {}
    for start in range(0, len(wanted), AT_ONCE):
        some = select(key, value).where(key.in_(wanted[start : start + AT_ONCE]))
        found.update({row[0]: row[1] for row in connection.execute(some)})
    return found


def texts_of(connection: Connection, numbers: Iterable[int | None]) -> dict[int | None, str]:
    """The words that numbers stand for."""
    return look_up(connection, words.c.id, words.c.text, {number for number in numbers if number is not None})
