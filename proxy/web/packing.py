"""A document packed as one gzip member that is made of parts, each packed by itself: what does not change is not packed again.

A part ends with a full flush (RFC 1951, section 3.2.4, as zlib's Z_FULL_FLUSH does it), after which nothing refers to what came
before. So packed parts can stand behind each other in any document; their checksums are combined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isal import igzip, isal_zlib

from proxy.npm.rendering import Stretch

LEVEL = 2

_HEAD = bytes.fromhex("1f8b08000000000000ff")
"""Deflate, no name, no time, no system (RFC 1952)."""

_END = bytes.fromhex("0300")
"""An empty last block."""

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Where a packed part is, and what it is of."""

    begin: int
    end: int
    checksum: int
    length: int
    """Bytes before packing."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A gzip member, and where its parts are."""

    body: bytes = field(repr=False)
    parts: Mapping[Key, Part] = field(default_factory=dict)


def pack(body: bytes) -> bytes:
    """gzip, as it is sent."""
    packed: bytes = igzip.compress(body, LEVEL, mtime=0)
    return packed


def pack_parts(stretches: Sequence[Stretch], earlier: Packed | None = None) -> Packed:
    """The same for a document in parts; those that `earlier` has are taken from there."""
    out = bytearray(_HEAD)
    checksum = length = 0
    parts: dict[Key, Part] = {}
    for each in stretches:
        begin = len(out)
        known = earlier.parts.get(each.key) if earlier is not None and each.key is not None else None
        if known is not None and earlier is not None:
            out += memoryview(earlier.body)[known.begin : known.end]
            sum_of, size = known.checksum, known.length
        else:
            plain = each.make()
            packing = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -15)
            out += packing.compress(plain)
            out += packing.flush(isal_zlib.Z_FULL_FLUSH)
            sum_of, size = isal_zlib.crc32(plain), len(plain)
        checksum = isal_zlib.crc32_combine(checksum, sum_of, size)
        length += size
        if each.key is not None:
            parts[each.key] = Part(begin, len(out), sum_of, size)
    out += _END + checksum.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")
    return Packed(bytes(out), parts)
