"""The YAML that package managers write, read line by line: block mappings, with scalars or flow collections as values.

pnpm writes it with js-yaml, yarn with a writer of its own that knows less. Both use no anchors, tags or merge keys, and those are
refused. A YAML library would type `1.10` as a number, build all of a file at once, and know no line numbers; this looks at a
line, holds what it needs of the one before, and is as deep as the file is without recursion. Sequences and multi-line texts are
passed over: nothing that is asked for is in one. Rules are those of YAML 1.2 where they decide what belongs to what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.npm.lockfile.flow import brackets_open
from proxy.npm.lockfile.lines import lines
from proxy.npm.lockfile.locked import BadLockfile, shown

_KEY = re.compile(
    r"""("(?:[^"\\]++|\\.)*+"|'(?:[^']++|'')*+'|(?![#"'\[{&*!|>%@`,])(?:[^:#]++|:(?=[^\s])|(?<!\s)#)++)\s*+:(?:\s++|$)"""
)
_QUOTED = re.compile(r"""("(?:[^"\\]++|\\.)*+"|'(?:[^']++|'')*+')(?:\s++#.*|\s*+)$""")
_COMMENT = re.compile(r"\s#.*")
_BLOCK_TEXT = re.compile(r"[|>][-+0-9]*+(?:\s++#.*)?+")


@dataclass(slots=True)
class Item:
    """A key of a mapping, how deep it is (0 at the top), and its value where that is written beside it: unquoted, or a flow."""

    depth: int
    key: str
    value: str
    line: int


@dataclass(slots=True)
class _Level:
    indent: int
    keys: set[str] = field(default_factory=set)


def items(text: str) -> Iterator[Item]:
    """Every key of the text in order, of all its documents. Raises BadLockfile for what no package manager writes."""
    reader = _Reader()
    for number, line in lines(text):
        if done := reader.take(number, line):
            yield done
    if last := reader.finish():
        yield last


class _Reader:
    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._item: Item | None = None
        self._below: int | None = None
        """Lines indented further than this belong to something that is passed over."""
        self._open = 0
        """Brackets of the item's value that are still open."""
        self._flow: list[str] = []
        self._quoted = False
        """Whether the item's value is a quoted text that is closed on a later line."""
        self._asked = False
        """Whether the item came as `? key`, so that its value starts with a colon on the next line."""
        self._indent = -1
        """That of the item."""

    def take(self, number: int, line: str) -> Item | None:
        """Read a line; give the item before it once it is complete."""
        content = line.lstrip(" ")
        if self._open:
            self._continue_flow(content)
            return None
        indent = len(line) - len(content)
        if not content or content.isspace() or content.startswith("#"):
            return None
        if self._below is not None:
            if indent > self._below:
                return None
            self._below = None
        if indent == 0 and (content.startswith(("---", "...", "%"))):
            return self._next_document()
        if content.startswith("\t"):
            raise BadLockfile(f"line {number} is indented with a tab; write the lockfile anew with its client")
        if content == "-" or content.startswith("- "):
            self._below = indent
            return None
        return self._take_key(number, indent, content)

    def finish(self) -> Item | None:
        """The last item."""
        if self._open:
            line = self._item.line if self._item else 0
            raise BadLockfile(f"a bracket on line {line} is never closed; write the lockfile anew with its client")
        return self._done(None)

    def _next_document(self) -> Item | None:
        # pnpm 11 and later put a document of their own (the package manager, configuration) before the project's.
        self._levels.clear()
        return self._done(None)

    def _take_key(self, number: int, indent: int, content: str) -> Item | None:
        asked = content.startswith("? ")
        if asked:
            # js-yaml and yarn write keys of more than 1,024 characters like that.
            content = content[2:].rstrip() + ":"
        elif self._asked and (content == ":" or content.startswith(": ")):
            self._asked = False
            inner = content[1:].lstrip()
            # What follows is as if it stood on a line of its own, deeper than the colon.
            return self.take(number, " " * (indent + len(content) - len(inner)) + inner) if inner else None
        match = _KEY.match(content)
        deeper = self._item is not None and indent > self._indent
        if match is None or (deeper and self._quoted):
            self._take_text(number, deeper, content)
            return None
        if deeper and self._item and self._item.value:
            raise BadLockfile(f"line {number} is indented below a value; write the lockfile anew with its client")
        depth = self._depth(number, indent)
        key = _unquoted(match[1])
        level = self._levels[-1]
        if key in level.keys:
            raise BadLockfile(f"line {number} repeats the key {shown(key)}; write the lockfile anew with its client")
        level.keys.add(key)
        done = self._done(Item(depth, key, "", number))
        self._asked, self._quoted = asked, False
        self._set(number, indent, content[match.end() :].strip())
        return done

    def _depth(self, number: int, indent: int) -> int:
        while self._levels and self._levels[-1].indent > indent:
            self._levels.pop()
        if not self._levels or self._levels[-1].indent < indent:
            if self._item is not None and indent <= self._indent:
                raise BadLockfile(f"line {number} is indented like nothing above it; write the lockfile anew with its client")
            self._levels.append(_Level(indent))
        self._indent = indent
        return len(self._levels) - 1

    def _take_text(self, number: int, deeper: bool, content: str) -> None:
        """A line that is no key: the value of the key above it, or more of that value."""
        if self._item is None or not deeper:
            raise BadLockfile(f"line {number} is not of the form `key: value`; write the lockfile anew with its client")
        if not self._item.value:
            self._set(number, self._indent, content.strip())

    def _set(self, number: int, indent: int, value: str) -> None:
        item = self._item
        if item is None:
            return
        if value.startswith(("&", "*", "!")):
            raise BadLockfile(f"line {number} uses an anchor, alias or tag of YAML; write the lockfile anew with its client")
        if _BLOCK_TEXT.fullmatch(value):
            self._below = indent
        elif value.startswith(("{", "[")):
            self._continue_flow(value)
        elif match := _QUOTED.match(value):
            item.value = _unquoted(match[1])
        else:
            self._quoted = value.startswith(('"', "'"))
            item.value = "" if value.startswith("#") else _COMMENT.sub("", value)

    def _continue_flow(self, text: str) -> None:
        self._flow.append(text)
        self._open += brackets_open(text)
        if self._open <= 0 and self._item:
            self._open = 0
            self._item.value = " ".join(self._flow)
            self._flow = []

    def _done(self, following: Item | None) -> Item | None:
        done, self._item = self._item, following
        return done


def _unquoted(text: str) -> str:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if not text.startswith('"'):
        return text.rstrip()
    try:
        return str(json.loads(text, strict=False))
    except ValueError:  # an escape that YAML has and JSON has not, as in a note on a deprecation
        return text
