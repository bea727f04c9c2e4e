"""Where no secret may show up, and how the whole suite looks: in what is logged and printed, in every answer, in the metrics
and on disk.

Secrets are the tokens of ours, by their spelling, and by their value the credentials that a proxy is given in its environment
and whatever requests present to it. One answer may hold a token: that which makes it. `serve` prints the first one.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from proxy.access import tokens

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

TOKEN = re.compile(tokens.TOKEN.pattern.encode())
SHORTEST = 10
"""The characters from which on a value can be told from any other text."""
LARGEST = 2**20
"""The bytes of an answer up to which it is looked through."""
LARGEST_FILE = 2**26
MAKES_ONE = re.compile(r"/-/pratique/v1/tokens(?:/[^/]+/rotate)?")

GIVEN: set[str] = set()
"""What proxies of this run were given in their environments, for the logs, which several of them share."""


def found(content: bytes | str, secrets: Iterable[str] = ()) -> str | None:
    """What secret is in there, and after which text; None where there is none."""
    raw = content.encode(errors="surrogateescape") if isinstance(content, str) else content
    places = [match.start() for match in TOKEN.finditer(raw)]
    places += [place for each in secrets for form in forms(each) if (place := raw.find(form)) >= 0]
    if not places:
        return None
    place = min(places)
    return f"a secret ({raw[place : place + 6]!r}…) after {raw[max(0, place - 60) : place]!r}"


def forms(secret: str) -> Iterator[bytes]:
    """How it may be written, one of ours without its prefix too; nothing for what is too short to be known again."""
    if len(secret) >= SHORTEST:
        said = {secret, quote(secret, safe="")} | (
            {secret.removeprefix(tokens.PREFIX)} if tokens.TOKEN.fullmatch(secret) else set()
        )
        yield from (each.encode(errors="surrogateescape") for each in said)


def found_in_folder(folder: Path, secrets: Iterable[str] = ()) -> Iterator[str]:
    """What secrets are in files there: in their bytes, and in the rows of databases, since pages cut long texts."""
    known = tuple(secrets)
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if not path.is_file() or path.is_symlink():
            continue
        with contextlib.suppress(OSError):  # a test may have taken the right to read it
            if path.stat().st_size > LARGEST_FILE:
                continue
            raw = path.read_bytes()
            pieces = [raw, *(rows_of(path) if raw.startswith(b"SQLite format 3\0") else ())]
            for what in {what for piece in pieces if (what := found(unpacked(piece), known))}:
                yield f"{path.relative_to(folder)} holds {what}"


def rows_of(path: Path) -> Iterator[bytes]:
    """Every text and every blob of a database; nothing where it is damaged, or somebody's."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=0)) as base,
    ):
        for (table,) in base.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in base.execute(f'select * from "{table}"'):
                yield from (
                    each if isinstance(each, bytes) else each.encode(errors="replace")
                    for each in row
                    if isinstance(each, bytes | str)
                )


def unpacked(raw: bytes) -> bytes:
    """What is gzipped, unpacked; anything else as it is."""
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return zlib.decompressobj(31).decompress(raw, LARGEST_FILE)
    except zlib.error:
        return raw


class Watch:
    """Looks over one proxy's shoulder."""

    def __init__(self, given: Iterable[str]) -> None:
        self._given = tuple(given)
        GIVEN.update(self._given)
        self._presented: set[str] = set()
        self.leaks: list[str] = []

    def over(self, handle: Handler) -> Handler:
        """The same handler, whose answers are looked through."""

        async def watched(request: web.BaseRequest) -> web.StreamResponse:
            response = await handle(request)
            authorization = request.headers.get("Authorization", "")
            self._presented |= {tokens.presented(authorization) or "", authorization.partition(" ")[2].strip()}
            self._look(request, response)
            return response

        return watched

    def metrics(self, text: bytes) -> None:
        """Look through what Prometheus would get."""
        self._note("the metrics hold", text)

    def folder(self, folder: Path) -> None:
        """Look through the data folder."""
        self.leaks += found_in_folder(folder, self._secrets)

    def check(self) -> None:
        """Raise AssertionError for what was found."""
        assert not self.leaks, "\n".join(self.leaks)

    @property
    def _secrets(self) -> tuple[str, ...]:
        return (*self._given, *self._presented)

    def _look(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        what = f"{request.method} {request.path}: {response.status}"
        head = "\n".join([response.reason or "", *(f"{name}: {value}" for name, value in response.headers.items())])
        self._note(f"the head of the answer to {what} holds", head)
        body = response.body if isinstance(response, web.Response) else None
        if not isinstance(body, bytes | bytearray) or len(body) > LARGEST:
            return
        text = unpacked(bytes(body))
        if request.method == "POST" and response.status == 201 and MAKES_ONE.search(request.path):
            text = TOKEN.sub(b"", text, count=1)
        self._note(f"the answer to {what} holds", text)

    def _note(self, where: str, content: bytes | str) -> None:
        if what := found(content, self._secrets):
            self.leaks.append(f"{where} {what}")
