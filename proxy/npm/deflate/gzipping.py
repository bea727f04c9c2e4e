"""One gzip member (RFC 1952) whose bytes depend on the content alone: not on the machine, the time, or what is installed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import cache

from proxy.npm.deflate.known import Compressor, is_known
from proxy.npm.deflate.stream import Deflate

_HEAD = bytes.fromhex("1f8b08000000000000ff")
"""Deflate, no name, no time, no system."""


def gzip(pieces: Iterable[bytes | memoryview], compressor: Compressor | None = None) -> bytes:
    """Pack the pieces as one stream. Where one ends and the next begins is part of what the bytes depend on."""
    chosen = compressor or usual()
    parts = [_HEAD]
    checksum = length = 0
    for piece in pieces:
        if len(piece):
            parts.append(chosen.compress(piece))
            checksum = zlib.crc32(piece, checksum)
            length += len(piece)
    parts.append(chosen.flush())
    return b"".join([*parts, checksum.to_bytes(4, "little"), (length & 0xFFFFFFFF).to_bytes(4, "little")])


def usual() -> Compressor:
    """zlib, where what goes by that name is zlib; else, about a hundred times slower, `Deflate`. Both give the same bytes.

    isal will not do, pinned or not: it picks its code by the processor, and its authors say that the bytes may differ with it.
    """
    return by_zlib() if _is_zlib() else Deflate()


def by_zlib() -> Compressor:
    """What this Python has by the name of zlib, at level 6."""
    return zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL)


@cache
def _is_zlib() -> bool:
    return is_known(by_zlib)
