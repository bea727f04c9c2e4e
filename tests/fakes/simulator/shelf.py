"""What the registry holds: packuments as plain dicts, and tarballs by path. Tests may change both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nodesemver import max_satisfying  # type: ignore[import-untyped]

from tests.fakes.simulator.clock import npm_time
from tests.fakes.simulator.publishing import Json, Published, manifest_of, pack, package_json, tarball_path


class Shelf:
    """Packages in memory. It knows its own address only to write `dist.tarball`."""

    def __init__(self) -> None:
        self.packuments: dict[str, Json] = {}
        self.verbatim: dict[str, bytes] = {}
        self.tarballs: dict[str, bytes] = {}

    def publish(
        self,
        base: str,
        name: str,
        version: str,
        at: datetime,
        *,
        dependencies: Mapping[str, str] | None,
        files: Mapping[str, str | bytes] | None,
        manifest: Mapping[str, Any] | None,
        tag: str | None,
        tarball: bytes | None,
    ) -> Published:
        """Adds a version (or replaces it, which honest registries refuse and dishonest ones do not)."""
        own = package_json(name, version, dependencies, manifest)
        data = pack(own, files) if tarball is None else tarball
        path = tarball_path(name, version)
        entry = manifest_of(own, data, base + path)
        instant = npm_time(at)
        document = self.packuments.setdefault(name, _empty(name, instant))
        document["versions"][version] = entry
        document["time"][version] = instant
        _modify(document, instant)
        # The first version of a package always gets `latest`, whatever tag was asked for.
        for each in {tag} - {None} | ({"latest"} if len(document["versions"]) == 1 else set()):
            document["dist-tags"][each] = version
        self.tarballs[path] = data
        return Published(name, version, data, base + path, entry)

    def unpublish(self, name: str, version: str, at: datetime, *, keep_tarball: bool) -> None:
        """Takes a version away as npm does: its `time` stays, tags that named it move or go."""
        document = self.packuments[name]
        entry = document["versions"].pop(version)
        if not keep_tarball:
            self.tarballs.pop(self.path_of(entry), None)
        tags = document["dist-tags"]
        for tag in [tag for tag, target in tags.items() if target == version]:
            del tags[tag]
        rest = list(document["versions"])
        if rest and "latest" not in tags:
            tags["latest"] = max_satisfying(rest, "*") or rest[-1]
        _modify(document, npm_time(at))
        if not rest:
            gone = {
                "name": "someone",
                "time": npm_time(at),
                "versions": [v for v in document["time"] if v[0].isdigit()],
            }
            document["time"]["unpublished"] = gone

    def path_of(self, entry: Json) -> str:
        """The path in a manifest's `dist.tarball`."""
        address: str = entry["dist"]["tarball"]
        return "/" + address.split("//", 1)[-1].split("/", 1)[-1]

    def move_tarball(self, base: str, name: str, version: str, path: str) -> None:
        """Another address for the same bytes; the old one answers 404 from now on."""
        entry = self.packuments[name]["versions"][version]
        self.tarballs[path] = self.tarballs.pop(self.path_of(entry))
        entry["dist"]["tarball"] = base + path


def _empty(name: str, instant: str) -> Json:
    return {
        "_id": name,
        "_rev": "1-0",
        "name": name,
        "dist-tags": {},
        "versions": {},
        "time": {"created": instant, "modified": instant},
        "maintainers": [{"name": "someone", "email": "someone@registry.example"}],
        "readme": f"# {name}\n",
    }


def _modify(document: Json, instant: str) -> None:
    time = document.get("time")
    if isinstance(time, dict):  # a test may have taken it away
        time["modified"] = max(str(time.get("modified", instant)), instant)
