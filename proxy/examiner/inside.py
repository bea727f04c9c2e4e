"""Looking into one tarball; runs in a process that may die of what it reads."""

from __future__ import annotations

import mmap
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from proxy.npm.archive.members import Caps
from proxy.npm.archive.reading import read_archive
from proxy.npm.inspecting.inspect import inspect
from proxy.npm.integrity import check_bytes
from quarantine.digests import Digests
from quarantine.examination import Contents

_DECODER = msgspec.msgpack.Decoder(Contents)


def look_inside(source: bytes | Path, digests: Digests, document: bytes, hosts: Collection[str], caps: Caps) -> bytes:
    """What is in the tarball, for `read_back`; `document` and `hosts`: see `proxy.npm.inspecting.inspect`.

    Raises IntegrityMismatch where the bytes are not those of `digests`, and ArchiveRefused.
    """
    with _opened(source) as packed:
        check_bytes(packed, digests)
        return msgspec.msgpack.encode(inspect(read_archive(packed, caps), document, caps, hosts))


def read_back(packed: bytes) -> Contents:
    """What `look_inside` found."""
    return _DECODER.decode(packed)


@contextmanager
def _opened(source: bytes | Path) -> Iterator[memoryview]:
    if isinstance(source, bytes):
        yield memoryview(source)
        return
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
        yield view
