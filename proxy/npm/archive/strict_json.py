"""JSON of which every parser makes the same: clients read the package.json in a tarball, and so do many tools beside them."""

from __future__ import annotations

import json
import math
import re
from collections import Counter

from proxy.npm.archive.members import Caps
from quarantine.errors import PratiqueError

_BOM = b"\xef\xbb\xbf"
_DEEP = 200
"""Objects and lists inside of each other. An honest manifest has about five."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIGITS = 400
"""Of one number; there is no more in what JavaScript reads."""


class NotJson(PratiqueError):
    """No JSON at all. Says where."""


def parse(data: bytes, caps: Caps = Caps()) -> tuple[object, list[str]]:  # noqa: B008 - frozen
    """The value, and what is odd about it, each as the end of a sentence ("has the key scripts twice").

    Where a key is there twice, the last one counts, as for clients. Raises NotJson where no client could read it either.
    """
    if len(data) > caps.manifest:
        raise NotJson(f"has {len(data):,} bytes; at most {caps.manifest:,} are read")
    odd: dict[str, None] = {}
    if data.startswith(_BOM):
        odd["begins with a byte order mark"] = None
        data = data[len(_BOM) :]
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        odd[f"is not UTF-8 (byte {error.start:,})"] = None
        text = data.decode(errors="replace")
    value = _decoded(text, odd)
    return value, list(odd)


def _decoded(text: str, odd: dict[str, None]) -> object:
    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(found)
        if len(made) != len(found):
            counts = Counter(key for key, _ in found)
            odd.update((f"has the key {key[:60]!r} twice", None) for key, count in counts.items() if count > 1)
        return made

    def constant(name: str) -> float:
        odd[f"has {name} for a value"] = None
        return math.nan

    def whole(digits: str) -> int | float:
        return int(digits) if len(digits) < _DIGITS else number(digits)

    def number(digits: str) -> float:
        made = float(digits)
        if math.isinf(made):
            odd["has a number beyond all bounds"] = None
        return made

    decoder = json.JSONDecoder(object_pairs_hook=pairs, parse_constant=constant, parse_int=whole, parse_float=number)
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        value, end = decoder.raw_decode(text, start)
    except RecursionError:
        raise NotJson("is nested too deep") from None
    except ValueError as error:
        raise NotJson(f"is not JSON ({error})") from None
    if text[end:].strip(" \t\r\n"):
        odd[f"goes on after its end (character {end:,})"] = None
    _look_through(value, odd)
    return value


def _look_through(value: object, odd: dict[str, None]) -> None:
    """Without recursion: how deep it is, and whether there is half a character anywhere."""
    level: list[object] = [value]
    for _ in range(_DEEP):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
                below += each.keys()
            elif isinstance(each, list):
                below += each
            elif isinstance(each, str) and not each.isascii() and _SURROGATE.search(each):
                odd["has half a character (a lone surrogate)"] = None
        if not below:
            return
        level = below
    odd[f"is nested more than {_DEEP} deep"] = None
