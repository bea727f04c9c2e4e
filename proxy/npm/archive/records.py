"""Extended headers: pax records and GNU's long names, which say of the next member what does not fit into its header.

The format is POSIX.1-2001's: `LENGTH KEY=VALUE\\n`, where LENGTH counts itself. node-tar splits the text at line ends instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_RECORD = re.compile(rb"([1-9][0-9]{0,9}) ")
_LINE = re.compile(r"([0-9]+)\D(path|size|linkpath)=(.*)")
_SIZE = re.compile(rb"0|[1-9][0-9]{0,17}")

READ = frozenset({b"path", b"size", b"linkpath"})
"""Keys that a client goes by."""

_LIBARCHIVE = (b"GNU.sparse.", b"SCHILY.realsize", b"SCHILY.filetype", b"SUN.holesdata", b"LIBARCHIVE.symlinktype", b"hdrcharset")
"""Keys that only libarchive goes by, which is what bun reads with."""


class BadRecords(Exception):
    """Not to be read in one way only."""


def pax_records(data: bytes) -> Mapping[bytes, bytes]:
    """The records that a client goes by. Raises BadRecords where clients would read others."""
    if not data:
        raise BadRecords
    found: dict[bytes, bytes] = {}
    at, lines = 0, False
    while at < len(data):
        length = _RECORD.match(data, at)
        if length is None:
            raise BadRecords
        end = at + int(length[1])
        key, equals, value = data[length.end() : end - 1].partition(b"=")
        if end > len(data) or data[end - 1 : end] != b"\n" or not equals or not key:
            raise BadRecords
        if key.startswith(_LIBARCHIVE) or (key in READ and (key in found or not value or b"\0" in value)):
            raise BadRecords
        if key in READ:
            found[key] = value
        lines = lines or b"\n" in value
        at = end
    if lines and _by_line(data) != found:
        raise BadRecords
    if b"size" in found and not _SIZE.fullmatch(found[b"size"]):
        raise BadRecords
    return found


def _by_line(data: bytes) -> dict[bytes, bytes]:
    """The same records as node-tar reads them."""
    found = {}
    for line in data.decode(errors="replace").removesuffix("\n").split("\n"):
        record = _LINE.fullmatch(line)
        if record is not None and int(record[1]) == len(line.encode()) + 1:
            found[record[2].encode()] = record[3].encode()
    return found


def gnu_name(data: bytes) -> bytes:
    """The long name. Raises BadRecords where anything stands behind its end: pnpm 12 takes off one NUL and no more."""
    name = data.removesuffix(b"\0")
    if not name or b"\0" in name:
        raise BadRecords
    return name


def is_abbreviation(short: bytes, name: bytes) -> bool:
    """Whether the header's own name is what an honest writer puts there beside a long one.

    node-tar loses a long name that is not ASCII when its bytes happen to arrive in two pieces, and goes by the header instead.
    """
    if name.isascii() or short == name:
        return True
    ascii_only = name.decode(errors="replace").encode("ascii", "replace")
    cut = len(short) >= 98 and (name.startswith(short) or ascii_only.startswith(short))
    return cut or short == ascii_only
