"""JSON (and JSONC) that remembers where in the text each value stands, so that one of them can be replaced and nothing else.

Only for texts that were read strictly before: here nothing is checked.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?:\s++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+("(?:[^"\\]++|\\.)*+"|[{}\[\]:,]|[^\s"{}\[\]:,/]++)""", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Span:
    """From where to where, in characters of the text; the end is exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Member:
    """Where a member of an object stands: its key's quote, the first character of its value, and its end, which is exclusive."""

    start: int
    value: int
    end: int


class PlacedText(str):
    """A string with the place of what is between its quotes, and the object that it is a member of."""

    __slots__ = ("owner", "span")
    span: Span
    owner: PlacedObject | None


class PlacedObject(dict[str, object]):
    """An object that knows where its members are."""

    __slots__ = ("inside", "members")

    def __init__(self, inside: int) -> None:
        super().__init__()
        self.inside = inside
        """Where what is between its braces begins."""
        self.members: dict[str, Member] = {}


def placed(text: str) -> object:
    """The value that the text is. Strings are PlacedText, objects PlacedObject; the rest is as json has it."""
    stack: list[PlacedObject | list[object]] = []
    whole: list[object] = []
    begun: list[int] = []
    # Of each object under way: the key that waits for its value, and where it stands.
    keys: list[tuple[str, int] | None] = [None]
    at = 0
    while match := _TOKEN.match(text, at):
        sign, start, at = match[1], match.start(1), match.end()
        holder = stack[-1] if stack else whole
        if sign == "{":
            stack.append(PlacedObject(at))
        elif sign == "[":
            stack.append([])
        if sign in {"{", "["}:
            keys.append(None)
            begun.append(start)
            continue
        if sign in {":", ","}:
            continue
        if sign in {"}", "]"}:
            value: object = stack.pop()
            keys.pop()
            start = begun.pop()
            holder = stack[-1] if stack else whole
        elif sign.startswith('"'):
            if isinstance(holder, PlacedObject) and keys[-1] is None:
                keys[-1] = (_decoded(sign), start)
                continue
            value = PlacedText(_decoded(sign))
            value.span = Span(start + 1, at - 1)
            value.owner = holder if isinstance(holder, PlacedObject) else None
        else:
            value = json.loads(sign)
        if isinstance(holder, PlacedObject):
            key, opening = keys[-1] or ("", start)
            keys[-1] = None
            holder[key] = value
            holder.members[key] = Member(opening, start, at)
        else:
            holder.append(value)
    return whole[0] if whole else None


def _decoded(sign: str) -> str:
    return str(json.loads(sign, strict=False)) if "\\" in sign else sign[1:-1]
