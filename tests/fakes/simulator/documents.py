"""Packuments in the forms that clients ask for."""

from __future__ import annotations

from typing import Any

from tests.fakes.simulator.style import Style

Json = dict[str, Any]
ABBREVIATED = "application/vnd.npm.install-v1+json"
ABBREVIATED_FIELDS = (
    "name", "version", "deprecated", "dependencies", "optionalDependencies", "devDependencies", "bundleDependencies",
    "bundledDependencies", "peerDependencies", "peerDependenciesMeta", "acceptDependencies", "bin", "directories",
    "dist", "engines", "_hasShrinkwrap", "hasInstallScript", "cpu", "os", "libc", "funding",
)  # fmt: skip


def wants_abbreviated(accept: str) -> bool:
    """Whether the abbreviated type is preferred over plain JSON (npm gives it 1.0 and JSON 0.8)."""
    quality = {kind: q for kind, q in map(_preference, accept.split(",")) if kind}
    wanted = quality.get(ABBREVIATED, 0.0)
    return wanted > 0 and wanted >= quality.get("application/json", 0.0)


def packument(document: Json, style: Style, *, abbreviated: bool) -> Json:
    """The document as this registry serves it."""
    versions = document.get("versions", {})
    if style.only_latest:
        latest = document.get("dist-tags", {}).get("latest")
        versions = {version: entry for version, entry in versions.items() if version == latest}
    if not abbreviated:
        full = {**document, "versions": versions}
        if not style.has_time:
            full.pop("time", None)
        return full
    short: Json = {"name": document.get("name"), "dist-tags": document.get("dist-tags", {})}
    short["versions"] = {version: _abbreviate(entry) for version, entry in versions.items()}
    time = document.get("time")
    if style.modified and isinstance(time, dict) and "modified" in time:
        short["modified"] = time["modified"]
    if style.abbreviated_time and time is not None:
        short["time"] = time
    return short


def _abbreviate(entry: Any) -> Any:
    if not isinstance(entry, dict):  # a hostile version stays what the test made it
        return entry
    return {key: entry[key] for key in ABBREVIATED_FIELDS if key in entry}


def _preference(item: str) -> tuple[str, float]:
    kind, _, parameters = item.strip().partition(";")
    quality = parameters.strip().removeprefix("q=")
    try:
        return kind.strip(), float(quality) if quality else 1.0
    except ValueError:
        return kind.strip(), 0.0
