"""pnpm's pnpm-lock.yaml, lockfileVersion 5.x, 6.x, 7.x and 9.x.

Described in pnpm's repository, `lockfile/types` and `deps/path` (it has a specification of 5.x only). What is fetched
stands under `packages`, by dependency path: `/name/1.0.0_peers` in 5, `/name@1.0.0(peers)` in 6, `name@1.0.0` from 7 on, where
peers went to `snapshots`. pnpm 11 and later may put a document of their own before the project's, with pnpm itself and
configuration packages: these are fetched as well.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from proxy.npm.lockfile.addresses import foreign
from proxy.npm.lockfile.blocks import Item, items
from proxy.npm.lockfile.flow import read_flow
from proxy.npm.lockfile.locked import BadLockfile, Findings, Lockfile, split_spec

_VERSION = re.compile(r"([5679])(?:\.[0-9]{1,3})?(?:-[A-Za-z.0-9-]{1,40})?")
_KINDS = {
    "binary": "a runtime that is fetched from its makers",
    "directory": "a file or folder of the project",
    "git": "a git repository",
    "variations": "a runtime that is fetched from its makers",
}


@dataclass(slots=True)
class _Package:
    path: str
    line: int
    resolution: dict[str, str] = dataclasses.field(default_factory=dict)
    field: str = ""
    """Which of its fields the keys that follow, one deeper, belong to."""


def read_pnpm(text: str, findings: Findings | None = None) -> Lockfile:
    """Read a pnpm-lock.yaml; what is found goes into `findings`, where some are given."""
    packages: list[_Package] = []
    version, section = "", ""
    for item in items(text):
        if item.depth == 0:
            section = item.key
            if section == "lockfileVersion":
                version = item.value
            elif section == "packages" and item.value not in {"", "{}"}:
                raise BadLockfile(f"line {item.line} has all packages in one; write the lockfile anew with pnpm install")
        elif section == "packages":
            _gather(item, packages)
    match = _VERSION.fullmatch(version)
    if match is None:
        raise BadLockfile(
            f"its lockfileVersion is {ascii(version)[:20]} (5, 6, 7 and 9 are known); write it with pnpm 8 or later"
        )
    findings = findings or Findings()
    for package in packages:
        _read(package, int(match[1]), findings)
    return findings.lockfile(f"pnpm-lock {version}")


def _gather(item: Item, packages: list[_Package]) -> None:
    """Keep of a package what says where it comes from; of old files, where a resolution is a block, too."""
    if item.depth == 1:
        packages.append(_Package(item.key, item.line))
        if item.value:
            raise BadLockfile(f"line {item.line} has a package on a single line; write the lockfile anew with pnpm install")
    elif item.depth == 2:
        packages[-1].field = item.key
        if item.key == "resolution" and item.value:
            packages[-1].resolution = read_flow(item.value, item.line)
    elif item.depth == 3 and packages[-1].field == "resolution":
        packages[-1].resolution[item.key] = item.value


def _read(package: _Package, generation: int, findings: Findings) -> None:
    path, resolution = package.path, package.resolution
    if reason := _KINDS.get(resolution.get("type", "")):
        return findings.skip(path, package.line, reason)
    if resolution.get("type"):
        return findings.skip(path, package.line, f"it comes by {resolution['type'][:40]!a}, which no registry serves")
    if generation < 7 and not path.startswith("/"):
        # What is not the registry's starts with its origin: a host, `file:`, `link:`.
        address = resolution.get("tarball") or path
        return findings.skip(path, package.line, foreign(address) or "it comes from somewhere else than the registry")
    plain = path.partition("(")[0].removeprefix("/")
    name, version = _split_old(plain) if generation == 5 else split_spec(plain)
    if version.startswith(("http:", "https:")):
        return findings.skip(path, package.line, "a tarball that the project names by its address")
    return findings.add(
        path,
        package.line,
        name=name,
        version=version,
        integrity=resolution.get("integrity"),
        resolved=resolution.get("tarball"),
    )


def _split_old(path: str) -> tuple[str, str]:
    """`@scope/name/1.0.0_peers`: no version of semver has an underscore."""
    parts = path.split("/", 2 if path.startswith("@") else 1)
    return "/".join(parts[:-1]), parts[-1].partition("_")[0]
