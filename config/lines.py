"""On which line of a TOML file a key stands, for error texts.

A scan, not a parse: tables, arrays of tables and `key = value` lines are seen, keys inside inline tables are
not. Where it does not know, the answer is the line of the nearest table, or nothing; it only goes into texts.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_\-\"'. \t]+?)\s*=")


def key_lines(text: str) -> dict[str, int]:
    """Key path to line, counted from 1. The first entry of `[[packages]]` is `packages[0]`."""
    lines: dict[str, int] = {}
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _words(header[2])
            if header[1] == "[[":
                counts[table[0]] = counts.get(table[0], -1) + 1
            if table[0] in counts:
                table[0] = f"{table[0]}[{counts[table[0]]}]"
            lines.setdefault(".".join(table), number)
        elif key := _KEY.match(line):
            lines.setdefault(".".join([*table, *_words(key[1])]), number)
    return lines


def line_of(lines: dict[str, int], key: str) -> int | None:
    """The line of the key, else of the innermost table around it that is known."""
    while key:
        if key in lines:
            return lines[key]
        key = key.rpartition(".")[0]
    return None


def _words(dotted: str) -> list[str]:
    return [word.strip().strip("\"'") for word in dotted.split(".")]
