"""bun's bun.lock: JSON with commas before closing brackets; `packages` maps a place to an array whose first item says what it is.

Described in bun's documentation, "Lockfile", and by `BunLockFile` in its types: a registry's is
`["name@version", address, {…}, "sha512-…"]`, its address empty when it is the default registry's.
"""

from __future__ import annotations

from proxy.npm.lockfile.addresses import foreign
from proxy.npm.lockfile.jsontext import Lines, as_object, read_json, without_comments
from proxy.npm.lockfile.locked import BadLockfile, Findings, Lockfile, split_spec

VERSIONS = (0, 1, 2)


def read_bun(text: str) -> Lockfile:
    """Read a bun.lock."""
    document = read_json(without_comments(text))
    version = document.get("lockfileVersion")
    if version not in VERSIONS or isinstance(version, bool):
        raise BadLockfile(f"its lockfileVersion is {ascii(version)[:20]}, of which bun.lock is not known (0, 1 and 2 are)")
    packages = document.get("packages", {})
    if not isinstance(packages, dict):
        raise BadLockfile("its list of packages is not an object; write it anew with bun install")
    findings, lines = Findings(), Lines(text)
    read_packages(packages, findings, lines)
    return findings.lockfile("bun.lock")


def read_packages(packages: dict[str, object], findings: Findings, lines: Lines) -> None:
    """Read what is below `packages`."""
    for place, value in packages.items():
        _read(place, value, findings, lines.take(place))


def _read(place: str, value: object, findings: Findings, line: int | None) -> None:
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        return findings.skip(place, line, "its entry is not an array that starts with a name and a version")
    name, version = split_spec(value[0])
    address, info, integrity = (*value[1:4], None, None, None)[:3]
    if version.startswith(("http:", "https:")):
        return findings.skip(place, line, "a tarball that the project names by its address")
    if not isinstance(address, str):
        # Only a registry's have an address in second place; a tarball of the project is named by its path alone.
        return findings.skip(place, line, foreign(version) or "a file or folder of the project")
    if as_object(info).get("bundled") is True:
        return findings.skip(place, line, "bundled in the tarball of the package that it lies in")
    return findings.add(place, line, name=name, version=version, integrity=integrity, resolved=address)
