"""The text of documents in files, so that neither memory nor the pipe to the reading process has to hold it.

A file has a magic number, the lengths of its four parts, a checksum, the index (msgpack) and the three texts. It is a cache: the
document itself lies in the blob store.
"""

from __future__ import annotations

import os
import struct
import weakref
import zlib
from contextlib import suppress
from pathlib import Path

import msgspec

from proxy.npm.packument import REGIONS, Index, MemoryText, SplitPackument
from proxy.storage.local import write_whole

MAGIC = b"PQT2"

_HEAD = struct.Struct(">4s4QI")
_INDEX = msgspec.msgpack.Decoder(Index)

CHUNK = 4 * 2**20

NO_TEXT = MemoryText(b"", b"", b"")

OPEN_FILE = 2**14
"""What the open file counts for among bytes: there may be only so many."""


class StoredText:
    """The text of one document, read where it is needed; the file stays readable when somebody removes it."""

    weight = OPEN_FILE

    def __init__(self, descriptor: int, starts: dict[str, int]) -> None:
        self._descriptor = descriptor
        self._starts = starts
        weakref.finalize(self, os.close, descriptor)

    def cut(self, region: str, begin: int, end: int) -> bytes:
        """A stretch of one of the texts."""
        at, left = self._starts[region] + begin, end - begin
        parts = []
        while left > 0:
            part = os.pread(self._descriptor, left, at)
            if not part:
                raise OSError("a file of the cache has become shorter")
            parts.append(part)
            at += len(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def write(path: Path, document: SplitPackument) -> bool:
    """Store a document's index and text; whether that worked."""
    index = msgspec.msgpack.encode(document.index)
    text = document.text
    assert isinstance(text, MemoryText)
    parts = [index, *(getattr(text, region) for region in REGIONS)]
    check = 0
    for part in parts:
        check = zlib.crc32(part, check)
    return write_whole(path, _HEAD.pack(MAGIC, *map(len, parts), check), *parts)


def read(path: Path, *, checked: bool) -> SplitPackument | None:
    """A stored document; None where there is none, or with `checked` where it is damaged. Marks it as used."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        found = _read(descriptor, checked=checked)
        if found is not None:
            with suppress(OSError):
                os.utime(descriptor)
            # Before the descriptor has another owner: an index of nonsense is refused here.
            SplitPackument.of(found[0], NO_TEXT)
    except (OSError, ValueError, struct.error, msgspec.MsgspecError):
        found = None
    if found is None:
        os.close(descriptor)
        return None
    index, starts = found
    return SplitPackument.of(index, StoredText(descriptor, starts))


def _read(descriptor: int, *, checked: bool) -> tuple[Index, dict[str, int]] | None:
    magic, *lengths, check = _HEAD.unpack(os.pread(descriptor, _HEAD.size, 0))
    size = os.fstat(descriptor).st_size
    if magic != MAGIC or size != _HEAD.size + sum(lengths):
        return None
    if checked:
        found, at = 0, _HEAD.size
        while at < size:
            part = os.pread(descriptor, CHUNK, at)
            found = zlib.crc32(part, found)
            at += len(part)
        if found != check:
            return None
    index = _INDEX.decode(os.pread(descriptor, lengths[0], _HEAD.size))
    starts, at = {}, _HEAD.size + lengths[0]
    for region, length in zip(REGIONS, lengths[1:], strict=True):
        starts[region] = at
        at += length
    return index, starts
