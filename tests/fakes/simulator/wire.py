"""Answers on the wire: the honest way, and the ways in which a server or a network may break off."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Literal

from aiohttp import web

from tests.fakes.simulator.answer import Answer

Framing = Literal["length", "chunked", "close"]


async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """The whole answer, as it should be."""
    return web.Response(status=answer.status, reason=answer.reason, headers=answer.headers, body=answer.body)


async def begin(
    request: web.BaseRequest, answer: Answer, *, declared: int | None = None, chunked: bool = False
) -> web.StreamResponse:
    """Sends the headers only, with a length (the true one, unless another is declared) or for chunks to follow."""
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=answer.headers)
    if chunked:
        response.enable_chunked_encoding()
    else:
        response.content_length = len(answer.body) if declared is None else declared
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
    return response


async def cut(request: web.BaseRequest, answer: Answer, after: int, framing: Framing) -> web.StreamResponse:
    """Closes the connection after that many bytes of the body."""
    if framing != "close":
        response = await begin(request, answer, chunked=framing == "chunked")
        await write(response, answer.body[:after])
    elif request.transport is not None:
        # aiohttp always frames a body, so the old way, where the body ends with the connection, is written by hand.
        lines = [f"HTTP/1.1 {answer.status} {answer.reason or 'OK'}", "Connection: close"]
        lines += [f"{key}: {value}" for key, value in answer.headers.items()]
        request.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body[:after])
    hang_up(request)
    return web.Response()


async def write(response: web.StreamResponse, data: bytes) -> bool:
    """False once the client has gone."""
    try:
        await response.write(data)
    except ConnectionError:
        return False
    return True


def hang_up(request: web.BaseRequest) -> None:
    """Closes the connection after what was written: the client sees an early end."""
    if request.transport is not None:
        request.transport.close()


def reset(request: web.BaseRequest) -> None:
    """Drops the connection with a TCP reset."""
    transport = request.transport
    if transport is None:
        return
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
