"""What was found inside a version's tarball, and what is served in its place, as JSON answers give it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from proxy.registry.quarantined import Shown
from quarantine.digests import Digests
from quarantine.examination import Contents, Examination
from quarantine.rewrite import Rewrite
from quarantine.verdict import stamp


def inside_of(shown: Shown, version: str) -> dict[str, Any]:
    """`examination` and `rewrite`: each of the very bytes that are listed now, or null."""
    record, listed = shown.packument.record, Digests.parse(shown.packument.document.versions[version].digests)
    examination, rewrite = record.examinations.get(version), record.rewrites.get(version)
    known = examination is not None and listed.agrees(Digests.parse(examination.digest))
    served = rewrite is not None and version in shown.plan.rewrites
    return {
        "examination": _examination(examination) if examination is not None and known else None,
        "rewrite": _rewrite(rewrite) if rewrite is not None and served else None,
    }


def _examination(examination: Examination) -> dict[str, Any]:
    contents, since = examination.contents, examination.since
    return {
        "at": stamp(examination.at),
        "examiner": examination.examiner,
        "digest": examination.digest,
        "failed": examination.failed,
        "contents": _contents(contents) if contents is not None else None,
        "since": asdict(since) if since is not None else None,
        "alone": examination.alone,
        "young": [{**asdict(each), "started": stamp(each.started)} for each in examination.young],
    }


def _contents(contents: Contents) -> dict[str, Any]:
    return {**asdict(contents), "dependencies": len(contents.dependencies)}


def _rewrite(rewrite: Rewrite) -> dict[str, Any]:
    return {
        "integrity": rewrite.integrity,
        "removed": list(rewrite.removed),
        "size": rewrite.size,
        "at": stamp(rewrite.at),
    }
