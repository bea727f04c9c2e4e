"""How a key is spelled on disk, and back: pure.

Three rules keep any two keys apart on any file system, and every file inside the root:

* `A` is written `!a`, since some file systems take `A` and `a` for the same name;
* the last part ends in `=`, so that `x/y` and `x/y/z` can both exist: a file `y=` beside a directory `y`;
* a part longer than `PIECE` goes on in a directory below, whose name then begins with `+`. Names are limited to 255
  bytes, 143 on some file systems. The mark comes first so that no piece of a part can be `..` or look like `.tmp-`.

None of `!`, `=` and `+` occurs in a key.
"""

from __future__ import annotations

import re

from proxy.storage.blobs import check_key

PIECE = 140
"""The most characters of a part that go into one name, marks not counted."""

_UPPER = re.compile(r"[A-Z]")
_TOP = re.compile(r"[a-z0-9]+")
_BELOW = re.compile(r"[a-z0-9_!-][a-z0-9._!-]*|\+[a-z0-9._!-]+")
_ESCAPED = re.compile(r"!([a-z])")


def escape(text: str) -> str:
    """A key, or the beginning of one, without upper-case letters. Beginnings stay beginnings."""
    return _UPPER.sub(lambda letter: "!" + letter[0].lower(), text)


def encode(key: str) -> tuple[str, ...]:
    """The names, from the root down, of the file that holds a key. Raises ValueError for what is no key."""
    names: list[str] = []
    for part in escape(check_key(key)).split("/"):
        names.append(part[:PIECE])
        names += ["+" + part[at : at + PIECE] for at in range(PIECE, len(part), PIECE)]
    return (*names[:-1], names[-1] + "=")


def decode(names: tuple[str, ...]) -> str | None:
    """The key that a file holds; None for a file that `encode` would never name, such as one an operator left there."""
    key = _ESCAPED.sub(lambda escaped: escaped[1].upper(), _joined(names).removesuffix("="))
    try:
        return key if encode(key) == names else None
    except ValueError:
        return None


def may_hold(names: tuple[str, ...], prefix: str) -> bool:
    """Whether a directory can hold keys that begin with `prefix`.

    Lets a listing skip the others, among them those that are no directories of the store and may not even be readable,
    such as `lost+found` at the root of a volume.
    """
    if not _TOP.fullmatch(names[0]) or not all(_BELOW.fullmatch(name) for name in names[1:]):
        return False
    here, wanted = _joined(names), escape(prefix)
    return here.startswith(wanted) or wanted.startswith(here)


def _joined(names: tuple[str, ...]) -> str:
    return "/".join(names).replace("/+", "")
