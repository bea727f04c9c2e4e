"""JSON as lockfiles have it, read strictly: no key twice, no NaN. bun's has comments and trailing commas (JSONC)."""

from __future__ import annotations

import json
import re
from collections import deque

from proxy.npm.lockfile.locked import BadLockfile, shown

# Possessive, and content with a string or comment that never ends: a hostile text costs one pass.
_JSONC = re.compile(r'("(?:[^"\\]++|\\.)*+"?)|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?', re.DOTALL)
_COMMA = re.compile(r'("(?:[^"\\]++|\\.)*+"?)|,(?=\s*+[}\]])', re.DOTALL)
_OPENING = re.compile(r'^[ \t]*+("(?:[^"\\\n]++|\\.)*+")[ \t]*+:[ \t]*+[{\[]', re.MULTILINE)


class Lines:
    """Where keys open an object or array, found by their looks: right for files as clients write them, used for messages only."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, deque[int]] = {}
        line, last = 1, 0
        for match in _OPENING.finditer(text):
            line += text.count("\n", last, match.start())
            last = match.start()
            self._found.setdefault(match[1], deque()).append(line)

    def take(self, key: str) -> int | None:
        """The next line that opens this key, asked for in the order of the file."""
        found = self._found.get(f'"{key}"')
        return found.popleft() if found else None


def read_json(text: str) -> dict[str, object]:
    """The object that the text is. Raises BadLockfile for anything else."""
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadLockfile(
            f"line {error.lineno} is not valid JSON ({error.msg}); write the lockfile anew with its client"
        ) from None
    except RecursionError:
        raise BadLockfile("it is nested deeper than any client nests; write the lockfile anew with its client") from None
    except ValueError as error:  # a number of thousands of digits
        raise BadLockfile(f"it is not valid JSON ({shown(str(error))}); write the lockfile anew with its client") from None
    if not isinstance(value, dict):
        raise BadLockfile("it is not a JSON object; write the lockfile anew with its client")
    return value


def without_comments(text: str) -> str:
    """JSONC as JSON, on the same lines."""
    plain = _JSONC.sub(lambda match: match[1] or "\n" * match[0].count("\n"), text)
    return _COMMA.sub(lambda match: match[1] or "", plain)


def as_object(value: object) -> dict[str, object]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadLockfile(
            f"the key {shown(twice)!r} is there twice in one object, and readers differ on which counts; "
            "write the lockfile anew with its client"
        )
    return made


def _no_constant(word: str) -> object:
    raise BadLockfile(f"{word} is not JSON; write the lockfile anew with its client")
