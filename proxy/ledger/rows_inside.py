"""Rows about the inside of tarballs to values and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import structlog

from proxy.ledger.tables import examinations, rewrites
from quarantine.examination import Examination
from quarantine.package import PackageName
from quarantine.rewrite import Rewrite

log = structlog.get_logger()

EXAMINATION = (examinations.c.version, examinations.c.facts)
"""The columns `examinations_of` reads, in its order."""

REWRITE = (
    rewrites.c.of,
    rewrites.c.recipe,
    rewrites.c.integrity,
    rewrites.c.shasum,
    rewrites.c.size,
    rewrites.c.unpacked,
    rewrites.c.files,
    rewrites.c.removed,
    rewrites.c.made_at,
)
"""The columns `rewrite` reads, in its order."""

_EXAMINATION = msgspec.json.Decoder(Examination)
_TEXTS = msgspec.json.Decoder(tuple[str, ...])


def examinations_of(name: PackageName, rows: Iterable[Iterable[Any]]) -> dict[str, Examination]:
    """Examinations by version. One that cannot be read, since another release wrote it, counts as none: the version is
    withheld as if nobody had looked into it, and is examined again when somebody asks for it."""
    found = {}
    for version, facts in rows:
        try:
            found[version] = _EXAMINATION.decode(facts)
        except msgspec.MsgspecError as error:
            log.warning("examination-unreadable", package=name, version=version, reason=str(error))
    return found


def examination_values(examination: Examination) -> dict[str, Any]:
    """What the row of an examination holds, apart from its key."""
    return {
        "examiner": examination.examiner,
        "examined_at": examination.at,
        "facts": msgspec.json.encode(examination).decode(),
    }


def rewrites_of(rows: Iterable[Iterable[Any]]) -> dict[str, Rewrite]:
    """Rewrites by version from rows of a version and `REWRITE`."""
    return {version: rewrite(*values) for version, *values in rows}


def rewrite(
    of: str, recipe: int, integrity: str, shasum: str, size: int, unpacked: int, files: int, removed: str, at: datetime
) -> Rewrite:
    """A rewrite from a row of `REWRITE`."""
    return Rewrite(of, recipe, integrity, shasum, size, unpacked, files, _TEXTS.decode(removed), at)


def rewrite_values(made: Rewrite) -> dict[str, Any]:
    """A new row of a rewrite."""
    return {
        "of": made.of,
        "recipe": made.recipe,
        "integrity": made.integrity,
        "shasum": made.shasum,
        "size": made.size,
        "unpacked": made.unpacked,
        "files": made.files,
        "removed": msgspec.json.encode(made.removed).decode(),
        "made_at": made.at,
    }
