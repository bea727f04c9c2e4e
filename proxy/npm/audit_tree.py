"""Bodies of the older audit routes (`security/audits`, `security/audits/quick`): a lockfile-like tree of names and versions."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import count
from typing import Any

DEEPEST = 200
"""How deep a tree is followed; what lies deeper is left out."""

Tells = Callable[[str], bool]
"""Whether a text gives away a name that must not leave."""

ALIAS = "npm:"
FORMAT = frozenset(
    ["name", "version", "requires", "install", "remove", "metadata", "integrity", "resolved", "dev", "optional", "bundled"]
)
"""Keys that mean what they say, whatever packages are called."""

NOTHING = object()
IMPORTER = "0.0.0"
"""The version that pnpm gives to projects of a workspace. Their keys are folders, with `__` for `/`."""


def without(body: dict[str, Any], gives_away: Tells) -> dict[str, Any]:
    """The body without the packages whose names give something away, and without any other text that does.

    What lies beneath them moves up; where another version of it is there already, into a made-up place at the top. The answer
    says which versions are vulnerable, and only the paths to these are then made up too.
    """
    tells = lru_cache(maxsize=None)(gives_away)
    made_up: list[dict[str, Any]] = []
    taken: dict[str, int] = {}

    def node(value: dict[str, Any], depth: int) -> dict[str, Any]:
        others = {key: each for key, each in value.items() if key != "dependencies" and (key in FORMAT or not tells(key))}
        kept = {key: _plain(each, tells, depth) for key, each in others.items()}
        kept = {key: each for key, each in kept.items() if each is not NOTHING}
        if depth and isinstance(value.get("dependencies"), dict):
            kept["dependencies"] = children(value["dependencies"], depth - 1)
        return kept

    def children(named: dict[str, Any], depth: int) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        loose: list[tuple[str, Any]] = []
        for name, value in named.items():
            if tells(name) or _is_alias_of_own(value, tells):
                below = value.get("dependencies") if depth and isinstance(value, dict) else None
                loose += children(below, depth - 1).items() if isinstance(below, dict) else ()
            elif not isinstance(value, dict):
                kept |= _plain({name: value}, tells, depth)
            elif value.get("version") == IMPORTER and tells(name.replace("__", "/")):
                put_aside("project", node(value, depth))
            else:
                kept[name] = node(value, depth)
        for name, value in loose:
            if kept.setdefault(name, value) != value:
                put_aside(name, value)
        return kept

    def put_aside(name: str, value: Any) -> None:
        number = taken[name] = taken.get(name, -1) + 1
        if number == len(made_up):
            made_up.append({})
        made_up[number][name] = value

    cleaned = node(body, DEEPEST)
    if isinstance(body.get("name"), str) and tells(body["name"]):
        cleaned["name"] = ""
    if made_up:
        top = cleaned.setdefault("dependencies", {})
        free = (key for key in map("_{}".format, count()) if key not in top)
        top |= {key: {"version": IMPORTER, "dependencies": each} for key, each in zip(free, made_up, strict=False)}
    return cleaned


def _is_alias_of_own(value: Any, tells: Tells) -> bool:
    """`"ui": {"version": "npm:@acme/ui@1.0.0"}`, as npm 6 writes an alias."""
    version = value.get("version") if isinstance(value, dict) else None
    return isinstance(version, str) and version.startswith(ALIAS) and tells(version)


def _plain(value: Any, tells: Tells, depth: int) -> Any:
    """The value without texts that tell, as keys or otherwise; NOTHING where nothing else is left of it."""
    if isinstance(value, str):
        return NOTHING if tells(value) else value
    if isinstance(value, list | dict) and depth < 0:
        return NOTHING
    if isinstance(value, list):
        return [each for each in (_plain(each, tells, depth - 1) for each in value) if each is not NOTHING]
    if isinstance(value, dict):
        told = {key: _plain(each, tells, depth - 1) for key, each in value.items() if not tells(key)}
        return {key: each for key, each in told.items() if each is not NOTHING}
    return value
