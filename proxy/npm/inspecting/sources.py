"""The text that an install script comes to: its command, the files that it names, and those that they name in turn."""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice

from proxy.npm.archive.members import Archive
from proxy.npm.inspecting.manifests import Packages, as_object
from quarantine.examination import GYP, Script

FILES = 30
"""How many files are read for all scripts of a package."""

SAMPLE = 256 * 2**10
"""Bytes that are read of each."""

NAMED = 1000
"""Words of one text that are tried as paths."""

DEEPEST = 2
"""A script names a file, that one requires another, and there it ends."""

_WORD = re.compile(r"[\w@./\\+~-]+")
_REQUIRED = re.compile(
    r"""(?:\brequire(?:\.resolve)?\s*\(|\bimport\s*\(?|\bfrom|\bfork\s*\(|\bexec\w*\s*\(|\bspawn\w*\s*\(|__dirname\s*,)\s*["'`]([^"'`\n]{1,200})["'`]"""
)
_TASK = re.compile(r"\b(?:npm|pnpm|yarn|bun)\s+(?:run(?:-script)?\s+)?(?:-\S+\s+)*([\w:.-]+)")
_GYP_COMMAND = re.compile(r"<!@?\(([^)]{0,500})\)|[\"']action[\"']\s*:\s*\[([^\]]{0,500})\]")
_ENDINGS = ("", ".js", ".cjs", ".mjs", ".sh", "/index.js")


def sources(archive: Archive, packages: Packages, scripts: tuple[Script, ...]) -> Iterator[str]:
    """Each text once: commands, then files, bounded in number and length. What is no UTF-8 is read as well as it can be."""
    waiting: deque[tuple[str, int]] = deque()
    seen: set[str] = set()
    for script in scripts:
        for command in _commands(packages, script):
            yield command
            waiting.extend((path, 1) for path in _named(archive, script.inside, _WORD.findall(command)))
        if script.name == GYP or "node-gyp" in script.command:
            waiting.extend((path, 0) for path in _named(archive, script.inside, [GYP]))
    while waiting and len(seen) < FILES:
        path, depth = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        text = bytes(archive.view(archive.files[path])[:SAMPLE]).decode(errors="replace")
        yield text
        if depth < DEEPEST:
            folder = path.rpartition("/")[0]
            waiting.extend((each, depth + 1) for each in _named(archive, folder, _mentioned(path, text)))


def _commands(packages: Packages, script: Script) -> Iterator[str]:
    """The command, and those of the manifest's other scripts that it calls by name."""
    tasks = as_object(packages.get(script.inside, {}).get("scripts"))
    seen = {script.command}
    waiting = [script.command]
    while waiting:
        command = waiting.pop()
        yield command
        for name in _TASK.findall(command):
            for key in (f"pre{name}", name, f"post{name}"):
                found = tasks.get(key)
                if isinstance(found, str) and found not in seen:
                    seen.add(found)
                    waiting.append(found)


def _mentioned(path: str, text: str) -> list[str]:
    """What a file names: required by code, run by a build, or any word of a shell script."""
    if posixpath.basename(path).lower() == GYP:
        return [word for found in _GYP_COMMAND.findall(text) for word in _WORD.findall(" ".join(found))]
    if path.endswith((".sh", ".cmd", ".bat", ".ps1")):
        return _WORD.findall(text)
    return _REQUIRED.findall(text)


def _named(archive: Archive, folder: str, words: list[str]) -> Iterator[str]:
    """The files of the archive that the words are paths of, from a folder."""
    for word in islice(dict.fromkeys(words), NAMED):
        plain = posixpath.normpath(posixpath.join(folder, word.replace("\\", "/")))
        yield from (found for ending in _ENDINGS if (found := f"{plain}{ending}") in archive.files)
