"""The canonical archive: the same files give the same bytes, whoever writes them, whenever and on whatever machine.

ustar headers as POSIX.1-1988 has them, and one of pax (POSIX.1-2001) before a file whose path does not fit or is not ASCII.
What npm itself writes is much the same, apart from order and padding; every client reads it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from proxy.npm.archive.headers import BLOCK
from proxy.npm.deflate.gzipping import gzip
from quarantine.errors import PratiqueError

ROOT = "package/"
FIRST = "package.json"

MTIME = 499_162_500
"""1985-10-26T08:15:00Z, which npm gives to every file."""

_LARGEST = 8**11 - 1
"""Bytes that the size field of ustar has room for."""

_FIELDS = struct.Struct("100s 8s 8s 8s 12s 12s 8s 1s 100s 8s 32s 32s 8s 8s 155s 12x")
_END = bytes(2 * BLOCK)
_ZERO = b"0000000\0"


class Unwritable(PratiqueError):
    """The files cannot be put into an archive. Says which."""


class File(NamedTuple):
    """A regular file."""

    path: str
    """As it lands in the package's folder: `lib/index.js`."""
    content: bytes | memoryview
    executable: bool = False


def write_archive(files: Iterable[File]) -> bytes:
    """One gzip member with package.json first and the rest in byte order of path, below `package/`; owned by nobody.

    Raises Unwritable where two have one path, and for a file that is too large or has no path.
    """
    return gzip(_stream(_sorted(files)))


def _sorted(files: Iterable[File]) -> list[File]:
    ordered = sorted(files, key=lambda file: (file.path != FIRST, file.path.encode()))
    for one, other in pairwise(ordered):
        if one.path == other.path:
            raise Unwritable(f"{one.path!r} is there twice")
    return ordered


def _stream(files: Iterable[File]) -> Iterator[bytes | memoryview]:
    for file in files:
        if not file.path or len(file.content) > _LARGEST:
            raise Unwritable(f"{file.path!r} with {len(file.content):,} bytes has no place in an archive")
        yield _headers(file)
        yield file.content
        yield bytes(-len(file.content) % BLOCK)
    yield _END


def _headers(file: File) -> bytes:
    path = (ROOT + file.path).encode()
    mode = b"0000755\0" if file.executable else b"0000644\0"
    parts = _parts(path) if path.isascii() else None
    if parts is not None:
        return _header(*parts, len(file.content), mode, b"0")
    record = _record(b"path", path)
    # Who does not read the record finds the same name, or its beginning: node-tar may lose the record of a name that is no ASCII.
    return b"".join(
        [
            _header(b"", b"PaxHeader", len(record), b"0000644\0", b"x"),
            record,
            bytes(-len(record) % BLOCK),
            _header(b"", path[:100], len(file.content), mode, b"0"),
        ]
    )


def _parts(path: bytes) -> tuple[bytes, bytes] | None:
    """Prefix and name; None where they cannot be had: they meet at a slash, and have at most 155 and 100 bytes."""
    if len(path) <= 100:
        return b"", path
    cut = path.find(b"/", len(path) - 101)
    return (path[:cut], path[cut + 1 :]) if 0 < cut <= 155 and cut + 1 < len(path) else None


def _header(prefix: bytes, name: bytes, size: int, mode: bytes, kind: bytes) -> bytes:
    fields = _FIELDS.pack(
        name, mode, _ZERO, _ZERO, b"%011o\0" % size, b"%011o\0" % MTIME, b" " * 8, kind,
        b"", b"ustar\x0000", b"", b"", _ZERO, _ZERO, prefix,
    )  # fmt: skip
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]


def _record(key: bytes, value: bytes) -> bytes:
    """`LENGTH KEY=VALUE`, where LENGTH counts itself."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + 1
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest
