"""Taking install scripts out of an archive: of the package itself and of every package that it bundles."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from proxy.npm.archive.members import Archive, Caps
from proxy.npm.archive.oddities import shown
from proxy.npm.archive.paths import folded
from proxy.npm.archive.writing import File, write_archive
from proxy.npm.stripping.manifest import Unreadable, strip_manifest
from proxy.npm.stripping.verifying import Unstrippable, verify
from quarantine.examination import GYP

RECIPE = 1
"""Names the way: which members go, how a manifest is edited, how the archive is written and compressed. Lockfiles pin what comes
of it, so the same archive must give the same bytes under one number for ever; whoever changes any of that adds a number."""

MANIFEST = "package.json"

_PLACE = re.compile(rf"((?:node_modules/(?:@[^/]+/)?[^/]+/)*)({re.escape(MANIFEST)}|{re.escape(GYP)})")
"""Where clients look for scripts and for something to build, as `folded` writes paths: on disks where capitals do not count,
`node_modules/x/Binding.gyp` is found as well."""

_TOLD = 50
"""How many things that were taken out are told; an archive may bundle thousands of packages."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """An archive without install scripts."""

    packed: bytes = field(repr=False)
    integrity: str
    """`sha512-…` of `packed`."""
    shasum: str
    """sha1 of it, in hexadecimal."""
    unpacked: int
    """Bytes of all files: `dist.unpackedSize`."""
    files: int
    """`dist.fileCount`."""
    removed: tuple[str, ...]
    """`scripts.postinstall`, `binding.gyp`, `scripts.install of node_modules/x`, …; a long list is cut, and says so."""


def strip(archive: Archive) -> Stripped | None:
    """The archive without `scripts.preinstall`, `install`, `postinstall`, `gypfile` and binding.gyp, written anew in the one
    canonical form. None where it has nothing of the kind: its own bytes are then to be served.

    Raises Unstrippable for an archive with oddities, and for a manifest that is not JSON by the letter.
    """
    if archive.oddities:
        raise Unstrippable(f"the archive can be read in more than one way: {archive.oddities[0]}")
    changes, removed = _changes(archive)
    if not removed:
        return None
    files = [
        File(path, view, bool(member.mode & 0o111))
        for path, member in archive.files.items()
        if (view := changes.get(path, archive.view(member))) is not None
    ]
    packed = write_archive(files)
    verify(packed, files)
    return Stripped(
        packed=packed,
        integrity=f"sha512-{base64.b64encode(hashlib.sha512(packed).digest()).decode()}",
        shasum=hashlib.sha1(packed, usedforsecurity=False).hexdigest(),
        unpacked=sum(len(file.content) for file in files),
        files=len(files),
        removed=_told(removed),
    )


def _changes(archive: Archive) -> tuple[Mapping[str, bytes | None], list[str]]:
    """Files with other content, None for those that go; and what is taken out, that of the package itself first."""
    changes: dict[str, bytes | None] = {}
    removed: dict[str, list[str]] = {}
    for path in sorted(archive.files, key=lambda each: (each.count("/"), each)):
        place = _PLACE.fullmatch(folded(path))
        if place is None:
            continue
        if place[2] == GYP:
            changes[path] = None
            taken: Iterable[str] = (GYP,)
        else:
            changed, taken = _manifest(archive, path)
            if taken:
                changes[path] = changed
        where = f" of {shown(path.rpartition('/')[0])}" if place[1] else ""
        removed.setdefault(where, []).extend(f"{each}{where}" for each in taken)
    return changes, [each for where in removed for each in sorted(removed[where], key=_order)]


def _order(removed: str) -> bool:
    return removed.startswith(GYP)


def _manifest(archive: Archive, path: str) -> tuple[bytes, tuple[str, ...]]:
    """A manifest without scripts. A large one is told first, before anything is made of it."""
    member, most = archive.files[path], Caps().manifest
    if member.size > most:
        raise Unstrippable(f"{shown(path)} has {member.size:,} bytes; at most {most:,} are read")
    try:
        return strip_manifest(bytes(archive.view(member)))
    except Unreadable as error:
        raise Unstrippable(f"{shown(path)} {error}") from None


def _told(removed: list[str]) -> tuple[str, ...]:
    if len(removed) <= _TOLD:
        return tuple(removed)
    return (*removed[:_TOLD], f"{len(removed) - _TOLD:,} more in bundled packages")
