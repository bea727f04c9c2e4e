"""Text of strangers for people to read: nothing in it moves a cursor, runs backwards or passes for something else."""

from __future__ import annotations

import hashlib
import json

COMMAND = 500
"""Characters of a command that are kept."""

SPEC = 500
"""Characters of a dependency's range or address: longer than any that npm reads as a range."""

SHORT = 120
"""Characters of a name, a range or a path inside of a sentence."""

PATH = 300
"""Characters of a path that stands by itself."""


def printable(text: str, most: int = SHORT) -> str:
    r"""The text in one line of at most `most` characters and a mark where it was cut.

    Control characters, direction marks, invisible characters and halves of characters are written as `\n`, `\x1b` or `\u202e`.
    """
    piece = text[: most + 1]
    if not piece.isprintable():
        piece = "".join(each if each.isprintable() else _escaped(each) for each in piece)
    return piece if len(piece) <= most and len(text) <= most else f"{piece[:most]}…"


def distinct(text: str, most: int) -> str:
    """The same for what is compared between versions: a cut one ends with its length and a digest, so that no change is lost."""
    shown = printable(text, most)
    if not shown.endswith("…") or shown == text:
        return shown
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
    return f"{shown[: most - 60]}… ({len(text):,} characters, sha256 {digest})"


def as_text(value: object) -> str:
    """Any JSON value in words: text as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value)
    except (RecursionError, ValueError):
        return "(something nested too deep)"


def _escaped(character: str) -> str:
    return repr(character)[1:-1]
