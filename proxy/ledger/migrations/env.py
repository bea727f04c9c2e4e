"""What Alembic runs to reach the database: the connection, and its transaction, are handed over by `steps.run`."""

from __future__ import annotations

from alembic import context

from proxy.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter a column: its table is written anew instead.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
