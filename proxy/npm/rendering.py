"""Joining the fragments of the versions that are shown into the document a client gets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

import msgspec

from proxy.npm.instants import format_instant, parse_instant
from proxy.npm.packument import Fragment, SplitPackument, VersionEntry
from quarantine.record import PackageRecord


class Variant(StrEnum):
    """Which document of a package is wanted."""

    FULL = "full"
    ABBREVIATED = "abbreviated"


def tarball_address(base: str, name: str, version: str) -> str:
    """The conventional address below the base that the client uses."""
    file = quote(tarball_file_of(name, version), safe="-._~!*'()+")
    return f"{base}/{quote(name, safe='@/-._~!*()' + chr(39))}/-/{file}"


def tarball_file_of(name: str, version: str) -> str:
    return f"{name.rpartition('/')[2]}-{version}.tgz"


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Versions that policy withholds, for the field in which npm looks for them.

    npm's npm-pick-manifest prefers any version outside it; where a spec can be met by nothing else it stops with E403 and
    this message instead of "No matching version found". Other clients pass over it.
    """

    message: str
    versions: tuple[str, ...]


RESTRICTIONS = "policyRestrictions"


def render(
    document: SplitPackument,
    record: PackageRecord,
    shown: Collection[str],
    tags: Mapping[str, str],
    base: str,
    variant: Variant,
    restrictions: Restrictions | None = None,
) -> bytes:
    """The document with exactly the versions of `shown`, in upstream's order."""
    times = _times(document, record, shown)
    fields: list[tuple[str, bytes]] = [("name", msgspec.json.encode(document.name))]
    if variant is Variant.FULL:
        # A top-level `error` in a 200 answer is fatal in yarn 1 and bun.
        fields += [(key, raw) for key, raw in document.head if key not in {"error", RESTRICTIONS}]
    elif (modified := times.get("modified")) is not None:
        fields.append(("modified", msgspec.json.encode(modified)))
    if (restricted := _restrictions(document, restrictions)) is not None:
        fields.append((RESTRICTIONS, restricted))
    fields.append(("dist-tags", msgspec.json.encode(dict(tags))))
    fields.append(("versions", _versions(document, shown, base, variant)))
    fields.append(("time", msgspec.json.encode(times)))
    return b"{" + b",".join(msgspec.json.encode(key) + b":" + raw for key, raw in fields) + b"}"


def render_manifest(document: SplitPackument, version: str, base: str) -> bytes:
    """One version's full manifest, as `/<name>/<version>` answers."""
    entry = document.versions[version]
    fragment = entry.full
    assert fragment is not None
    return fragment.before + _json_text(tarball_address(base, document.name, version)) + fragment.after


def _versions(document: SplitPackument, shown: Collection[str], base: str, variant: Variant) -> bytes:
    parts: list[bytes] = []
    stem = tarball_address(base, document.name, "")[: -len(".tgz")].encode()
    for version, entry in document.versions.items():
        fragment = _fragment(entry, variant)
        if version not in shown or fragment is None:
            continue
        key = msgspec.json.encode(version)
        address = stem + quote(version, safe="-._~!*'()+").encode() + b".tgz"
        parts.append(key + b":" + fragment.before + address + fragment.after)
    return b"{" + b",".join(parts) + b"}"


def _restrictions(document: SplitPackument, ours: Restrictions | None) -> bytes | None:
    """Our restrictions, with those that the upstream had already, as JSON."""
    theirs = dict(document.head).get(RESTRICTIONS)
    if ours is None:
        return theirs
    told = msgspec.json.decode(theirs) if theirs is not None else None
    versions = told["versions"] if isinstance(told, dict) and isinstance(told.get("versions"), dict) else {}
    own = {version: {"name": document.name, "version": version} for version in ours.versions}
    return msgspec.json.encode({"message": ours.message, "versions": versions | own})


def _fragment(entry: VersionEntry, variant: Variant) -> Fragment | None:
    return entry.full if variant is Variant.FULL else entry.abbreviated


def _json_text(text: str) -> bytes:
    return msgspec.json.encode(text)[1:-1]


def _times(document: SplitPackument, record: PackageRecord, shown: Collection[str]) -> dict[str, str]:
    """`time` with one entry a shown version, `created` and `modified`; the upstream's words where it has any.

    A version without a usable time gets our first sight of it: client-side age gates fail, or pass silently, without one.
    """
    times: dict[str, str] = {}
    for version, entry in document.versions.items():
        if version not in shown:
            continue
        sighting = record.sightings.get(version)
        if parse_instant(entry.time) is not None and entry.time is not None:
            times[version] = entry.time
        elif sighting is not None:
            times[version] = format_instant(sighting.first_seen)
    ordered = sorted(times.values(), key=lambda text: parse_instant(text) or record.first_seen)
    created = document.created if parse_instant(document.created) else (ordered[0] if ordered else None)
    modified = document.modified if parse_instant(document.modified) else (ordered[-1] if ordered else None)
    head = {"created": created, "modified": modified}
    return {key: value for key, value in head.items() if value is not None} | times
