"""What Alembic runs to reach the database: the connection, and its transaction, are handed over by `steps.run`."""

from __future__ import annotations

from alembic import context

from proxy.ledger.book_tables import decisions

context.configure(
    connection=context.config.attributes["connection"],
    # One for all tables, those of the ledger too: with the book's module, the last of them is there.
    target_metadata=decisions.metadata,
    # SQLite cannot alter a column: its table is written anew instead.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
