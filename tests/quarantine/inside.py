"""What was found in a tarball, for tests of rules: nothing out of the ordinary, and what differs from it."""

from __future__ import annotations

from typing import Any

from quarantine.candidate import Candidate
from quarantine.examination import Contents, Examination, Script
from tests.quarantine.examples import HOUR, NOON, candidate, sighting

POSTINSTALL = Script("postinstall", "node install.js")


def contents(**facts: Any) -> Contents:
    """Three small files and nothing to tell of."""
    return Contents(**{"files": 3, "unpacked": 900, "packed": 300, **facts})


def examination(found: Contents | None = None, **facts: Any) -> Examination:
    """An hour after the version was published."""
    return Examination(**{"digest": "sha512-AAAA", "examiner": 1, "at": NOON + HOUR, "contents": found or contents(), **facts})


def young(**facts: Any) -> Candidate:
    """First seen an hour after it was published."""
    return candidate(**facts)


def old(**facts: Any) -> Candidate:
    """First seen long after it was published."""
    return candidate(sighting=sighting(first_seen=NOON + 400 * 24 * HOUR), **facts)
