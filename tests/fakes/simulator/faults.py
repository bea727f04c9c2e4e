"""What can go wrong with an upstream: each fault spoils the answer that would have been given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from tests.fakes.simulator import wire
from tests.fakes.simulator.answer import Answer
from tests.fakes.simulator.wire import Framing

Send = Callable[[web.BaseRequest, Answer], Awaitable[web.StreamResponse]]
HTML = b"<!doctype html><title>Sign in</title><p>Please sign in to the guest network.\n"


@dataclass
class Fault:
    """`times` requests are hit (None: all of them), after the first `skip` were let through."""

    send: Send
    times: int | None = None
    skip: int = 0

    def strikes(self) -> bool:
        """Counts one request, and says whether this one is hit."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0

    @staticmethod
    def status(
        code: int,
        *,
        times: int | None = None,
        skip: int = 0,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        reason: str | None = None,
    ) -> Fault:
        """Another status with a JSON body."""
        answer = Answer.json({"error": reason or f"fault {code}"} if body is None else body, code, **(headers or {}))
        return Fault(_instead(replace(answer, reason=reason)), times, skip)

    @staticmethod
    def answer(body: bytes, *, times: int | None = None, skip: int = 0, status: int = 200, **headers: str) -> Fault:
        """These bytes instead, as JSON unless `headers` say otherwise."""
        return Fault(_instead(Answer(status, body, {"Content-Type": "application/json", **headers})), times, skip)

    @staticmethod
    def html(*, times: int | None = None, skip: int = 0) -> Fault:
        """A captive portal: 200 with a web page."""
        return Fault(_instead(Answer(200, HTML, {"Content-Type": "text/html; charset=utf-8"})), times, skip)

    @staticmethod
    def redirect(url: str, *, status: int = 302, times: int | None = None, skip: int = 0) -> Fault:
        """Sends the client elsewhere."""
        return Fault(_instead(Answer(status, b"", {"Location": url})), times, skip)

    @staticmethod
    def headers(changes: Mapping[str, str | None], *, times: int | None = None, skip: int = 0) -> Fault:
        """The right body under other headers; None removes one."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            merged: dict[str, str | None] = {**answer.headers, **changes}
            kept = {key: value for key, value in merged.items() if value is not None}
            return await wire.send(request, replace(answer, headers=kept))

        return Fault(send, times, skip)

    @staticmethod
    def corrupt(*, times: int | None = None, skip: int = 0) -> Fault:
        """One byte in the middle of the body is another one; the length stays."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            spoiled = bytearray(answer.body)
            if spoiled:
                spoiled[len(spoiled) // 2] ^= 0xFF
            return await wire.send(request, replace(answer, body=bytes(spoiled)))

        return Fault(send, times, skip)

    @staticmethod
    def truncate(after: int | None = None, *, framing: Framing = "length", times: int | None = None, skip: int = 0) -> Fault:
        """The connection closes after that many bytes (None: half). Framed by "close", only the content tells."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            return await wire.cut(request, answer, _half(answer) if after is None else after, framing)

        return Fault(send, times, skip)

    @staticmethod
    def wrong_length(delta: int = 10, *, times: int | None = None, skip: int = 0) -> Fault:
        """`Content-Length` is off by `delta`: above, bytes are missing; below, the client sees fewer."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            response = await wire.begin(request, answer, declared=max(0, len(answer.body) + delta))
            await wire.write(response, answer.body)
            wire.hang_up(request)
            return response

        return Fault(send, times, skip)

    @staticmethod
    def reset(after: int | None = None, *, times: int | None = None, skip: int = 0) -> Fault:
        """A TCP reset, after that many bytes of the body (None: instead of any answer)."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            if after is None:
                wire.reset(request)
                return web.Response()
            response = await wire.begin(request, answer)
            await wire.write(response, answer.body[:after])
            wire.reset(request)
            return response

        return Fault(send, times, skip)

    @staticmethod
    def stall(event: asyncio.Event, after: int | None = None, *, times: int | None = None, skip: int = 0) -> Fault:
        """Headers and that many bytes (None: half), then nothing until the event is set."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            first = _half(answer) if after is None else after
            response = await wire.begin(request, answer)
            await wire.write(response, answer.body[:first])
            await event.wait()
            await wire.write(response, answer.body[first:])
            return response

        return Fault(send, times, skip)

    @staticmethod
    def delay(seconds: float, *, times: int | None = None, skip: int = 0) -> Fault:
        """A slow answer. For an order of events rather than a duration, take a gate."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            await asyncio.sleep(seconds)
            return await wire.send(request, answer)

        return Fault(send, times, skip)

    @staticmethod
    def drip(size: int, pause: float, *, times: int | None = None, skip: int = 0) -> Fault:
        """The right bytes, so many at a time with so many seconds in between, for as long as the client stays."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            response = await wire.begin(request, answer)
            for start in range(0, len(answer.body), size):
                if not await wire.write(response, answer.body[start : start + size]):
                    break
                await asyncio.sleep(pause)
            return response

        return Fault(send, times, skip)

    @staticmethod
    def endless(limit: int = 1 << 30, *, times: int | None = None, skip: int = 0) -> Fault:
        """The body, then zeros without end (up to `limit`, so that a lost test ends too)."""

        async def send(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
            response = await wire.begin(request, answer, chunked=True)
            sent, more = 0, await wire.write(response, answer.body)
            while more and sent < limit:
                more = await wire.write(response, bytes(65536))
                sent += 65536
            wire.hang_up(request)
            return response

        return Fault(send, times, skip)


def _half(answer: Answer) -> int:
    return len(answer.body) // 2


def _instead(answer: Answer) -> Send:
    async def send(request: web.BaseRequest, replaced: Answer) -> web.StreamResponse:
        date = {"Date": replaced.headers["Date"]}  # the registry's clock counts for its errors too
        return await wire.send(request, replace(answer, headers={**date, **answer.headers}))

    return send
