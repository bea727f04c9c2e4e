"""Code that nobody could read: minified, obfuscated, hidden out of sight, or unpacked from text when it runs.

Looks at shapes alone, cheaply, so honest bundles are among it: only what is new in a version says something.
"""

from __future__ import annotations

import re

from proxy.npm.archive.members import Archive

SCRIPTS = (".js", ".cjs", ".mjs")

SAMPLE = 2**20
"""Bytes that are read of one file: a half at its beginning and a half at its end, where payloads were put."""

BUDGET = 256 * 2**20
"""Bytes that are read of all files of a package."""

LONG_LINE = 1000
"""Bytes of a line that people no longer read. A file is dense where such lines make up half of it, or where one is far longer."""

ENDLESS_LINE = 5000

_SOURCE_MAP = (b"//# sourceMappingURL=", b"//@ sourceMappingURL=", b"/*# sourceMappingURL=")
_OBFUSCATED = re.compile(rb"\b_0x[0-9a-f]{4,8}\b")
# Each pattern is tried where its beginning occurs at all: looking for that costs next to nothing.
_DECODED = (
    rb"\s*\(\s*(?:\w+\.)*"
    rb"(?:atob|unescape|decodeURIComponent|Buffer|from|fromCharCode|inflateSync|gunzipSync|brotliDecompressSync)\b"
)
_UNPACKED = tuple((word, re.compile(word + _DECODED)) for word in (b"eval", b"Function"))
_ESCAPES = re.compile(rb"(?:\\x[0-9A-Fa-f]{2}){64}")
_OUT_OF_SIGHT = re.compile(rb"\S[ \t]{200,2000}\S")
# Characters that show as nothing and were used to carry code, and marks that turn the direction of text.
_INVISIBLE = (
    (b"\xef\xb8", re.compile(rb"(?:\xef\xb8[\x80-\x8f]){8}")),
    (b"\xf3\xa0", re.compile(rb"(?:\xf3\xa0[\x80-\x87][\x80-\xbf]){8}")),
    (b"\xef\xbe\xa0", re.compile(rb"(?:\xef\xbe\xa0|\xe3\x85\xa4){8}")),
    (b"\xe2\x80", re.compile(rb"\xe2\x80[\xaa-\xae]")),
    (b"\xe2\x81", re.compile(rb"\xe2\x81[\xa6-\xa9]")),
)


def dense_files(archive: Archive, budget: int = BUDGET) -> tuple[list[str], bool]:
    """Their paths, sorted, and whether all scripts were looked at: there may be more of them than the budget allows."""
    found: list[str] = []
    left = budget
    for path in sorted(archive.files):
        if not path.lower().endswith(SCRIPTS):
            continue
        view = archive.view(archive.files[path])
        parts = (view,) if len(view) <= SAMPLE else (view[: SAMPLE // 2], view[-SAMPLE // 2 :])
        left -= sum(map(len, parts))
        if left < 0:
            return found, False
        if any(is_dense(bytes(part)) for part in parts):
            found.append(path)
    return found, True


def is_dense(code: bytes) -> bool:
    """Whether a piece of JavaScript is written for machines, or against readers."""
    return _has_long_lines(code) or _is_obfuscated(code) or _is_hidden(code)


def _has_long_lines(code: bytes) -> bool:
    if len(code) < LONG_LINE:
        return False
    every = code.split(b"\n")
    if max(map(len, every)) <= LONG_LINE:
        return False
    lines = [line for line in every if len(line) > LONG_LINE and not line.startswith(_SOURCE_MAP)]
    return any(len(line) > ENDLESS_LINE for line in lines) or 2 * sum(map(len, lines)) > len(code)


def _is_obfuscated(code: bytes) -> bool:
    if code.count(b"_0x") >= 8 and len(set(_OBFUSCATED.findall(code))) >= 4:
        return True
    if _any(_UNPACKED, code):
        return True
    return code.count(b"\\x") >= 64 and _ESCAPES.search(code) is not None


def _is_hidden(code: bytes) -> bool:
    if (b" " * 200 in code or b"\t" * 200 in code) and _OUT_OF_SIGHT.search(code):
        return True
    return not code.isascii() and _any(_INVISIBLE, code)


def _any(patterns: tuple[tuple[bytes, re.Pattern[bytes]], ...], code: bytes) -> bool:
    return any(beginning in code and pattern.search(code) for beginning, pattern in patterns)
