"""Archives put together by hand, block by block, so that any of it can be wrong.

tar(member("package/package.json", b"{}"), member("package/a.js", b"1"))
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

BLOCK = 512
END = bytes(2 * BLOCK)
USTAR = b"ustar\x0000"
GNU = b"ustar  \0"
V7 = bytes(8)
OCTAL_11 = "{:011o}\0"


def header(
    name: str | bytes,
    size: int = 0,
    *,
    kind: bytes = b"0",
    mode: bytes = b"000644 \0",
    uid: bytes = b"000000 \0",
    size_field: bytes | None = None,
    mtime: bytes = b"03560116604\0",
    checksum: bytes | None = None,
    link: bytes = b"",
    magic: bytes = USTAR,
    owner: bytes = b"",
    major: bytes = b"000000 \0",
    prefix: bytes = b"",
    tail: bytes = b"",
) -> bytes:
    """512 bytes. Fields that are given are taken as they are; the checksum is right unless it is given."""
    text = name.encode() if isinstance(name, str) else name
    length = size_field if size_field is not None else OCTAL_11.format(size).encode()
    fields = struct.pack(
        "100s8s8s8s12s12s8s1s100s8s32s32s8s8s155s12s",
        text, mode, uid, b"000000 \0", length, mtime, b" " * 8, kind, link, magic, owner, b"", major, b"000000 \0", prefix, tail,
    )  # fmt: skip
    return summed(fields, checksum)


def summed(block: bytes, checksum: bytes | None = None) -> bytes:
    """The block with its checksum, or with the one that is given."""
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    return block[:148] + (checksum if checksum is not None else f"{total:06o}\0 ".encode()).ljust(8, b"\0") + block[156:]


def padded(content: bytes) -> bytes:
    """Up to the next block."""
    return content + bytes(-len(content) % BLOCK)


def member(name: str | bytes, content: bytes = b"", **fields: bytes | None) -> bytes:
    """A header, the content, and its padding."""
    return header(name, len(content), **fields) + padded(content)  # type: ignore[arg-type]


def folder(name: str | bytes, **fields: bytes | None) -> bytes:
    """A folder's entry."""
    return header(name, 0, **{"kind": b"5", "mode": b"000755 \0", **fields})  # type: ignore[arg-type]


def pax(records: Mapping[str, str | bytes] | bytes, kind: bytes = b"x", name: str = "PaxHeader/it") -> bytes:
    """An extended header: of records, or of bytes that are no proper ones."""
    return member(name, records if isinstance(records, bytes) else pax_text(records), kind=kind)


def pax_text(records: Mapping[str, str | bytes]) -> bytes:
    """`LENGTH KEY=VALUE` lines, where LENGTH counts itself."""
    text = b""
    for key, value in records.items():
        rest = b" " + key.encode() + b"=" + (value.encode() if isinstance(value, str) else value) + b"\n"
        length = len(rest)
        while len(str(length)) + len(rest) != length:
            length = len(str(length)) + len(rest)
        text += str(length).encode() + rest
    return text


def long_name(name: str | bytes, kind: bytes = b"L") -> bytes:
    """GNU's way to say a name of more than 100 bytes."""
    text = name.encode() if isinstance(name, str) else name
    return member("././@LongLink", text + b"\0", kind=kind, magic=GNU)


def tar(*pieces: bytes, end: bytes = END) -> bytes:
    """A stream."""
    return b"".join(pieces) + end


def gz(
    data: bytes,
    *,
    flags: int = 0,
    extra: bytes = b"",
    crc: int | None = None,
    size: int | None = None,
    level: int = 6,
) -> bytes:
    """One gzip member; `extra` follows the ten bytes of the header, as the flags say."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    trailer = struct.pack("<II", zlib.crc32(data) if crc is None else crc, len(data) & 0xFFFFFFFF if size is None else size)
    return bytes((0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 0xFF)) + extra + body + trailer


def tgz(*pieces: bytes, end: bytes = END) -> bytes:
    """A stream, compressed."""
    return gz(tar(*pieces, end=end))
