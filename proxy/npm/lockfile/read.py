"""The one door: a file's name and text in, what it locks out. No I/O, no clients, no registry."""

from __future__ import annotations

import re
from collections.abc import Callable

from proxy.npm.lockfile.bun import read_bun
from proxy.npm.lockfile.locked import BadLockfile, Lockfile, shown
from proxy.npm.lockfile.npm import read_npm
from proxy.npm.lockfile.pnpm import read_pnpm
from proxy.npm.lockfile.yarn_berry import read_yarn_berry
from proxy.npm.lockfile.yarn_classic import read_yarn_classic

MAX_TEXT = 64 * 2**20
"""The longest text that is read, in characters; lockfiles of very large projects have some ten million."""

KNOWN = "package-lock.json, npm-shrinkwrap.json, pnpm-lock.yaml, yarn.lock and bun.lock"
_BINARY = "#!/usr/bin/env bun\nbun-lockfile-format"
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |\r?$)", re.MULTILINE)
_BERRY = re.compile(r"^__metadata:", re.MULTILINE)
_PNPM = re.compile(r"^lockfileVersion:", re.MULTILINE)
_YARN = re.compile(r"^# yarn lockfile v1\r?$", re.MULTILINE)
_BUN = re.compile(r'^[ \t]*"(?:configVersion|workspaces)"[ \t]*:[ \t]*[{0-9]', re.MULTILINE)


def read_lockfile(name: str, text: str) -> Lockfile:
    """Read a lockfile by its file name (a path will do), or by its looks where the name tells nothing.

    Raises BadLockfile, naming the file, the place in it and the mend.
    """
    file = re.split(r"[/\\]", name)[-1]
    try:
        if len(text) > MAX_TEXT:
            raise BadLockfile(f"it has more than {MAX_TEXT // 2**20} million characters, which is more than any lockfile needs")
        if file == "bun.lockb" or text.startswith(_BINARY):
            raise BadLockfile("this is bun's binary lockfile; run `bun install --save-text-lockfile` and give bun.lock instead")
        text = text.removeprefix("\ufeff")
        if conflict := _CONFLICT.search(text):
            line = text.count("\n", 0, conflict.start()) + 1
            raise BadLockfile(f"line {line} is a merge conflict; resolve it, or let the client do so by an install")
        return _reader(file, text)(text)
    except BadLockfile as error:
        raise BadLockfile(f"{shown(name)}: {error}") from None


def _reader(file: str, text: str) -> Callable[[str], Lockfile]:
    if file == "npm-shrinkwrap.json":
        return lambda text: read_npm(text, "npm-shrinkwrap")
    # `.package-lock.json` is the copy that npm keeps in node_modules.
    if file in {"package-lock.json", ".package-lock.json"}:
        return lambda text: read_npm(text, "package-lock")
    if file == "bun.lock":
        return read_bun
    # pnpm names it after the git branch where it is told to: `pnpm-lock.feature.yaml`.
    if file.startswith("pnpm-lock.") and file.endswith(".yaml"):
        return read_pnpm
    if file == "yarn.lock":
        return read_yarn_berry if _BERRY.search(text) else read_yarn_classic
    return _by_looks(text)


def _by_looks(text: str) -> Callable[[str], Lockfile]:
    if text.lstrip().startswith("{"):
        return read_bun if _BUN.search(text) else lambda text: read_npm(text, "package-lock")
    for looks, reader in ((_BERRY, read_yarn_berry), (_YARN, read_yarn_classic), (_PNPM, read_pnpm)):
        if looks.search(text):
            return reader
    raise BadLockfile(f"this is none of the lockfiles that can be read: {KNOWN}")
