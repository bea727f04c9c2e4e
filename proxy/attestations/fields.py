"""Fields of JSON from strangers: of the expected kind and size, or refused with the place."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from proxy.attestations.refusals import Refused
from proxy.npm.inspecting.printable import printable

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)

Json = dict[str, Any]


def object_of(parent: Json, name: str) -> Json:
    """A field that has to be an object."""
    value = parent.get(name)
    if not isinstance(value, dict):
        raise Refused(f"its {name} is missing or no object")
    return value


def list_of(parent: Json, name: str) -> list[Any]:
    """A field that has to be a list; a missing one is empty, as in Protobuf."""
    value = parent.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused(f"its {name} is no list")
    return value


def only_one(parent: Json, name: str) -> Json:
    """The one object in a list that has to have just that."""
    values = list_of(parent, name)
    if len(values) != 1 or not isinstance(values[0], dict):
        raise Refused(f"it has {len(values)} {name}; just one is expected")
    return values[0]


def text_of(parent: Json, name: str) -> str:
    """A field that has to be text."""
    value = parent.get(name)
    if not isinstance(value, str):
        raise Refused(f"its {name} is missing or no text")
    return value


def number_of(parent: Json, name: str) -> int:
    """A field that has to be a number from 0 to below 10^19, which Protobuf writes as text; a missing one is 0."""
    value = parent.get(name, "0")
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise Refused(f"its {name} is no number in quotation marks")
    return int(value)


def bytes_of(parent: Json, name: str) -> bytes:
    """A field that has to be base64, in its one canonical spelling."""
    return unpacked(text_of(parent, name), name)


def unpacked(text: str | bytes, name: str) -> bytes:
    """What base64 stands for. Other spellings of the same bytes are refused: nothing about them is signed."""
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"its {name} is not base64") from None
    if base64.b64encode(found) != (text.encode() if isinstance(text, str) else text):
        raise Refused(f"its {name} is not canonical base64")
    return found


def expect(value: object, wanted: object, what: str) -> None:
    """Refuse unless both are equal."""
    if value != wanted or type(value) is not type(wanted):
        raise Refused(f"its {what} is {_shown(value)}, expected was {_shown(wanted)}")


def _shown(value: object) -> str:
    return printable(str(value), 160) if isinstance(value, str | int) else f"a {type(value).__name__}"
