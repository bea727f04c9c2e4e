"""What changed in the manifests inside, as values: install scripts first, then what else they run, pull in and lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from proxy.npm.archive.members import Archive, Caps
from proxy.npm.archive.strict_json import NotJson, parse
from proxy.npm.diffing.values import FieldChange
from proxy.npm.diffing.visible import short
from quarantine.examination import GYP, INSTALL_SCRIPTS

MANIFEST = "package.json"

FIELDS = (
    "scripts",
    "gypfile",
    "dependencies",
    "optionalDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "bundleDependencies",
    "bundledDependencies",
    "overrides",
    "bin",
    "main",
    "module",
    "browser",
    "exports",
    "imports",
    "type",
    "engines",
    "os",
    "cpu",
    "libc",
    "devDependencies",
    "repository",
    "license",
)
"""In the order in which they are told, after install scripts."""

Manifests = Mapping[str, Mapping[str, object]]
"""By the folder of the package that has it; the package's own under the empty text."""


def manifests(archive: Archive, caps: Caps) -> Manifests:
    """All that can be read; what cannot, has no fields."""
    return {folder: _manifest(archive, folder, caps) for folder in ("", *sorted(set(archive.packages())))}


def changes(old: Manifests, new: Manifests, had_gyp: bool, has_gyp: bool) -> list[FieldChange]:
    """Every field of interest that differs. `…_gyp`: whether there is a binding.gyp at the root, which runs as a script does."""
    found = [each for folder in dict.fromkeys([*new, *old]) for each in _of(folder, old.get(folder, {}), new.get(folder, {}))]
    if had_gyp != has_gyp:
        what = "node-gyp rebuild"
        found.append(FieldChange(GYP, "", what if had_gyp else None, what if has_gyp else None, runs=True))
    return sorted(found, key=lambda each: (not each.runs, bool(each.inside)))


def _of(folder: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[FieldChange]:
    for field in FIELDS:
        before, after = old.get(field), new.get(field)
        if before == after and type(before) is type(after):
            continue
        if isinstance(before, dict | None) and isinstance(after, dict | None):
            left, right = before or {}, after or {}
            for key in sorted({*left, *right}):
                yield from _change(folder, field, key, left.get(key), right.get(key))
        else:
            yield from _change(folder, field, "", before, after)


def _change(folder: str, field: str, key: str, before: object, after: object) -> Iterator[FieldChange]:
    if json.dumps(before) == json.dumps(after):
        return
    runs = (field == "scripts" and key in INSTALL_SCRIPTS) or (field == "gypfile" and after is True)
    yield FieldChange(short(field), short(key, 214), _told(before), _told(after), short(folder, 300), runs)


def _told(value: object) -> str | None:
    if value is None:
        return None
    return short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _manifest(archive: Archive, folder: str, caps: Caps) -> Mapping[str, object]:
    member = archive.files.get(f"{folder}/{MANIFEST}" if folder else MANIFEST)
    if member is None or member.size > caps.manifest:
        return {}
    try:
        value, _ = parse(bytes(archive.view(member)), caps)
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}
