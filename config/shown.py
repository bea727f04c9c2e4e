"""Settings for people and for comparison: one flat dict in the spelling of the file, without passwords."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from config.instants import format_instant
from config.schema import Leaf, leaves, tables
from config.settings import Settings
from config.units import format_duration, format_size
from config.urls import without_password

Shown = str | int | bool | list[str]


def shown(settings: Settings) -> dict[str, Shown]:
    """Key path to value, as it would be written in the file; what an entry of `[[packages]]` inherits is left out."""
    flat = dict(_flat(settings, ""))
    for name in tables(Settings):
        for number, entry in enumerate(getattr(settings, name)):
            flat |= dict(_flat(entry, f"{name}[{number}].", skip_unset=True))
    return flat


def policy(settings: Settings) -> dict[str, Any]:
    """What decides about versions, nested as the file is: for a server that is asked what it would do.

    How tarballs are examined is the server's affair; whether they are decides which rules apply.
    """
    nested: dict[str, Any] = {name: _nested(getattr(settings, name)) for name in ("quarantine", "scripts", "rules")}
    nested["examiner"] = {"enabled": settings.examiner.enabled}
    for name in tables(Settings):
        nested[name] = [_nested(entry) for entry in getattr(settings, name)]
    return nested


def digest(settings: Settings) -> str:
    """sha256 (hexadecimal) of the effective settings, wherever each came from.

    Passwords do not count: a digest is shown and logged, and nobody should be able to guess one by trying.
    """
    return hashlib.sha256(msgspec.json.encode(shown(settings), order="deterministic")).hexdigest()


def _flat(struct: msgspec.Struct, prefix: str, *, skip_unset: bool = False) -> Iterator[tuple[str, Shown]]:
    for leaf in leaves(type(struct)).values():
        value: Any = struct
        for word in leaf.path:
            value = getattr(value, word)
        if value is not None or not skip_unset:
            yield prefix + leaf.key, _written(leaf, value)


def _nested(struct: msgspec.Struct) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in _flat(struct, "", skip_unset=True):
        into = tree
        *path, last = key.split(".")
        for word in path:
            into = into.setdefault(word, {})
        into[last] = value
    return tree


def _written(leaf: Leaf, value: Any) -> Shown:
    if value is None:
        return ""
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, tuple):
        return list(value)
    if leaf.kind == "size":
        return format_size(value)
    if leaf.kind in {"database_url", "proxy_url"}:
        return without_password(value)
    return value  # type: ignore[no-any-return]
