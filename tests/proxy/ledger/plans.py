"""How a database goes about what it is asked."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine, event


def plan(engine: Engine, ask: Callable[[Connection], object]) -> str:
    """How SQLite goes about the statements of some work."""
    asked: list[tuple[str, tuple[object, ...]]] = []

    def listen(_connection: object, _cursor: object, statement: str, parameters: tuple[object, ...], *_: object) -> None:
        asked.append((statement, parameters))

    with engine.connect() as connection, connection.begin():
        event.listen(engine, "before_cursor_execute", listen)
        ask(connection)
        event.remove(engine, "before_cursor_execute", listen)
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", bound).all() for text, bound in asked]
    assert plans
    return "\n".join(row.detail for rows in plans for row in rows)
