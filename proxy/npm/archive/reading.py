"""Reading an archive so that it means one thing, or saying why it does not.

npm, pnpm, yarn and bun each have a reader of their own, and what one of them skips another installs. This one lists what
they all see, and names everything on which they could differ. It extracts nothing.
"""

from __future__ import annotations

import mmap
from typing import BinaryIO

from proxy.npm.archive.gunzip import MAGIC, gunzip
from proxy.npm.archive.headers import BLOCK, read_header
from proxy.npm.archive.members import Archive, ArchiveRefused, Caps
from proxy.npm.archive.oddities import Kind, Oddities
from proxy.npm.archive.settling import settle
from proxy.npm.archive.walking import walk


def read_archive(packed: bytes | memoryview | mmap.mmap | BinaryIO, caps: Caps = Caps()) -> Archive:  # noqa: B008 - frozen
    """Read an npm tarball to its very end.

    A file is mapped, not read. Up to 32 MiB of unpacked bytes stay in memory; more go through an unnamed temporary file.
    Raises ArchiveRefused where a cap is reached, or where the bytes are no archive at all, and nothing else.
    """
    view = _opened(packed, caps)
    odd = Oddities()
    stream = _unpacked(view, caps, odd)
    root, members = settle(walk(stream, caps, odd), stream, caps, odd)
    return Archive(root=root, members=members, oddities=odd.all(), packed=len(view), unpacked=stream)


def _opened(packed: bytes | memoryview | mmap.mmap | BinaryIO, caps: Caps) -> memoryview:
    view = memoryview(packed) if isinstance(packed, bytes | memoryview | mmap.mmap) else _mapped(packed, caps)
    if len(view) > caps.packed:
        raise ArchiveRefused(f"the archive has {len(view):,} bytes; at most {caps.packed:,} are read")
    return view


def _mapped(file: BinaryIO, caps: Caps) -> memoryview:
    try:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # no real file, or an empty one
        return memoryview(file.read(caps.packed + 1))


def _unpacked(view: memoryview, caps: Caps, odd: Oddities) -> memoryview:
    """The tar stream. Clients take one that is not compressed, too."""
    if bytes(view[:2]) == MAGIC:
        return gunzip(view, caps, odd)
    if len(view) < BLOCK or read_header(bytes(view[:BLOCK]), 0, Oddities()) is None:
        raise ArchiveRefused("the archive is no archive: it begins neither as gzip nor as tar does")
    odd.add(Kind.NOT_GZIP)
    return view
