"""Reading the manifests: the package.json of a package and of all that it bundles, and the version's part of its packument."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from proxy.npm.archive.members import Archive, ArchiveRefused, Caps
from proxy.npm.archive.oddities import Kind, oddity
from proxy.npm.archive.strict_json import NotJson, parse
from proxy.npm.inspecting.printable import printable
from quarantine.examination import GYP, Oddity

Manifest: TypeAlias = Mapping[str, object]
"""A package.json, or a version in a packument."""

Packages: TypeAlias = Mapping[str, Manifest]
"""By folder: the package itself under "", then what it bundles. What has no readable package.json has an empty one."""

MANIFEST = "package.json"

MANIFESTS = 32
"""How many times the cap of one manifest all of a package's manifests may have together."""

READ = frozenset(
    {
        *("name", "version", "scripts", "preinstall", "install", "postinstall", "gypfile", "bin", "directories"),
        *("dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"),
        *("bundleDependencies", "bundledDependencies", "main", "module", "exports", "imports", "type", "browser"),
    }
)
"""Keys that clients and node look at. Honest people write a keyword or a dependency twice, and every client takes the last."""

_TWICE = re.compile(r"has the key ['\"](.*)['\"] twice")
_BOM = "begins with a byte order mark"
"""Every client that was measured reads past it."""


def read_packages(archive: Archive, caps: Caps) -> tuple[Packages, tuple[Oddity, ...]]:
    """All manifests, and what is odd about them. Raises ArchiveRefused for those that are longer than the caps allow."""
    found: dict[str, Manifest] = {}
    odd: list[Oddity] = []
    total = 0
    for folder in ("", *bundled_folders(archive)):
        path = f"{folder}/{MANIFEST}" if folder else MANIFEST
        member = archive.files.get(path)
        if member is None:
            found[folder] = {}
            continue
        total += member.size
        if member.size > caps.manifest or total > MANIFESTS * caps.manifest:
            raise ArchiveRefused(
                f"{printable(path)} has {member.size:,} bytes, all manifests so far {total:,}; "
                f"at most {caps.manifest:,} of one and {MANIFESTS * caps.manifest:,} of all are read"
            )
        found[folder], told = _read(bytes(archive.view(member)), caps)
        odd += (_named(folder, each) for each in told)
    return found, tuple(odd[:100])


def bundled_folders(archive: Archive) -> Iterator[str]:
    """The folders of bundled packages, in the order of the paths: with a package.json or without, since clients build either."""
    found = {folder for path in archive.files if path.startswith("node_modules/") and (folder := _package_folder(path))}
    yield from sorted(found | {*archive.packages()})


def read_document(raw: bytes) -> Manifest:
    """A version out of a packument, as JSON; the gap that stands for our own address may be in it. Raises ValueError."""
    value: object = json.loads(raw.replace(b"\0", b""))
    if not isinstance(value, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - one error for all that cannot be read
    return value


def as_object(value: object) -> Mapping[str, object]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _package_folder(path: str) -> str:
    """The package that a file below `node_modules/` belongs to; empty where it belongs to none."""
    parts = path.split("/")
    at = 0
    while at < len(parts) - 2 and parts[at] == "node_modules" and not parts[at + 1].startswith("."):
        step = 3 if parts[at + 1].startswith("@") else 2
        if at + step >= len(parts):
            break
        at += step
    return "/".join(parts[:at])


def _read(data: bytes, caps: Caps) -> tuple[Manifest, list[str]]:
    try:
        value, odd = parse(data, caps)
    except NotJson as error:
        return {}, [str(error)]
    odd = [each for each in odd if _matters(each)]
    return (value, odd) if isinstance(value, dict) else ({}, [*odd, "is not an object"])


def _matters(told: str) -> bool:
    twice = _TWICE.fullmatch(told)
    return twice[1] in READ if twice else told != _BOM


def _named(folder: str, told: str) -> Oddity:
    if not folder:
        return oddity(Kind.MANIFEST_JSON, printable(told))
    return Oddity(Kind.MANIFEST_JSON.value, f"the package.json in {printable(folder)} {printable(told)}")


def gyp_folders(archive: Archive) -> frozenset[str]:
    """Where node-gyp would find something to build; on disks where capitals do not count it finds `Binding.gyp` too."""
    found = (path for path in archive.files if path[-len(GYP) :].lower() == GYP)
    return frozenset(path.rpartition("/")[0] for path in found if path.rpartition("/")[2].lower() == GYP)
