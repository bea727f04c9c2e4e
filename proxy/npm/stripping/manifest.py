"""A package.json without what makes clients run something when they install it."""

from __future__ import annotations

import json
from collections.abc import Collection

from proxy.npm.stripping.members import Edit, Member, NoObject, edited, is_object, read_object
from quarantine.errors import PratiqueError
from quarantine.examination import INSTALL_SCRIPTS

_BOM = b"\xef\xbb\xbf"

_PROTOTYPE = "__proto__"
"""To JSON a key like any other. A client that copies an object key by key hangs what it holds behind that object, scripts too."""

_IN_SCRIPTS = (*INSTALL_SCRIPTS, _PROTOTYPE)


class Unreadable(PratiqueError):
    """A package.json of which nobody can say what every client makes. The end of a sentence: "is not JSON (…)"."""


def strip_manifest(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The text without install scripts, and what was taken out: `scripts.install`, `gypfile`, …; with nothing, as it was.

    All else stays byte for byte: the order of keys, indentation, numbers as they are written, the last line's end. An object
    that loses all it had stays as `{}`. A byte order mark goes, since only some readers skip it. Raises Unreadable.
    """
    text = data.removeprefix(_BOM)
    _check(text)
    edits, removed = script_edits(text)
    return (edited(text, edits), removed) if removed else (data, ())


def script_edits(text: bytes, also: Collection[str] = ()) -> tuple[list[Edit], tuple[str, ...]]:
    """The same as edits, for an object that is known to be JSON, be it a package.json or a version in a packument.

    `also`: other keys that go. A key that is there twice is cut out twice, since readers differ in which one they take.
    """
    try:
        whole = read_object(text)
    except NoObject:
        return [], ()
    removed: dict[str, None] = {}
    edits: list[Edit] = []
    for each in whole.members:
        if each.key == "scripts" and is_object(text, each):
            scripts = read_object(text, each.value)
            edits += scripts.without(lambda script: script.key in _IN_SCRIPTS)
            removed |= dict.fromkeys(f"scripts.{script.key}" for script in scripts.members if script.key in _IN_SCRIPTS)
    runs = dict.fromkeys(each.key for each in whole.members if _runs(text, each))
    edits += whole.without(lambda each: _runs(text, each) or each.key in also)
    return edits, tuple(removed | runs)


def _runs(text: bytes, member: Member) -> bool:
    """Whether a key beside `scripts` can make a client run something."""
    if member.key == "gypfile":
        # `false` keeps some clients from building, and makes none build.
        return text[member.value : member.end] != b"false"
    return member.key == _PROTOTYPE


def _check(text: bytes) -> None:
    """JSON by the letter. Bytes that are no UTF-8 may stand in strings, where every client reads a replacement for them."""
    try:
        json.loads(text.decode(errors="replace"), parse_int=str, parse_float=str, parse_constant=_refuse)
    except RecursionError:
        raise Unreadable("is nested too deep") from None
    except ValueError as error:
        raise Unreadable(f"is not JSON ({error})") from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no value")
