"""JSON objects by where their members stand in the text, so that some can be cut out and all other bytes stay.

Writing a parsed object anew would lose how its author wrote it: `1.0`, `"\\u00e9"`, tabs, numbers beyond a double's reach.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from quarantine.errors import PratiqueError

_BLANK = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NESTED = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]+')


class NoObject(PratiqueError):
    """There is no JSON object where one was looked for. Says where."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes that something else takes the place of. Positions count from the beginning of the whole text."""

    begin: int
    end: int
    text: bytes = b""


@dataclass(frozen=True, slots=True)
class Member:
    """One `"key": value`."""

    key: str
    """With its escapes resolved."""
    begin: int
    """Where the key's quote is."""
    value: int
    end: int


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object."""

    begin: int
    """Where its first brace is."""
    members: Sequence[Member]
    close: int
    """Where its last brace is."""

    def without(self, unwanted: Callable[[Member], bool]) -> list[Edit]:
        """What to cut so that it loses members, with their commas.

        White space goes with what it leads up to, so the lines of all others stay as they are; with no other left, all goes.
        """
        gone = [unwanted(member) for member in self.members]
        kept = [at for at, each in enumerate(gone) if not each]
        if not kept:
            return [Edit(self.begin + 1, self.close)] if gone else []
        return [
            Edit(member.begin, self.members[at + 1].begin) if at < kept[-1] else Edit(self.members[at - 1].end, member.end)
            for at, member in enumerate(self.members)
            if gone[at]
        ]


def read_object(text: bytes, at: int = 0) -> Object:
    """The object that begins at or behind `at`.

    For text that is known to be JSON: what is inside of values is passed over unchecked, however deep it is. Raises NoObject.
    """
    begin = _skip(text, at)
    at = _after(text, begin, b"{")
    found: list[Member] = []
    if text[at : at + 1] == b"}":
        return Object(begin, found, at)
    while True:
        key = _STRING.match(text, at)
        if key is None:
            raise NoObject(f"there is no key of a JSON object at byte {at:,}")
        value = _after(text, _skip(text, key.end()), b":")
        end = _end_of_value(text, value)
        found.append(Member(_key(key[0]), at, value, end))
        at = _skip(text, end)
        if text[at : at + 1] == b"}":
            return Object(begin, found, at)
        at = _after(text, at, b",")


def is_object(text: bytes, member: Member) -> bool:
    """Whether a member's value is one."""
    return text[member.value : member.value + 1] == b"{"


def edited(text: bytes, edits: Iterable[Edit]) -> bytes:
    """The text with the edits made; they must not overlap."""
    parts: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=lambda each: each.begin):
        parts += [text[at : edit.begin], edit.text]
        at = edit.end
    return b"".join([*parts, text[at:]])


def _skip(text: bytes, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank is not None else at


def _after(text: bytes, at: int, mark: bytes) -> int:
    """Where something stands again behind this mark."""
    if text[at : at + 1] != mark:
        raise NoObject(f"at byte {at:,} of a JSON object there should be {mark.decode()}")
    return _skip(text, at + 1)


def _end_of_value(text: bytes, at: int) -> int:
    first = text[at : at + 1]
    if first not in {b"{", b"["}:
        plain = (_STRING if first == b'"' else _SCALAR).match(text, at)
        if plain is None:
            raise NoObject(f"there is no JSON value at byte {at:,}")
        return plain.end()
    depth = 0
    for token in _NESTED.finditer(text, at):
        if token[0] in {b"{", b"["}:
            depth += 1
        elif token[0] in {b"}", b"]"}:
            depth -= 1
            if not depth:
                return token.end()
    raise NoObject(f"the JSON value at byte {at:,} has no end")


def _key(quoted: bytes) -> str:
    try:
        return str(json.loads(quoted.decode(errors="replace"), strict=False))
    except ValueError:
        raise NoObject(f"the JSON key {quoted[:60]!r} has an escape that does not exist") from None
