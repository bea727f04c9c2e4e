"""What keys there are, read off the structs: loading, showing and the documentation test all walk the same list."""

from __future__ import annotations

from functools import lru_cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec


class Leaf(msgspec.Struct, frozen=True):
    """One key that holds a value. `key` is relative to the struct it was read off: `server.host` off Settings."""

    key: str
    type: Any  # without Annotated and without None
    kind: str | None  # how it is parsed when the type alone does not say; see config.kinds
    optional: bool  # whether None (written "") stands for "not said"
    default: Any

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.key.split("."))


@lru_cache(maxsize=16)
def leaves(struct: type[msgspec.Struct]) -> dict[str, Leaf]:
    """Every key below the struct, in order of definition. Lists of tables are not entered (see `tables`)."""
    found: dict[str, Leaf] = {}
    for field in msgspec.structs.fields(struct):
        hint = get_type_hints(struct, include_extras=True)[field.name]
        kind, bare, optional = _unwrapped(hint)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            for leaf in leaves(bare).values():
                key = f"{field.name}.{leaf.key}"
                found[key] = msgspec.structs.replace(leaf, key=key)
        elif _table(hint) is None:
            found[field.name] = Leaf(field.name, bare, kind, optional, field.default)
    return found


@lru_cache(maxsize=16)
def tables(struct: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    """The fields that hold a list of tables (`[[packages]]`), and the struct of one entry."""
    hints = get_type_hints(struct, include_extras=True)
    return {name: entry for name, hint in hints.items() if (entry := _table(hint)) is not None}


def nearest(key: str, known: list[str]) -> str | None:
    """The known key that was probably meant: the same last word in another section, else the most similar spelling."""
    from difflib import get_close_matches  # only when there is something to report

    word = key.rpartition(".")[2]
    same = [other for other in known if other.rpartition(".")[2] == word]
    if len(same) == 1:
        return same[0]
    near = get_close_matches(key, known, n=1, cutoff=0.75)
    if not near:
        words = {other.rpartition(".")[2]: other for other in known}
        near = [words[found] for found in get_close_matches(word, list(words), n=1, cutoff=0.75)]
    return near[0] if near else None


def _unwrapped(hint: Any) -> tuple[str | None, Any, bool]:
    optional = NoneType in get_args(hint)
    if optional:
        (hint,) = (argument for argument in get_args(hint) if argument is not NoneType)
    kind = None
    for meta in getattr(hint, "__metadata__", ()):
        kind = (meta.extra or {}).get("kind", kind)
        hint = hint.__origin__
    return kind, hint, optional


def _table(hint: Any) -> type[msgspec.Struct] | None:
    entry = (*get_args(hint), None)[0] if get_origin(hint) is tuple else None
    return entry if isinstance(entry, type) and issubclass(entry, msgspec.Struct) else None
