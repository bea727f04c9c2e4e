"""Whole packages inside of a package, which no decision about those packages reaches."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.npm.inspecting.manifests import Manifest, Packages
from proxy.npm.inspecting.printable import PATH, distinct, printable
from quarantine.examination import Bundled


def bundled_packages(packages: Packages) -> Iterator[Bundled]:
    """All of them, declared or not: node finds what lies in `node_modules`, whatever a manifest says."""
    for folder, manifest in packages.items():
        if folder:
            yield Bundled(distinct(folder, PATH), _text(manifest, "name"), _text(manifest, "version"))


def _text(manifest: Manifest, key: str) -> str:
    value = manifest.get(key)
    return printable(value) if isinstance(value, str) else ""
