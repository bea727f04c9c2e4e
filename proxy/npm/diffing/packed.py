"""Comparing archives as they are downloaded: what runs in a process that may die of it."""

from __future__ import annotations

import msgspec

from proxy.npm.archive.members import Archive, ArchiveRefused, Caps
from proxy.npm.archive.reading import read_archive
from proxy.npm.diffing.compare import compare

NOTHING = Archive(root="", members=(), oddities=(), packed=0, unpacked=memoryview(b""))


def compare_packed(old: bytes | None, new: bytes, only: str | None, caps: Caps) -> bytes:
    """A Diff as JSON. Without `old` everything is new. Raises ArchiveRefused."""
    return msgspec.json.encode(compare(_read(old, caps, "old"), _read(new, caps, "new"), only, caps=caps))


def _read(packed: bytes | None, caps: Caps, side: str) -> Archive:
    if packed is None:
        return NOTHING
    try:
        return read_archive(packed, caps)
    except ArchiveRefused as error:
        raise ArchiveRefused(f"the {side} archive cannot be read: {error}") from None
