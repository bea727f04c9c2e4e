"""Decisions, credentials, the freeze, actors, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_GENESIS = "0" * 64


def upgrade() -> None:
    """From sightings alone."""
    op.create_table(
        "decisions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("name", _EXACT, nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("audience", sa.Text()),
        sa.Column("digests", sa.Text()),
        sa.Column("lifts", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger()),
        sa.PrimaryKeyConstraint("number", name="pk_decisions"),
        sa.ForeignKeyConstraint(["origin_id"], ["origins.id"], name="fk_decisions_origin_id"),
    )
    op.create_table(
        "credentials",
        sa.Column("id", _EXACT, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("packages", sa.Text(), nullable=False),
        sa.Column("networks", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("audience", sa.Text()),
        sa.Column("revoked", sa.BigInteger()),
        sa.Column("last_used", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
        sa.UniqueConstraint("digest", name="uq_credentials_digest"),
    )
    op.create_table(
        "freezes",
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("since", name="pk_freezes"),
    )
    op.create_table(
        "actors",
        sa.Column("id", _EXACT, nullable=False),
        sa.Column("name", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_actors"),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_head"),
    )
    # There from the start, so that the very first two writers already have a row to wait for each other at.
    op.bulk_insert(head, [{"number": 0, "hash": _GENESIS}])


def downgrade() -> None:
    """Back to sightings alone: every decision, every credential and the log are gone."""
    for table in ("audit_head", "audit", "actors", "freezes", "credentials", "decisions"):
        op.drop_table(table)
