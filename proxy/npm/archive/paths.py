"""From the name in a header to the path below the package's folder, and what readers could disagree about on the way."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from typing import NamedTuple

from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.npm.archive.oddities import Kind, Oddities, shown

_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST = 255
"""Bytes that a name may have on ordinary disks."""
_WINDOWS = re.compile(r"[. ]+(?=/|$)|:[^/]*")
"""What Windows drops: dots and spaces at the end of a name, and the name of a stream."""
_INVISIBLE = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""What HFS+ does not look at when it compares names."""


class Landed(NamedTuple):
    """Where a member ends up."""

    root: str
    """The first component, which clients take off."""
    path: str
    """The rest; empty for the root itself."""


def landed(name: bytes, caps: Caps, odd: Oddities) -> Landed:
    """Take a name apart. Raises ArchiveRefused where it is longer or deeper than the caps say."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode(errors="replace")
        odd.add(Kind.ENCODING, shown(text))
    if len(name) > caps.path:
        raise ArchiveRefused(f"the archive has a path of {len(name):,} bytes ({shown(text)}); at most {caps.path:,} are read")
    root, _, path = text.removesuffix("/").partition("/")
    if path.count("/") >= caps.depth:
        raise ArchiveRefused(f"the archive has a path of more than {caps.depth} folders ({shown(text)})")
    if not text.isprintable() and _CONTROL.search(text):
        odd.add(Kind.CONTROL, shown(text))
    if "\\" in text:
        odd.add(Kind.BACKSLASH, shown(text))
    if len(name) > _LONGEST and any(len(each.encode()) > _LONGEST for each in text.split("/")):
        odd.add(Kind.NAME_LENGTH, shown(text))
    if path[1:2] == ":" and _DRIVE.match(path):
        odd.add(Kind.DRIVE, shown(text))
    # Most paths are done here: no component can be empty, `.` or `..` without one of these.
    if "//" in text or "/." in text or text[:1] in {"/", "."}:
        path = _plain(root, path, text, odd)
    return Landed(root, path)


def _plain(root: str, path: str, text: str, odd: Oddities) -> str:
    components = path.split("/") if path else []
    if root in {"", ".", ".."} or "" in components or ".." in components:
        odd.add(Kind.PATH, shown(text))
        return posixpath.normpath(f"/{path}").lstrip("/")
    # `package/./dist/index.js` is what some versions of pnpm pack, and all clients agree on it.
    return "/".join(each for each in components if each != ".")


def folded(path: str) -> str:
    """The same for two paths that some disk takes for one: capitals, accents, and what Windows drops do not count."""
    if path.isascii():
        text = path.lower()
    else:
        decomposed = unicodedata.normalize("NFD", _INVISIBLE.sub("", path))
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", decomposed.casefold()))
    if ":" in text or "./" in text or " /" in text or text[-1:] in {".", " "}:
        text = _WINDOWS.sub("", text)
    return text
