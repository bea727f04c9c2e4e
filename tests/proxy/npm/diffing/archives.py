"""Archives to compare."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from proxy.npm.archive.members import Archive, Member
from proxy.npm.diffing.compare import compare
from proxy.npm.diffing.values import Diff, FileChange, Limits
from quarantine.examination import Oddity

Files = Mapping[str, str | bytes]


def archive(
    manifest: Mapping[str, Any] | str | None, files: Files, *, runs: Iterable[str] = (), odd: Iterable[str] = ()
) -> Archive:
    """As the reader gives it."""
    own: dict[str, str | bytes] = {}
    if manifest is not None:
        own["package.json"] = manifest if isinstance(manifest, str) else json.dumps(manifest, indent=2) + "\n"
    members, stream = [], bytearray()
    for path, content in {**own, **files}.items():
        data = content.encode() if isinstance(content, str) else content
        members.append(Member(path, len(data), 0o755 if path in set(runs) else 0o644, len(stream)))
        stream += data
    return Archive(
        "package", tuple(members), tuple(Oddity("x", each) for each in odd), len(stream) // 3, memoryview(bytes(stream))
    )


def difference(
    old: Files,
    new: Files,
    manifests: tuple[Mapping[str, Any] | str | None, Mapping[str, Any] | str | None] = (None, None),
    **more: Any,
) -> Diff:
    """Of packages that differ in these files and manifests."""
    limits = Limits(**more.pop("limits", {}))
    return compare(archive(manifests[0], old), archive(manifests[1], new), limits=limits, **more)


def of_text(old: str | bytes, new: str | bytes, **more: Any) -> FileChange:
    """What is told of one file."""
    (file,) = difference({"a.js": old}, {"a.js": new}, **more).files
    return file


def lines(file: FileChange) -> list[str]:
    """All that is told of a file."""
    return [line for hunk in file.hunks for line in hunk.lines]
