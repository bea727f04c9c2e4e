"""Archives for tests of the facts: a package.json, other files, and the document that a registry would show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from proxy.npm.archive.members import Archive, Member
from proxy.npm.inspecting.inspect import inspect
from quarantine.examination import Contents, Since, compare

Json = dict[str, Any]
Files = Mapping[str, bytes | str | Json]

NAME = "left-pad"


def manifest(version: str = "1.0.0", **fields: Any) -> Json:
    """A package.json."""
    return {"name": NAME, "version": version, **fields}


def archive_of(files: Files) -> Archive:
    """By path; an object is written as JSON."""
    contents = {path: _bytes(content) for path, content in files.items()}
    members, offset = [], 0
    for path, content in contents.items():
        members.append(Member(path, len(content), 0o644, offset))
        offset += len(content)
    return Archive("package", tuple(members), (), offset // 3, memoryview(b"".join(contents.values())))


def document_of(fields: Json) -> bytes:
    """A version as it lies split in a packument, with the gap for the address."""
    dist = {"integrity": "sha512-x", "tarball": f"GAP/{NAME}/-/{NAME}-1.0.0.tgz"}
    return json.dumps({**fields, "dist": dist}).encode().replace(b"GAP", b"\0")


def package(inside: Json | None = None, files: Files | None = None, *, document: Json | None = None, **more: Any) -> Contents:
    """What is found in a package whose document says the same as its package.json, or something else."""
    own = manifest() if inside is None else inside
    return inspect(archive_of({"package.json": own, **(files or {})}), document_of(own if document is None else document), **more)


def since(before: Contents, after: Contents) -> Since:
    """What is new."""
    return compare(after, before, "1.0.0")


def named(contents: Contents) -> list[str]:
    """The install scripts, as `folder name`."""
    return [f"{each.inside} {each.name}".strip() for each in contents.scripts]


def _bytes(content: bytes | str | Json) -> bytes:
    if isinstance(content, bytes):
        return content
    return content.encode() if isinstance(content, str) else json.dumps(content).encode()
