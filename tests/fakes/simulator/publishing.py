"""From a version that a test describes to the manifest and the tarball that a registry would hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.simulator.tarball import build_tarball, integrity_of, shasum_of

Json = dict[str, Any]
INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")


@dataclass(frozen=True)
class Published:
    """One version as it went in. `manifest` is the packument's own dict: changing it changes the answers."""

    name: str
    version: str
    tarball: bytes
    url: str
    manifest: Json

    @property
    def integrity(self) -> str:
        """The digest of the bytes that were published, whatever the manifest says by now."""
        return integrity_of(self.tarball)

    @property
    def shasum(self) -> str:
        """As `integrity`, sha1 in hex."""
        return shasum_of(self.tarball)


def tarball_path(name: str, version: str) -> str:
    """Where registries keep a tarball by convention."""
    return f"/{name}/-/{name.rsplit('/', 1)[-1]}-{version}.tgz"


def package_json(name: str, version: str, dependencies: Mapping[str, str] | None, extra: Mapping[str, Any] | None) -> Json:
    """What the author wrote; it goes into the tarball and, enriched, into the packument."""
    own: Json = {"name": name, "version": version, "main": "index.js", "license": "MIT"}
    if dependencies:
        own["dependencies"] = dict(dependencies)
    return {**own, **(extra or {})}


def pack(own: Json, files: Mapping[str, str | bytes] | None) -> bytes:
    """The tarball of a version; without files it gets an `index.js` that names it."""
    content = {"index.js": f'module.exports = "{own["name"]}@{own["version"]}"\n'} if files is None else files
    runs = own.get("bin") or {}
    names = [runs] if isinstance(runs, str) else list(runs.values())
    return build_tarball(own, content, executable=[str(name).removeprefix("./") for name in names])


def manifest_of(own: Json, tarball: bytes, url: str) -> Json:
    """The manifest with what `npm publish` and the registry add."""
    added: Json = {
        "_id": f"{own['name']}@{own['version']}",
        "_nodeVersion": "24.15.0",
        "_npmVersion": "11.0.0",
        "_npmUser": {"name": "someone", "email": "someone@registry.example"},
        "maintainers": [{"name": "someone", "email": "someone@registry.example"}],
        "dist": {
            "integrity": integrity_of(tarball),
            "shasum": shasum_of(tarball),
            "tarball": url,
            "unpackedSize": len(tarball),
        },
    }
    if any(script in own.get("scripts", {}) for script in INSTALL_SCRIPTS):
        added["hasInstallScript"] = True
    return {**own, **added}
