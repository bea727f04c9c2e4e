"""Making responses: every one of them with the headers that keep what upstream wrote from doing anything in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web

from proxy.registry.errors import Withheld
from proxy.web.errors import body_of, status_of
from proxy.web.services import Manners
from proxy.web.telling import ascii_line, denial_notice, more_address
from quarantine.errors import PratiqueError

JSON = "application/json"

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Server": "pratique",
}
"""On every answer: a registry's bytes are data, whatever type somebody claims for them."""

NO_STORE = "no-store"

TRUNCATED = "Pratique-Truncated"
"""Says `true` on an answer that has no other place to say that rows were left out."""


def kept_for(manners: Manners, seconds: float, *headers: str) -> dict[str, str]:
    """How long an answer may be kept, and which of the request's headers it depends on.

    Caches between us and the client may keep it only where everybody gets the same. With audiences the client asks each time,
    and gets a 304 where its copy is that of its audience. `Vary: Authorization` would tell them apart as well, but npm then
    writes the token in clear into the index of its cache.
    """
    vary = {"Vary": ", ".join(headers)} if headers else {}
    if manners.audiences:
        return {"Cache-Control": "private, no-cache", **vary}
    who = "public" if manners.same_for_all else "private"
    return {"Cache-Control": f"{who}, max-age={max(0, int(seconds))}", **vary}


def encoded(value: Any) -> bytes:
    """JSON bytes; names of packages are texts like any other."""
    return msgspec.json.encode(value, enc_hook=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in a JSON answer")


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON document that nobody keeps."""
    return web.Response(
        status=status,
        body=encoded(value),
        headers={"Content-Type": JSON, "Cache-Control": NO_STORE, **SAFE, **(headers or {})},
    )


def failure(
    error: PratiqueError, base: str | None, contact: str = "", instead: str | None = None, audience: str | None = None
) -> web.Response:
    """An error as HTTP. A withheld version says why in three places, since each client prints another one of them."""
    status, _ = status_of(error)
    headers = {"Content-Type": JSON, "Cache-Control": NO_STORE, **SAFE}
    reason = None
    more = None
    if isinstance(error, Withheld):
        more = more_address(base or "", error.subject, audience)
        headers["npm-notice"] = denial_notice(error, more, contact, instead)
        reason = ascii_line(error.reason_phrase)
    return web.Response(status=status, reason=reason, body=encoded(body_of(error, more)), headers=headers)
