"""One place that settings come from, read against the schema: typed values, where each was said, and what was wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from config.problem import Problem
from config.schema import Leaf, leaves, nearest, tables
from config.settings import Settings
from config.values import parse

EXAMPLES = {
    ("packages", "match"): '"@types/*"',
    ("namespaces", "match"): '"@acme/*"',
    ("namespaces", "upstream"): '"https://npm.acme.example"',
    ("audiences", "name"): '"research"',
}
"""What an entry must have, and how that looks."""


ELSEWHERE = {
    ("audiences", "scripts"): "a version is served with one set of bytes, whoever asks: write it under [scripts] or [[packages]]",
    ("audiences", "rules"): "what is in a tarball is the same for whoever asks: write it under [rules] or [[packages]]",
    ("packages", "scripts.trusted"): "there is one list for all packages: write it under [scripts]",
    ("namespaces", "scripts.trusted"): 'write scripts.mode = "allow" in a [[packages]] entry, or the list under [scripts]',
}
"""Keys that an entry cannot have though a section does, and why."""


class Layer(msgspec.Struct):
    """`values` is nested as the file is; the rest uses key paths (`quarantine.hold`, `packages[0].match`)."""

    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    problems: list[Problem] = []

    def wrong(self, key: str, source: str, text: str) -> None:
        """Records an error at the key."""
        self.problems.append(Problem("error", f"{key} ({source})", text))

    def take(self, leaf: Leaf, value: object, source: str, *, text: bool, key: str = "", into: Any = None) -> None:
        """Reads one value and puts it where it belongs (`values`, unless `into` is given), or records the problem."""
        key = key or leaf.key
        try:
            parsed = parse(leaf, value, text=text)
        except ValueError as wrong:
            self.wrong(key, source, str(wrong))
            return
        tree = self.values if into is None else into
        for word in leaf.path[:-1]:
            tree = tree.setdefault(word, {})
        tree[leaf.path[-1]] = parsed
        self.sources[key] = source


def read_tables(tree: Mapping[str, Any], source: Callable[[str], str], *, text: bool = False) -> Layer:
    """A whole file, or a dict like one. `source` says for a key path where it was written; `text` as in `parse`."""
    reader = _Reader(Layer(), source, text)
    reader.read(tree)
    return reader.layer


def unknown(key: str, struct: type[msgspec.Struct] = Settings) -> str:
    """What to say about a key that does not exist below the struct."""
    known = list(leaves(struct))
    near = nearest(key, known)
    if near is not None:
        return f'there is no such key; did you mean "{near}"?'
    section = key.partition(".")[0]
    inside = [other.partition(".")[2] for other in known if other.startswith(section + ".")]
    if inside:
        return f"there is no such key; the section has {', '.join(inside)}"
    sections = dict.fromkeys(other.partition(".")[0] for other in known)
    return f"there is no such key in this version; it has {', '.join([*sections, *tables(struct)])}"


class _Reader:
    """Walks a tree of tables and fills a layer."""

    def __init__(self, layer: Layer, source: Callable[[str], str], text: bool) -> None:
        self.layer, self.source, self.text = layer, source, text

    def read(self, tree: Mapping[str, Any]) -> None:
        lists = tables(Settings)
        self.table(Settings, {word: value for word, value in tree.items() if word not in lists}, self.layer.values)
        for name, struct in lists.items():
            if name in tree:
                self.layer.values[name] = self.entries(name, struct, tree[name])

    def table(
        self,
        struct: type[msgspec.Struct],
        tree: Mapping[str, Any],
        into: dict[str, Any],
        *,
        of: str = "",
        below: str = "",
    ) -> None:
        """One table. `of` is the entry that it belongs to (`packages[0].`), `below` the tables around it in there."""
        known = leaves(struct)
        for word, value in tree.items():
            local = below + word
            key = of + local
            if "." in word:
                self.wrong(key, "is one quoted word: write the dots outside of the quotes, or none")
            elif local in known:
                leaf = known[local]
                self.layer.take(leaf, value, self.source(key), text=self.text, key=key, into=into)
            elif not any(other.startswith(local + ".") for other in known):
                self.wrong(key, ELSEWHERE.get((of.partition("[")[0], local)) or unknown(local, struct))
            elif isinstance(value, Mapping):
                self.table(struct, value, into, of=of, below=f"{local}.")
            else:
                self.wrong(key, f"is a section, not a value: write its keys, such as {local}.{_first(known, local)} = …")

    def entries(self, name: str, struct: type[msgspec.Struct], listed: object) -> list[dict[str, Any]]:
        """An array of tables."""
        if not isinstance(listed, list | tuple) or not all(isinstance(entry, Mapping) for entry in listed):
            self.wrong(name, f"write each entry as a table of its own, under [[{name}]]")
            return []
        read: list[dict[str, Any]] = []
        for number, entry in enumerate(listed):
            place, values = f"{name}[{number}]", dict[str, Any]()
            self.table(struct, entry, values, of=f"{place}.")
            for field in msgspec.structs.fields(struct):
                if field.required and field.name not in entry:
                    self.wrong(place, f"has no {field.name}: add one, such as {field.name} = {EXAMPLES[name, field.name]}")
            read.append(values)
        return read

    def wrong(self, key: str, text: str) -> None:
        self.layer.wrong(key, self.source(key), text)


def _first(known: Mapping[str, Leaf], section: str) -> str:
    return next(key for key in known if key.startswith(section + ".")).rpartition(".")[2]
