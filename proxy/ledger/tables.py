"""The tables of the ledger, in words that SQLite and PostgreSQL share."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from proxy.ledger.types import EXACT_TEXT, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every constraint has a name, so that a migration can speak of it."""

origins = Table(
    "origins",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("origin", Text, nullable=False),
    UniqueConstraint("origin"),
)
"""The upstreams that records were made of; the same name at two upstreams is two packages."""

packages = Table(
    "packages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("origin_id", Integer, ForeignKey("origins.id"), nullable=False),
    Column("name", EXACT_TEXT, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_look", Instant, nullable=False),
    Column("modified", Instant),
    Column("source_blob", Text),
    Column("source_etag", Text),
    Column("source_last_modified", Text),
    # Tags are read and written with the package and never searched, so one JSON text ({tag: [newest, ...]}) does: a
    # row for each of up to 20 targets of each tag would double what a record costs, and be asked for by nobody.
    Column("tags", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("last_asked", Instant),
    UniqueConstraint("origin_id", "name"),
    Index(None, "last_look"),
    Index(None, "origin_id", "last_asked"),
)
"""One row a package of an origin. A revision of 0 is never committed: it marks a row that is being filled."""

sightings = Table(
    "sightings",
    metadata,
    Column("package_id", Integer, ForeignKey("packages.id"), nullable=False),
    Column("version", EXACT_TEXT, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("published", Instant),
    Column("last_absent", Instant),
    # `Sighting.clock_start` spelled out, so that "which packages are young" is an index look-up.
    Column("clock_start", Instant, nullable=False),
    Column("digests", Text, nullable=False),
    Column("last_shown", Instant),
    Column("missing_since", Instant),
    Column("gone", Boolean, nullable=False),
    PrimaryKeyConstraint("package_id", "version"),
    Index(None, "clock_start", "package_id"),
    # Kept in the order of the key: a package's versions lie side by side, and the key is not stored twice.
    sqlite_with_rowid=False,
)
"""One row a version: the first sight of it, and whether it is still there."""

mismatches = Table(
    "mismatches",
    metadata,
    Column("package_id", Integer, ForeignKey("packages.id"), nullable=False),
    Column("version", EXACT_TEXT, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Instant, nullable=False),
    PrimaryKeyConstraint("package_id", "version"),
    sqlite_with_rowid=False,
)
"""Versions whose bytes were not what the packument promised."""

examinations = Table(
    "examinations",
    metadata,
    Column("package_id", Integer, ForeignKey("packages.id"), nullable=False),
    Column("version", EXACT_TEXT, nullable=False),
    Column("examiner", Integer, nullable=False),
    Column("examined_at", Instant, nullable=False),
    # `quarantine.examination.Examination` as JSON: it is read and written as a whole, and searched by nobody.
    Column("facts", Text, nullable=False),
    PrimaryKeyConstraint("package_id", "version"),
    sqlite_with_rowid=False,
)
"""What was found in the tarball of a version, the last time that somebody looked into it."""

rewrites = Table(
    "rewrites",
    metadata,
    Column("of", EXACT_TEXT, primary_key=True),
    Column("recipe", Integer, nullable=False),
    Column("integrity", Text, nullable=False),
    Column("shasum", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("unpacked", BigInteger, nullable=False),
    Column("files", Integer, nullable=False),
    Column("removed", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
)
"""What is served in place of the bytes with a digest. One for good, by whatever recipe: lockfiles pin it."""

rewritten = Table(
    "rewritten",
    metadata,
    Column("package_id", Integer, ForeignKey("packages.id"), nullable=False),
    Column("version", EXACT_TEXT, nullable=False),
    Column("of", EXACT_TEXT, ForeignKey("rewrites.of"), nullable=False),
    PrimaryKeyConstraint("package_id", "version"),
    sqlite_with_rowid=False,
)
"""The versions whose bytes were rewritten."""

notes = Table(
    "notes",
    metadata,
    Column("key", EXACT_TEXT, primary_key=True),
    Column("text", Text, nullable=False),
)
"""Named texts of the installation. They belong to no origin: the stored upstream is one of them."""

leases = Table(
    "leases",
    metadata,
    Column("name", EXACT_TEXT, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Instant, nullable=False),
)
"""Who does what only one process is to do, and until when it is believed to be alive."""
