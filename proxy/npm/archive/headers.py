"""One header of a tar stream: 512 bytes in old, GNU or ustar form, read so that every client would read the same.

The layout is POSIX.1-1988's (`man 5 tar`). What clients make of fields that are not quite in order was read in node-tar (npm,
yarn 4), tar-stream (yarn 1) and pnpm's own reader: node-tar, for one, skips a header with an unreadable number, or with a link's
target where there is no link, and then takes the *content* of the file for headers.
"""

from __future__ import annotations

import re
import struct
import zlib
from functools import lru_cache
from typing import NamedTuple

from proxy.npm.archive.oddities import Kind, Oddities

BLOCK = 512
ZEROS = bytes(BLOCK)

#                        name mode uid gid size mtime sum type link magic uname gname major minor prefix
_FIELDS = struct.Struct("100s 8s   8s  8s  12s  12s   8s  1s  100s 8s    32s   32s   8s    8s    155s 12s")
_USTAR = b"ustar\x0000"
_KNOWN = frozenset({_USTAR, b"ustar  \0"})
_NOTHING = bytes(100)
_NO_PREFIX = bytes(155)
_OCTAL = re.compile(rb" *([0-7]+)[ \0]*")
_DIGITS = re.compile(rb" *[0-7]*[ \0]*")
_ENDED_OCTAL = re.compile(rb" *([0-7]+)[ \0]+")
"""node-tar reads on into the next field where nothing ends the checksum."""
_SAFE = 2**53
"""JavaScript counts no further."""


class Header(NamedTuple):
    """What matters of a header."""

    name: bytes
    """Prefix and name, joined."""
    size: int
    mode: int
    type: bytes
    """One byte: `0`, `5`, `x`, …"""
    known: bool
    """Whether it says of itself that it is ustar or GNU. The reader of pnpm 12 believes no other extended headers."""


def read_header(block: bytes, at: int, odd: Oddities) -> Header | None:
    """The header in these 512 bytes, which are at byte `at` of the stream; None where its checksum is that of no header."""
    name, mode, uid, gid, size, mtime, told, kind, link, magic, _, _, major, minor, prefix, tail = _FIELDS.unpack(block)
    ascii_only = block.isascii()
    # Adler-32's lower half is one more than the sum of the bytes, as long as that is below 65,521.
    total = (zlib.adler32(block) & 0xFFFF) - 1 if ascii_only else sum(block)
    if not _summed(told, total - sum(told) + 256, block, at, odd):
        return None
    length, bits = _OCTAL.fullmatch(size), _OCTAL.fullmatch(mode)
    sound = length is not None and bits is not None and _readable(uid, gid, mtime, major, minor)
    if not ascii_only and magic == _USTAR:
        sound = sound and all(map(_harmless, _instants(prefix, tail)))
    if not sound:
        odd.add(Kind.NUMBER, f"byte {at:,}")
    if link != _NOTHING and kind not in b"12":
        odd.add(Kind.LINK_NAME, f"byte {at:,}")
    path = name.rstrip(b"\0")
    if not path or b"\0" in path:
        odd.add(Kind.NAME_FIELD, f"byte {at:,}")
        path = path.partition(b"\0")[0]
    if prefix != _NO_PREFIX:
        path = _joined(prefix, path, magic, at, odd)
    return Header(path, int(length[1], 8) if length else 0, int(bits[1], 8) & 0o7777 if bits else 0, kind, magic in _KNOWN)


def _summed(told: bytes, unsigned: int, block: bytes, at: int, odd: Oddities) -> bool:
    found = _ENDED_OCTAL.fullmatch(told)
    if found is not None and int(found[1], 8) == unsigned:
        return True
    odd.add(Kind.CHECKSUM, f"byte {at:,}")
    # Some readers take a sum of signed bytes, and one that nothing ends: to them it is a header all the same.
    signed = unsigned - 256 * sum(byte > 127 for byte in block[:148] + block[156:])
    lax = _OCTAL.fullmatch(told)
    return lax is not None and int(lax[1], 8) in (signed, unsigned)


def _instants(prefix: bytes, tail: bytes) -> tuple[bytes, ...]:
    """What node-tar expects behind a short prefix, as star writes it."""
    times = (prefix + tail)[131:] if prefix[130] == 0 else bytes(24)
    return times[:12], times[12:24]


@lru_cache(maxsize=256)  # most archives have the same in all headers
def _readable(*fields: bytes) -> bool:
    """Whether every client reads numbers here: octal, none at all, or in base 256 and such that JavaScript can count them."""
    return all(_DIGITS.fullmatch(field) or (field[0] >= 0x80 and _harmless(field)) for field in fields)


def _harmless(field: bytes) -> bool:
    """Whether node-tar goes on behind it."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big") < _SAFE
    return field[0] < 0x80 or (field[0] == 0xFF and int.from_bytes(field, "big", signed=True) > -_SAFE)


def _joined(prefix: bytes, name: bytes, magic: bytes, at: int, odd: Oddities) -> bytes:
    """The name with its first part. GNU's and the oldest headers have other things there, which some readers take for a path."""
    first = prefix.partition(b"\0")[0]
    if magic != _USTAR:
        if first:
            odd.add(Kind.PREFIX, f"byte {at:,}")
        return name
    end = 155 if prefix[130] else 130
    if prefix[len(first) : end].strip(b"\0"):
        odd.add(Kind.NAME_FIELD, f"byte {at:,}")
    return first + b"/" + name if first else name
