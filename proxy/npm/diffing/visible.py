"""Strangers' text, made so that what is read is what is there: nothing invisible, nothing turned around, nothing out of sight.

Text can be written so that a person sees one program and the computer another (CVE-2021-42574), in characters that take no room
at all, or so far to the right that no editor shows it.
"""

from __future__ import annotations

import re
from collections import Counter

PADDING = 40
"""A run of so many blanks is told by its length: what comes behind may not be out of sight."""

_RUN = re.compile(rf"[ \t]{{{PADDING},}}")
_TABS = re.compile(r"\t")
# Letters and marks that show nothing, though Python takes them for printable: fillers, joiners, selectors of variants.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def visible(text: str) -> str:
    """The text with everything that shows nothing, or moves what is around it, written as `<U+202E>`; tabs stay tabs."""
    text = _RUN.sub(_run, text)
    if text.isascii() and _TABS.sub("", text).isprintable():
        return text
    return "".join(each if each == "\t" or is_visible(each) else f"<U+{ord(each):04X}>" for each in text)


def is_visible(character: str) -> bool:
    """Whether a character can be seen, and does nothing else."""
    return character.isprintable() and not _BLANK.match(character)


def hidden_in(text: str) -> Counter[str]:
    """The characters that `visible` writes out, each as `U+202E`."""
    if text.isascii() and _TABS.sub("", text).isprintable():
        return Counter()
    return Counter(f"U+{ord(each):04X}" for each in text if each != "\t" and not is_visible(each))


def is_padded(text: str) -> bool:
    """Whether something comes behind a long run of blanks that is no mere indentation."""
    return any(text[match.end() :].strip() and (text[: match.start()].strip() or _far(match)) for match in _RUN.finditer(text))


def short(text: str, most: int = 500) -> str:
    """A value for a sentence or a table, in one line."""
    piece = visible(text[: most + 1]).replace("\t", "<U+0009>")
    return piece if len(text) <= most else f"{piece[:most]}… ({len(text):,} characters)"


def _run(match: re.Match[str]) -> str:
    run = match[0]
    kind = "tabs" if run == "\t" * len(run) else "spaces" if run == " " * len(run) else "blanks"
    return f"<{len(run)} {kind}>"


def _far(match: re.Match[str]) -> bool:
    """Indentation that nobody has."""
    return len(match[0]) > 3 * PADDING
