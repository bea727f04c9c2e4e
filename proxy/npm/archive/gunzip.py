"""One gzip member, unpacked and checked to its last byte (RFC 1952).

The decoder is zlib, which is what npm, pnpm up to 11 and yarn use: a faster one may take streams for valid that it does not.
"""

from __future__ import annotations

import struct
import zlib

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.archive.oddities import Kind, Oddities
from proxy.npm.archive.spilled import Spilled

MAGIC = b"\x1f\x8b"
_DEFLATE = 8
_HEADER_CRC, _EXTRA, _NAME, _COMMENT, _RESERVED = 0x02, 0x04, 0x08, 0x10, 0xE0
_TEXT = 64 * 2**10
"""The longest file name or comment in a header that is skipped over."""
_CHUNK = 256 * 2**10
_MEMBERS = 16
"""After so many the rest is left alone; already the second is an oddity."""


class _Cut(Exception):
    """The bytes end before the header does."""


def gunzip(packed: memoryview, caps: Caps, odd: Oddities) -> memoryview:
    """Unpack all members, one after the other, as most clients do. Raises ArchiveRefused at a cap and for damaged data."""
    with Spilled() as spilled:
        at = 0
        for member in range(_MEMBERS):
            if member:
                odd.add(Kind.GZIP_MEMBERS, f"{at:,}")
            try:
                at = _header(packed, at, odd)
            except _Cut:
                odd.add(Kind.GZIP_TRUNCATED, "in its header")
                break
            at = _member(packed, at, spilled, caps, odd)
            if bytes(packed[at : at + 2]) != MAGIC:
                break
        if at < len(packed):
            _trailing(packed, at, odd)
        return spilled.view()


def _header(packed: memoryview, start: int, odd: Oddities) -> int:
    """Where the compressed data begin."""
    if len(packed) < start + 10:
        raise _Cut
    method, flags = packed[start + 2], packed[start + 3]
    if method != _DEFLATE:
        raise ArchiveRefused(f"the archive's gzip header names compression method {method}: only 8 (deflate) exists")
    if flags & _RESERVED:
        odd.add(Kind.GZIP_HEADER, "reserved flags")
    at = start + 10
    if flags & _EXTRA:
        if len(packed) < at + 2:
            raise _Cut
        at += 2 + int.from_bytes(packed[at : at + 2], "little")
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            length = bytes(packed[at : at + _TEXT]).find(b"\0")
            if length < 0:
                raise _Cut
            at += length + 1
    if flags & _HEADER_CRC:
        told = int.from_bytes(packed[at : at + 2], "little")
        if told != zlib.crc32(packed[start:at]) & 0xFFFF:
            odd.add(Kind.GZIP_HEADER, "its own checksum is wrong")
        at += 2
    if at > len(packed):
        raise _Cut
    return at


def _member(packed: memoryview, at: int, spilled: Spilled, caps: Caps, odd: Oddities) -> int:
    """Inflate one; where it ends, its trailer included."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    start, crc = spilled.size, 0
    try:
        while not inflater.eof:
            chunk = packed[at : at + _CHUNK]
            piece = inflater.decompress(chunk, _CHUNK * 4)
            at += len(chunk) - len(inflater.unused_data if inflater.eof else inflater.unconsumed_tail)
            if not piece and not chunk:
                odd.add(Kind.GZIP_TRUNCATED, "in its data")
                return at
            crc = zlib.crc32(piece, crc)
            spilled.write(piece)
            _check(spilled.size, at, caps)
    except zlib.error as error:
        raise ArchiveRefused(f"the archive's gzip data are damaged near byte {at}: {error}") from None
    if len(packed) < at + 8:
        odd.add(Kind.GZIP_TRUNCATED, "in its trailer")
        return len(packed)
    told_crc, told_size = struct.unpack("<II", packed[at : at + 8])
    if told_crc != crc:
        odd.add(Kind.GZIP_CHECKSUM, "its CRC")
    if told_size != (spilled.size - start) & 0xFFFFFFFF:
        odd.add(Kind.GZIP_CHECKSUM, "its size")
    return at + 8


def _check(unpacked: int, consumed: int, caps: Caps) -> None:
    if unpacked > caps.unpacked:
        raise ArchiveRefused(f"the archive unpacks to more than {caps.unpacked:,} bytes")
    if unpacked > caps.ratio_from and unpacked > caps.ratio * consumed:
        raise ArchiveRefused(f"the archive unpacks to more than {caps.ratio} times its size")


def _trailing(packed: memoryview, at: int, odd: Oddities) -> None:
    """Zeros are no matter: old archives were filled up with them, and all clients leave them alone."""
    if any(any(packed[each : each + _CHUNK]) for each in range(at, len(packed), _CHUNK)):
        odd.add(Kind.GZIP_TRAILING, f"{len(packed) - at:,} bytes")
