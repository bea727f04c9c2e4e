"""The lines of a text with their numbers, one at a time: line ends are those of the formats, not all that Unicode has."""

from __future__ import annotations

from collections.abc import Iterator


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Number and line, without its end."""
    number, start = 0, 0
    while start < len(text):
        number += 1
        end = text.find("\n", start)
        if end < 0:
            end = len(text)
        yield number, text[start:end].removesuffix("\r")
        start = end + 1
