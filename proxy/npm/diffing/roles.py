"""Which files matter most: those that run when the package is installed, then those that run when it is used."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from proxy.npm.archive.members import Archive, is_package_folder
from proxy.npm.diffing.fields import MANIFEST, Manifests
from proxy.npm.diffing.values import Role
from quarantine.examination import INSTALL_SCRIPTS

_WORD = re.compile(r"[^\s\"'`;&|()<>=]+")
_CODE = re.compile(r".*\.(?:[cm]?jsx?|[cm]?ts|tsx|node|wasm|sh|ps1|bat|cmd|exe|dll|so|dylib|py|json)")
_TYPES = re.compile(r".*\.d\.[cm]?ts")
_ALWAYS = re.compile(r"(?:package\.json|npm-shrinkwrap\.json|[^/]*\.gypi?|\.npmrc|\.yarnrc(?:\.yml)?)")
_ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", "/index.js", ".sh")


def roles(archive: Archive, found: Manifests) -> Mapping[str, Role]:
    """The role of every file."""
    files = archive.files
    installs = {path for folder, fields in found.items() for path in _installed(folder, fields, files)}
    entries = {path for folder, fields in found.items() for path in _entries(folder, fields, files)}
    return {path: _role(path, installs, entries, bool(files[path].mode & 0o111)) for path in files}


def _role(path: str, installs: set[str], entries: set[str], runs: bool) -> Role:
    folder, _, name = path.rpartition("/")
    if path in installs or (not folder and _ALWAYS.fullmatch(name)):
        return Role.INSTALL
    if is_package_folder(folder) and _ALWAYS.fullmatch(name):
        return Role.BUNDLED
    if path in entries:
        return Role.ENTRY
    if _TYPES.fullmatch(path) or (name == MANIFEST and folder):
        return Role.OTHER
    return Role.CODE if runs or _CODE.fullmatch(path.lower()) else Role.OTHER


def _installed(folder: str, fields: Mapping[str, object], files: Mapping[str, object]) -> Iterator[str]:
    """Files that the package's install scripts name: `node scripts/post.js`, `./build.sh`, `node lib/x`."""
    scripts = fields.get("scripts")
    commands = [scripts.get(name) for name in INSTALL_SCRIPTS] if isinstance(scripts, dict) else []
    for command in commands:
        for word in _WORD.findall(command[:10_000]) if isinstance(command, str) else []:
            yield from _file(folder, word, files)


def _entries(folder: str, fields: Mapping[str, object], files: Mapping[str, object]) -> Iterator[str]:
    waiting = [
        fields.get(name, "index.js" if name == "main" else None) for name in ("main", "module", "browser", "bin", "exports")
    ]
    for _ in range(10_000):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, str):
            yield from _file(folder, value, files)
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _file(folder: str, word: str, files: Mapping[str, object]) -> Iterator[str]:
    path = posixpath.normpath(posixpath.join(folder, word)) if len(word) < 1000 else ""
    yield from (path + ending for ending in _ENDINGS if path + ending in files)
