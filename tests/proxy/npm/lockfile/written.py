"""Lockfiles of every format for generated packages, written as their clients write them."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st

from proxy.npm.integrity import digests_of
from proxy.npm.lockfile.edits import Bytes, Known

HOST = "https://registry.example/npm"

Pinned = Literal["both", "sha512", "sha1", "nothing", "other"]


@dataclass(frozen=True)
class Package:
    """One version, as its upstream has it and as it is served."""

    name: str
    version: str
    pinned: Pinned
    rewritten: bool
    scripts: bool
    dev: bool

    @property
    def id(self) -> tuple[str, str]:
        return self.name, self.version

    @property
    def address(self) -> str:
        return f"{HOST}/{self.name}/-/{self.name.rpartition('/')[2]}-{self.version}.tgz"

    @property
    def known(self) -> Known:
        upstream = Bytes(_digests(self.upstream), self.scripts)
        if not self.rewritten:
            return Known(upstream, upstream)
        served = Bytes(_digests(self.served), False)
        return Known(upstream, served, served)

    @property
    def upstream(self) -> bytes:
        return f"{self.name}@{self.version}".encode()

    @property
    def served(self) -> bytes:
        return self.upstream + b" without scripts" if self.rewritten else self.upstream

    @property
    def integrity(self) -> str | None:
        """What the lockfile says."""
        match self.pinned:
            case "sha1":
                return sha1(self.upstream)
            case "nothing":
                return None
            case "other":
                return sha512(b"other bytes")
            case _:
                return sha512(self.upstream)

    @property
    def fragment(self) -> str:
        return "#" + hashlib.sha1(b"other bytes" if self.pinned == "other" else self.upstream).hexdigest()


def sha512(data: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def sha1(data: bytes) -> str:
    return "sha1-" + base64.b64encode(hashlib.sha1(data).digest()).decode()


def _digests(data: bytes) -> Any:
    digests = digests_of(sha512(data), hashlib.sha1(data).hexdigest())
    assert digests is not None
    return digests


packages = st.lists(
    st.builds(
        Package,
        name=st.sampled_from(["leaf", "@acme/tree", "twig", "JSONStream", "a.b_c", "@s/p"]),
        version=st.sampled_from(["1.0.0", "2.0.0-rc.1", "10.2.3+build.5"]),
        pinned=st.sampled_from(["both", "both", "sha512", "sha1", "nothing", "other"]),
        rewritten=st.booleans(),
        scripts=st.booleans(),
        dev=st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each.name,
)


def package_lock(version: int, found: list[Package], indent: int | None = 2) -> str:
    """As `npm install` writes it, the members of an entry in npm's order."""
    nested = {each.name: _npm(each, flags=False) for each in found}
    places: dict[str, Any] = {"": {"name": "project", "dependencies": {each.name: "*" for each in found}}}
    places |= {f"node_modules/{each.name}": _npm(each, flags=True) for each in found}
    # Once more, deeper: the same version in another place.
    places |= {f"node_modules/deep/node_modules/{each.name}": _npm(each, flags=True) for each in found[:1]}
    whole: dict[str, Any] = {"name": "project", "lockfileVersion": version, "requires": True}
    whole |= {"packages": places} if version > 1 else {}
    whole |= {"dependencies": nested} if version < 3 else {}
    return json.dumps(whole, indent=indent) + "\n"


def _npm(each: Package, *, flags: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"version": each.version, "resolved": each.address}
    if each.integrity is not None:
        entry["integrity"] = each.integrity
    if each.dev:
        entry["dev"] = True
    if flags and each.scripts:
        entry["hasInstallScript"] = True
    if flags:
        entry |= {"license": "MIT", "engines": {"node": ">=18"}}
    return entry


def pnpm_lock(version: str, found: list[Package]) -> str:
    """As pnpm 8 ('6.0') and later write it, and pnpm 7 (5.4)."""
    lines = [f"lockfileVersion: {version}", "", "packages:", ""]
    for each in found:
        key = {"5": f"/{each.name}/{each.version}", "6": f"/{each.name}@{each.version}"}.get(version.strip("'")[0])
        key = key or f"{each.name}@{each.version}"
        inner = [f"integrity: {each.integrity}"] if each.integrity else []
        inner += [f"tarball: {each.address}"] if each.dev or not inner else []
        lines += [f"  {_quoted(key)}:", f"    resolution: {{{', '.join(inner)}}}"]
        lines += ["    requiresBuild: true"] if each.scripts else []
        lines += ["    dev: true" if each.dev else "    engines: {node: '>=18'}", ""]
    return "\n".join([*lines, "snapshots:", "", *(f"  {_quoted(f'{each.name}@{each.version}')}: {{}}" for each in found), ""])


def yarn_lock(found: list[Package]) -> str:
    """As yarn 1 writes it; without an integrity where it was made by yarn before 1.10."""
    lines = ["# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.", "# yarn lockfile v1", "", ""]
    for each in found:
        key = f'"{each.name}@^1.0.0"' if each.name.startswith("@") else f"{each.name}@^1.0.0"
        lines += [f"{key}:", f'  version "{each.version}"', f'  resolved "{each.address}{each.fragment}"']
        if each.pinned in {"both", "other"}:
            lines.append(f"  integrity {each.integrity}")
        lines += ["  dependencies:", '    leaf "^1.0.0"'] if each.dev else []
        lines.append("")
    return "\n".join(lines)


def bun_lock(found: list[Package]) -> str:
    """As bun writes it: JSON with comments and trailing commas."""
    lines = ["{", '  "lockfileVersion": 1, // text', '  "packages": {']
    for each in found:
        address = each.address if each.dev else ""
        items = [f"{each.name}@{each.version}", address, {"bin": {"x": "x.js"}}, *([each.integrity] if each.integrity else [])]
        lines += [f'    "{each.name}": {json.dumps(items)[:-1]},],', ""]
    return "\n".join([*lines, "  },", "}", ""])


def _quoted(key: str) -> str:
    return f"'{key}'" if key.startswith("@") else key


FORMATS = {
    "package-lock 1": ("package-lock.json", lambda found: package_lock(1, found)),
    "package-lock 2": ("package-lock.json", lambda found: package_lock(2, found, 4)),
    "package-lock 3": ("package-lock.json", lambda found: package_lock(3, found)),
    "npm-shrinkwrap 3": ("npm-shrinkwrap.json", lambda found: package_lock(3, found, None)),
    "pnpm-lock 5.4": ("pnpm-lock.yaml", lambda found: pnpm_lock("5.4", found)),
    "pnpm-lock 6.0": ("pnpm-lock.yaml", lambda found: pnpm_lock("'6.0'", found)),
    "pnpm-lock 9.0": ("pnpm-lock.yaml", lambda found: pnpm_lock("'9.0'", found)),
    "yarn 1": ("yarn.lock", yarn_lock),
    "bun.lock": ("bun.lock", bun_lock),
}
