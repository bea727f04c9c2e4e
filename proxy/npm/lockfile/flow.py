"""YAML's flow mappings (`{integrity: sha512-…, tarball: …}`), as pnpm writes them for a resolution."""

from __future__ import annotations

import re

from proxy.npm.lockfile.locked import BadLockfile, shown

_BRACKET = re.compile(r""""(?:[^"\\]++|\\.)*+"|'(?:[^']++|'')*+'|([{\[])|([}\]])""")
_TOKEN = re.compile(
    r"""\s*+(?:"((?:[^"\\]++|\\.)*+)"|'((?:[^']++|'')*+)'|([{}\[\],])|(:)(?=[\s{}\[\],]|$)"""
    r"""|([^\s{}\[\],:"'](?:[^\s{}\[\],:]++|:(?![\s{}\[\],]|$))*+))\s*+"""
)


def brackets_open(text: str) -> int:
    """How many more brackets the text opens than it closes."""
    return sum((match[1] is not None) - (match[2] is not None) for match in _BRACKET.finditer(text))


def read_flow(text: str, line: int) -> dict[str, str]:
    """The mapping's own keys with their scalars; what is nested in it counts as an empty text."""
    found: dict[str, str] = {}
    words: list[str] = []
    key, depth, at = "", 0, 0
    text = text.strip()
    if not text.startswith("{"):
        raise _bad(text, line)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _bad(text, line)
        at = match.end()
        mark = match[3]
        if mark in {"{", "["}:
            depth += 1
        elif mark in {"}", "]"} or (mark == "," and depth == 1):
            if depth == 1 and (key or words):
                name, value = (key, " ".join(words)) if key else (words[0], "")
                if name in found:
                    raise BadLockfile(f"line {line} has the key {shown(name)} twice; write the lockfile anew with its client")
                found[name] = value
                key, words = "", []
            depth -= mark != ","
            if depth == 0:
                break
        elif depth == 1 and match[4]:
            if key or len(words) != 1:
                raise _bad(text, line)
            key, words = words[0], []
        elif depth == 1 and mark is None:
            words.append(next(part for part in match.group(1, 2, 5) if part is not None).replace("''", "'"))
    if depth or not (at == len(text) or text[at:].startswith("#")):
        raise _bad(text, line)
    return found


def _bad(text: str, line: int) -> BadLockfile:
    return BadLockfile(f"line {line} has {shown(text[:40])} where a mapping is expected; write the lockfile anew with its client")
