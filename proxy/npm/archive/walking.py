"""The walk along a tar stream, header by header, to its very end.

The standard library's `tarfile` is no judge: it stops without a word at one block of zeros and at a bad checksum.
"""

from __future__ import annotations

from typing import NamedTuple

from proxy.npm.archive.headers import BLOCK, ZEROS, Header, read_header
from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.archive.oddities import Kind, Oddities, shown
from proxy.npm.archive.records import BadRecords, gnu_name, is_abbreviation, pax_records

_CHUNK = 2**20


class Entry(NamedTuple):
    """A file or a folder as its headers name it."""

    name: bytes
    size: int
    mode: int
    offset: int
    directory: bool


class _Long(NamedTuple):
    """What an extended header says of the member that follows."""

    at: int
    name: bytes | None
    size: int | None = None


def walk(stream: memoryview, caps: Caps, odd: Oddities) -> list[Entry]:
    """Everything that is a file or a folder, in order. Raises ArchiveRefused at a cap."""
    entries: list[Entry] = []
    pending: _Long | None = None
    at, end, headers = 0, len(stream), 0
    while at + BLOCK <= end:
        block = bytes(stream[at : at + BLOCK])
        if block == ZEROS:
            following = bytes(stream[at + BLOCK : at + 2 * BLOCK])
            if following == ZEROS[: len(following)]:
                _check_end(stream, at, odd)
                if end % BLOCK:
                    odd.add(Kind.TRUNCATED, "a block")
                break
            odd.add(Kind.LONE_ZEROS, f"byte {at:,}")
            at += BLOCK
            continue
        headers += 1
        if headers > caps.entries:
            raise ArchiveRefused(f"the archive has more than {caps.entries:,} headers")
        header = read_header(block, at, odd)
        if header is None:
            at += BLOCK
            continue
        kind, content = header.type, at + BLOCK
        size = header.size if kind != b"5" else 0
        if content + size > end:
            odd.add(Kind.TRUNCATED, shown(header.name.decode(errors="replace")))
            break
        if kind in {b"0", b"\0", b"5", b"7"}:
            entries.append(_entry(header, content, pending, at, odd))
            pending = None
        elif kind in {b"x", b"g", b"L"}:
            pending = _extended(stream, header, at, pending, caps, odd)
        else:
            place = f"{shown(header.name.decode(errors='replace'))} (type {shown(kind.decode('latin-1'))})"
            odd.add(Kind.LINK if kind in {b"1", b"2", b"K"} else Kind.TYPE, place)
            pending = None
        at = content + (size + BLOCK - 1) // BLOCK * BLOCK
    else:
        _cut_off(stream, at, odd)
    if pending is not None:
        odd.add(Kind.RECORD_ORDER, f"byte {pending.at:,}")
    return entries


def _entry(header: Header, content: int, pending: _Long | None, at: int, odd: Oddities) -> Entry:
    name, size, kind = header.name, header.size, header.type
    if pending is not None:
        if pending.name is not None:
            if not is_abbreviation(name, pending.name):
                odd.add(Kind.LONG_NAME, f"byte {at:,}")
            name = pending.name
        if pending.size not in {None, size}:
            odd.add(Kind.RECORD_SIZE, f"byte {pending.at:,}")
    folder = kind == b"5"
    if folder and size:
        odd.add(Kind.FOLDER_SIZE, shown(name.decode(errors="replace")))
        size = 0
    elif kind == b"7":
        odd.add(Kind.TYPE, f"{shown(name.decode(errors='replace'))} (type 7)")
    if not folder and name.endswith(b"/"):
        odd.add(Kind.FILE_SLASH, shown(name.decode(errors="replace")))
    return Entry(name, size, header.mode, content, folder)


def _extended(stream: memoryview, header: Header, at: int, pending: _Long | None, caps: Caps, odd: Oddities) -> _Long | None:
    """Read an extended header. Where there are two for one member, pnpm forgets the first, and others read both."""
    if header.size > caps.pax:
        raise ArchiveRefused(f"the archive has an extended header of {header.size:,} bytes; at most {caps.pax:,} are read")
    if pending is not None:
        odd.add(Kind.RECORD_ORDER, f"byte {at:,}")
    if not header.known:
        odd.add(Kind.RECORD, f"byte {at:,}")
    data = bytes(stream[at + BLOCK : at + BLOCK + header.size])
    try:
        if header.type == b"L":
            return _Long(at, gnu_name(data))
        found = pax_records(data)
    except BadRecords:
        odd.add(Kind.RECORD, f"byte {at:,}")
        return pending
    if header.type == b"g":
        if found:
            odd.add(Kind.GLOBAL_RECORD, f"byte {at:,}")
        return pending
    if b"linkpath" in found:
        odd.add(Kind.LINK_NAME, f"byte {at:,}")
    return _Long(at, found.get(b"path"), int(found[b"size"]) if b"size" in found else None)


def _check_end(stream: memoryview, at: int, odd: Oddities) -> None:
    """Nothing but zeros may follow."""
    while at < len(stream):
        chunk = bytes(stream[at : at + _CHUNK])
        if chunk.count(0) != len(chunk):
            odd.add(Kind.AFTER_END, f"byte {at + len(chunk) - len(chunk.lstrip(bytes(1))):,}")
            return
        at += _CHUNK


def _cut_off(stream: memoryview, at: int, odd: Oddities) -> None:
    """The stream ran out before two blocks of zeros."""
    if at > len(stream):
        odd.add(Kind.TRUNCATED, "the last file's padding")
    elif bytes(stream[at:]).strip(b"\0"):
        odd.add(Kind.TRUNCATED, f"the header at byte {at:,}")
    odd.add(Kind.NO_END)
