"""From what was written to the value of a setting: one parser per type and kind, each with its mend.

Two ways of writing: in TOML a number is a number and a list a list; in an environment variable everything is text
(`text=True`). Every parser raises ValueError with a text that says what to write, and never repeats a password.
"""

# ruff: noqa: TRY004 (a wrong type is a wrong value here: callers get one error class)
from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal, get_args, get_origin

from config import instants, pattern, urls
from config.kinds import EVERYONE
from config.schema import Leaf
from config.trusted import trusted_text
from config.units import format_duration, parse_duration, parse_size

_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


def parse(leaf: Leaf, value: object, *, text: bool = False) -> Any:
    """The value of the leaf, of its own type. ValueError when it is none."""
    if leaf.optional and isinstance(value, str) and not value.strip():
        return None
    if text and isinstance(value, str):
        value = _from_text(leaf, value.strip())
    if leaf.kind is not None:
        return _KINDS[leaf.kind](value)
    if get_origin(leaf.type) is Literal:
        return _choice(get_args(leaf.type), value)
    return _PLAIN[leaf.type](value)


def _from_text(leaf: Leaf, value: str) -> object:
    if leaf.type is bool:
        word = value.lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(f"{value!r}: write true or false")
        return word in _TRUE
    if leaf.type is int and leaf.kind is None:
        try:
            return int(value)
        except ValueError:
            raise ValueError(f"{value!r}: write a whole number") from None
    if get_origin(leaf.type) is tuple:
        return _list_from_text(value)
    return value


def _list_from_text(value: str) -> object:
    if not value.startswith("["):
        return [item for part in value.split(",") if (item := part.strip())]
    try:
        return tomllib.loads(f"list = {value}")["list"]
    except tomllib.TOMLDecodeError:
        raise ValueError('is no list: write a,b or ["a", "b"]') from None


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_plain(value)}: write text, in quotes")
    if not value.isprintable():
        raise ValueError("holds a line break or another control character: write one line of plain text")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{_plain(value)}: write a whole number, without quotes")
    if abs(value) >= 2**63:
        raise ValueError("is too large a number")
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{_plain(value)}: write true or false, without quotes")
    return value


def _choice(choices: tuple[str, ...], value: object) -> str:
    if value in choices:
        return str(value)
    if len(choices) == 1:
        raise ValueError(f'{_plain(value)}: write "{choices[0]}"; this version accepts nothing else')
    raise ValueError(f"{_plain(value)}: write one of " + ", ".join(f'"{choice}"' for choice in choices))


def _duration(value: object) -> timedelta:
    if value == 0 and isinstance(value, int) and not isinstance(value, bool):
        return timedelta(0)
    if isinstance(value, timedelta):
        value = format_duration(value)
    if not isinstance(value, str):
        raise ValueError(f'{_plain(value)}: write a number with a unit, in quotes, such as "7d"')
    return parse_duration(value)


def _size(value: object) -> int:
    if value == 0 and isinstance(value, int) and not isinstance(value, bool):
        return 0
    if not isinstance(value, str):
        raise ValueError(f'{_plain(value)}: write a number with a unit, in quotes, such as "64MiB"')
    return parse_size(value)


def _strings(each: Callable[[str], str]) -> Callable[[object], tuple[str, ...]]:
    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{_plain(value)}: write a list, even for one: [{_plain(value)}]")
        return tuple(dict.fromkeys(each(_string(item)) for item in value))  # said twice is said once

    return read


def _text(each: Callable[[str], str], *, empty: bool = True) -> Callable[[object], str]:
    def read(value: object) -> str:
        said = _string(value)
        return said if empty and not said else each(said)

    return read


def _audience_name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", text, re.ASCII):
        raise ValueError(f"{text[:40]!r}: write a name of up to 32 lower-case letters, digits and dashes")
    if text == EVERYONE:
        raise ValueError(f'"{EVERYONE}" is whoever belongs to no audience: set that in [quarantine]')
    return text


def _plain(value: object) -> str:
    """A wrong value for an error text: short, in TOML's words, and without credentials."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return "the value" if "@" in shown or len(shown) > 60 else shown


_PLAIN: dict[Any, Callable[[object], Any]] = {str: _string, int: _integer, bool: _boolean}
_KINDS: dict[str, Callable[[object], Any]] = {
    "duration": _duration,
    "size": _size,
    "instant": instants.parse_instant,
    "base_url": _text(urls.base_url),
    "base_urls": _strings(urls.base_url),
    "origins": _strings(urls.origin),
    "networks": _strings(urls.network),
    "proxy_url": _text(urls.proxy_url),
    "database_url": _text(urls.database_url),
    "blobs_url": _text(urls.blobs_url),
    "variable_name": _text(urls.variable_name),
    "pattern": _text(pattern.validated, empty=False),
    "trusted": _strings(trusted_text),
    "listen_address": _text(urls.listen_address),
    "audience_name": _text(_audience_name, empty=False),
}
