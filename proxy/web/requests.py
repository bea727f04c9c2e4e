"""Reading a request: its body under a cap, its method, its conditions and ranges."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from aiohttp import web

from proxy.access.tokens import holds_token
from quarantine.errors import PratiqueError

MAX_BODY = 16 * 2**20
"""The largest request body we read, in bytes once unpacked; the audit of 20,000 packages takes about 1 MB."""


class MethodRefused(PratiqueError):
    """The route is there, the method is not; `allowed` are those that are."""

    def __init__(self, reason: str, allowed: tuple[str, ...] = ("GET", "HEAD")) -> None:
        super().__init__(reason)
        self.allowed = allowed


class BadBody(PratiqueError):
    """The request's body is too large or not what the route takes."""


class LoopFound(PratiqueError):
    """The request has already been through this proxy."""


async def read_body(request: web.BaseRequest, limit: int = MAX_BODY) -> bytes:
    """The body, unpacked by the server where the client gzipped it. Raises BadBody."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > limit:
                raise BadBody(f"the request's body is larger than {limit} bytes")
            chunks.append(chunk)
    except web.RequestPayloadError as error:
        raise BadBody("the request's body cannot be unpacked") from error
    body = b"".join(chunks)
    if holds_token(body):
        raise BadBody("the request's body holds a token, which belongs in the Authorization header alone")
    return body


def json_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises BadBody."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadBody("the request's body is not JSON") from error
    if not isinstance(value, dict):
        raise BadBody("the request's body is not a JSON object")
    return value


def none_match(header: str | None, etag: str) -> bool:
    """Whether If-None-Match names this ETag, compared weakly (RFC 9110, section 13.1.2): fronts turn strong tags weak."""
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return _opaque(etag) in {_opaque(each) for each in re.findall(r'(?:W/)?"[^"]*"', header)}


def _opaque(etag: str) -> str:
    return etag.removeprefix("W/")


def one_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of a single byte range; None for none, several, or what we need not understand.

    Raises ValueError for a range that lies outside (RFC 9110, section 14.2).
    """
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", header.strip(), re.ASCII) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < int(first):
        return None
    if start >= size:
        raise ValueError("the range lies outside")
    return start, end


def accepts_gzip(header: str | None) -> bool:
    """Whether the client takes gzip."""
    for part in (header or "").lower().split(","):
        coding, *parameters = (piece.strip() for piece in part.split(";"))
        if coding in {"gzip", "x-gzip", "*"}:
            return not any(re.fullmatch(r"q=0(?:\.0*)?", each) for each in parameters)
    return False
