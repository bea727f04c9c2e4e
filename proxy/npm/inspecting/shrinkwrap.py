"""npm-shrinkwrap.json inside of a tarball: npm resolves a package's dependencies by it, at any address that it gives."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from proxy.npm.archive.members import Archive, ArchiveRefused, Caps
from proxy.npm.archive.oddities import Kind
from proxy.npm.archive.strict_json import NotJson, parse
from proxy.npm.inspecting.manifests import as_object
from proxy.npm.inspecting.printable import PATH, distinct, printable
from proxy.npm.inspecting.specs import ALIAS, FILE, HOSTED, canonical, kind_of
from quarantine.examination import Oddity

SHRINKWRAP = "npm-shrinkwrap.json"

LARGER = 16
"""Times the cap of one manifest, for all of a package's: large command-line programs have some megabytes of it."""

_SCP = re.compile(r"[^@/]*@([^:/]+):")


def foreign_hosts(
    archive: Archive, folders: Collection[str], hosts: Collection[str] | None, caps: Caps
) -> tuple[tuple[str, ...], tuple[Oddity, ...]]:
    """The hosts other than `hosts` that a shrinkwrap leads to, sorted, and the files that cannot be read as JSON.

    `hosts`: host names of the registry, which the proxy stands for; None where none is known, so that all are told.
    Raises ArchiveRefused for one that is longer than is read.
    """
    found: set[str] = set()
    odd = []
    total = 0
    for folder in folders:
        path = f"{folder}/{SHRINKWRAP}" if folder else SHRINKWRAP
        member = archive.files.get(path)
        if member is None:
            continue
        total += member.size
        if total > LARGER * caps.manifest:
            raise ArchiveRefused(
                f"{printable(path)} and its like have {total:,} bytes; at most {LARGER * caps.manifest:,} are read"
            )
        try:
            value, _ = parse(bytes(archive.view(member)), Caps(manifest=LARGER * caps.manifest))
        except NotJson as error:
            odd.append(Oddity(Kind.MANIFEST_JSON.value, f"its {printable(path)} {printable(str(error))}"))
            continue
        found.update(filter(None, map(host_of, _addresses(value))))
    known = {host.lower() for host in hosts or ()}
    return tuple(sorted(distinct(host, PATH) for host in found - known)), tuple(odd)


def host_of(address: str) -> str:
    """Where an address leads; empty for what stays in the registry or in a folder, `(unreadable)` for what nobody can tell."""
    kind = kind_of(address)
    if kind in {None, ALIAS, FILE}:
        return ""
    if known := HOSTED.get(canonical(address).partition(":")[0]):
        return known
    text = address.strip()
    try:
        host = urlsplit(text.removeprefix("git+")).hostname if "://" in text else None
    except ValueError:
        host = None
    if host is None and (match := _SCP.match(text)):
        host = match[1]
    return host.lower() if host else "(unreadable)"


def _addresses(value: object) -> Iterator[str]:
    """`resolved` of every package, and `version` where the older format has an address in it."""
    top = as_object(value)
    for entry in as_object(top.get("packages")).values():
        fields = as_object(entry)
        resolved = fields.get("resolved")
        # A link leads to a folder of the same package.
        if isinstance(resolved, str) and fields.get("link") is not True:
            yield resolved
    level = [as_object(top.get("dependencies"))]
    while level:
        for entry in level.pop().values():
            fields = as_object(entry)
            yield from (each for key in ("resolved", "version") if isinstance(each := fields.get(key), str))
            if isinstance(below := fields.get("dependencies"), dict):
                level.append(below)
