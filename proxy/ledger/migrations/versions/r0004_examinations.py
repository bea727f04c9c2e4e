"""Examinations: what was found in tarballs, and what is served in place of some."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_EXACT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Three more tables."""
    op.create_table(
        "examinations",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version", _EXACT, nullable=False),
        sa.Column("examiner", sa.Integer(), nullable=False),
        sa.Column("examined_at", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name="fk_examinations_package_id"),
        sa.PrimaryKeyConstraint("package_id", "version", name="pk_examinations"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rewrites",
        sa.Column("of", _EXACT, nullable=False),
        sa.Column("recipe", sa.Integer(), nullable=False),
        sa.Column("integrity", sa.Text(), nullable=False),
        sa.Column("shasum", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("unpacked", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("of", name="pk_rewrites"),
    )
    op.create_table(
        "rewritten",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version", _EXACT, nullable=False),
        sa.Column("of", _EXACT, nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name="fk_rewritten_package_id"),
        sa.ForeignKeyConstraint(["of"], ["rewrites.of"], name="fk_rewritten_of"),
        sa.PrimaryKeyConstraint("package_id", "version", name="pk_rewritten"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Nothing was examined, and nothing rewritten."""
    for table in ("rewritten", "rewrites", "examinations"):
        op.drop_table(table)
