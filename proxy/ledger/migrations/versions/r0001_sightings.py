"""Origins, packages, sightings, mismatches and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# As `proxy.ledger.types.EXACT_TEXT` was then: a migration does not change when the code that it leads to does.
_EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "origins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_origins"),
        sa.UniqueConstraint("origin", name="uq_origins_origin"),
    )
    op.create_table(
        "packages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=False),
        sa.Column("name", _EXACT, nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_look", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger()),
        sa.Column("source_blob", sa.Text()),
        sa.Column("source_etag", sa.Text()),
        sa.Column("source_last_modified", sa.Text()),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("last_asked", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_packages"),
        sa.ForeignKeyConstraint(["origin_id"], ["origins.id"], name="fk_packages_origin_id"),
        sa.UniqueConstraint("origin_id", "name", name="uq_packages_origin_id_name"),
    )
    op.create_index("ix_packages_last_look", "packages", ["last_look"])
    op.create_index("ix_packages_origin_id_last_asked", "packages", ["origin_id", "last_asked"])
    op.create_table(
        "sightings",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version", _EXACT, nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.BigInteger()),
        sa.Column("last_absent", sa.BigInteger()),
        sa.Column("clock_start", sa.BigInteger(), nullable=False),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.Column("last_shown", sa.BigInteger()),
        sa.Column("missing_since", sa.BigInteger()),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("package_id", "version", name="pk_sightings"),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name="fk_sightings_package_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sightings_clock_start_package_id", "sightings", ["clock_start", "package_id"])
    op.create_table(
        "mismatches",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version", _EXACT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("package_id", "version", name="pk_mismatches"),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name="fk_mismatches_package_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notes",
        sa.Column("key", _EXACT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_notes"),
    )


def downgrade() -> None:
    """Back to nothing."""
    for table in ("notes", "mismatches", "sightings", "packages", "origins"):
        op.drop_table(table)
