"""Whether an address in a lockfile is one where a registry keeps a version's tarball. Its shape counts; hosts are the caller's.

The shapes: `<base>/<name>/-/<basename>-<version>.tgz` (npm, and nearly all others; Artifactory and GitLab repeat the scope in the
file name), `<base>/<name>/download/<name>-<version>.tgz` (cnpm), `<base>/download/<name>/<version>/<digest>` (GitHub Packages).
Who edits a lockfile can leave name and version and point the address elsewhere: what does not fit does not count as that version.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from quarantine.package import PackageName

MAX_ADDRESS = 4096
"""The longest address that is looked at; as for request targets."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_WORDS = {
    "bitbucket": "a git repository",
    "builtin": "part of the package manager",
    "exec": "made by a script of the project",
    "file": "a file or folder of the project",
    "gist": "a git repository",
    "git": "a git repository",
    "github": "a git repository",
    "gitlab": "a git repository",
    "link": "a link to a folder",
    "patch": "a patched copy; what it is made from has an entry of its own",
    "portal": "a link to a folder",
    "root": "the project itself",
    "runtime": "a runtime that is fetched from its makers",
    "virtual": "a copy for certain peers; what it is a copy of has an entry of its own",
    "workspace": "a folder of the project",
}


def foreign(spec: str) -> str | None:
    """Why a version or address is none of a registry's, where its scheme says so; None for http, versions and plain paths."""
    if spec.startswith("git@"):
        return _WORDS["git"]
    match = _SCHEME.match(spec[:64])
    if match is None:
        return None
    scheme = match[0][:-1].lower()
    if scheme in {"http", "https", "npm"}:
        return None
    return _WORDS.get(scheme.partition("+")[0], f"it comes by {scheme}:, which no registry serves")


def address_flaw(address: str, name: PackageName, version: str) -> str | None:
    """Why a registry would not serve this version at this address; None when it would."""
    if reason := foreign(address):
        return reason
    if len(address) > MAX_ADDRESS:
        return f"its address is longer than {MAX_ADDRESS} characters"
    try:
        parts = urlsplit(address)
        place = f"{parts.hostname or ''}{unquote(parts.path)}"
    except ValueError:
        return "its address cannot be read"
    segments = unquote(parts.path).split("/")
    if not parts.netloc and len(segments) == 1:
        # A plain file name: yarn's offline mirror of tarballs that came from a registry.
        return None if segments[0] in _mirror_files(name, version) else f"its address is no tarball of it: {place[:120]!a}"
    found = _taken_apart(segments)
    # Clients resolve dots, and take a backslash for a slash: what they would ask for is not what stands here.
    if found is None or {".", ".."} & set(segments) or "\\" in place:
        return f"a tarball at an address that is not laid out like a registry's: {place[:120]!a}"
    if found[0] != name or found[1] not in _ends(name, version):
        return f"its address is that of another package or version: {place[:120]!a}"
    return None


def _taken_apart(segments: list[str]) -> tuple[str, str] | None:
    """The name in a path, and what of it is about the version."""
    for index in range(len(segments) - 2, 0, -1):
        rest = segments[index + 1 :]
        if segments[index] == "download" and len(rest) > 2 and rest[0].startswith("@"):
            return "/".join(rest[:2]), rest[2]
        if segments[index] in {"-", "download"}:
            start = index - 2 if index >= 2 and segments[index - 2].startswith("@") else index - 1
            return "/".join(segments[start:index]), "/".join(rest)
    return None


def _ends(name: PackageName, version: str) -> set[str]:
    file = f"{name.basename}-{version}.tgz"
    return {file, f"{name}-{version}.tgz", f"{version}/{file}", version}


def _mirror_files(name: PackageName, version: str) -> set[str]:
    return {f"{name.basename}-{version}.tgz", f"{name.replace('/', '-')}-{version}.tgz"}
