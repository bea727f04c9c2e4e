"""Advisories in the answers of the three audit endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nodesemver import satisfies  # type: ignore[import-untyped]

Json = dict[str, Any]
Advisories = dict[str, list[Json]]


def bulk(advisories: Advisories, asked: dict[str, list[str]]) -> Json:
    """`POST security/advisories/bulk`: name -> those of its advisories that hit a version asked about."""
    found = {name: [a for a in advisories.get(name, []) if _hits(a, versions)] for name, versions in asked.items()}
    return {name: hits for name, hits in found.items() if hits}


def audit(advisories: Advisories, tree: Json) -> Json:
    """`POST security/audits` and `audits/quick`: the older form, about a whole dependency tree."""
    installed: dict[str, list[str]] = {}
    for name, version in _walk(tree):
        installed.setdefault(name, []).append(version)
    hits = [{"module_name": name, **hit} for name, found in bulk(advisories, installed).items() for hit in found]
    severities = ("info", "low", "moderate", "high", "critical")
    counts = {severity: sum(hit.get("severity") == severity for hit in hits) for severity in severities}
    return {
        "actions": [],
        "advisories": {str(hit["id"]): hit for hit in hits},
        "muted": [],
        "metadata": {"vulnerabilities": counts, "dependencies": len(installed), "totalDependencies": len(installed)},
    }


def _walk(tree: Json) -> Iterator[tuple[str, str]]:
    for name, node in (tree.get("dependencies") or {}).items():
        if isinstance(node, dict) and "version" in node:
            yield name, node["version"]
            yield from _walk(node)


def _hits(advisory: Json, versions: list[str]) -> bool:
    return any(satisfies(version, advisory.get("vulnerable_versions", "*")) for version in versions)
