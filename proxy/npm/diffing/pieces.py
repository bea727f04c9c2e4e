"""A text as rows that can be compared and read: its lines, and of lines that nobody could read, pieces.

Pieces end where statements do, and where the text itself says so, so that one change in a minified file moves few others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from proxy.npm.diffing.visible import PADDING

LONGEST = 400
"""Characters of a line that is taken as it is."""

PIECE = 160
"""Characters of a piece, at most."""

_WORDS = re.compile(r"[^;{},]*+[;{},]|[^;{},]++")
_BLANKS = re.compile(rf"([ \t]{{{PADDING},}})")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows with the places where they begin; lines and columns count from 1."""

    texts: list[str]
    places: list[tuple[int, int]]


def rows(text: str, line: int = 1, column: int = 1) -> Rows:
    """Cut a text that begins at this place of its file. A last line without an end is a row as others are."""
    texts: list[str] = []
    places: list[tuple[int, int]] = []
    for each in text.removesuffix("\n").split("\n") if text else []:
        if len(each) <= LONGEST:
            texts.append(each)
            places.append((line, column))
        else:
            for piece in _pieces(each):
                texts.append(piece)
                places.append((line, column))
                column += len(piece)
        line, column = line + 1, 1
    return Rows(texts, places)


def _pieces(line: str) -> list[str]:
    """Where blanks are that would put something out of sight, a piece begins with all of them."""
    found: list[str] = []
    blanks = ""
    for part in _BLANKS.split(line):
        if _BLANKS.fullmatch(part):
            blanks = part
            continue
        cut = list(_parts(part))
        found += [blanks + cut[0], *cut[1:]] if cut else [blanks] if blanks else []
        blanks = ""
    return found


def _parts(text: str) -> Iterator[str]:
    """Where a piece ends is for its last words alone to say, unless it gets too long: pieces after a change are as before."""
    gathered = ""
    for words in _WORDS.findall(text):
        if len(gathered) + len(words) > PIECE and gathered:
            yield gathered
            gathered = ""
        gathered += words
        while len(gathered) > PIECE:
            yield gathered[:PIECE]
            gathered = gathered[PIECE:]
        if crc32(words.encode("utf-8", "replace")) % (16 if words.endswith(",") else 4) == 0 and gathered:
            yield gathered
            gathered = ""
    if gathered:
        yield gathered
