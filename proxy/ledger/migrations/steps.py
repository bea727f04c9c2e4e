"""Running the migration scripts in a transaction that is already open. Imports Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from proxy.ledger.errors import LedgerFailed


def configuration() -> Config:
    """Alembic's settings: where the scripts are. There is no file for them, so that a wheel needs none."""
    config = Config()
    # The setting is interpolated, so a per cent sign in the path is written twice.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def run(connection: Connection, target: str, *, down: bool) -> None:
    """Upgrade or downgrade to a revision, then see that no row points at a row that is gone."""
    config = configuration()
    config.attributes["connection"] = connection
    (command.downgrade if down else command.upgrade)(config, target)
    if connection.dialect.name != "sqlite":
        return
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        place = repr(connection.engine.url.database)
        reason = f"a row of the table {broken[0]} points at one of {broken[2]} that does not exist"
        raise LedgerFailed("migrate", place, reason, "restore a backup, or report this")
