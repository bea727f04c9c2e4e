"""What the machine drives: anything that serves as a proxy does. One process here; several workers need only another class."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from proxy.wiring.place import Place
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy
from tests.model.upstream import Upstream

Value = TypeVar("Value")
ADMIN = "prq_" + "a" * 40
V1 = "/-/pratique/v1"


@dataclass(frozen=True)
class Answer:
    """An answer that was read whole."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class System(Protocol):
    """A proxy, by whatever processes; every call returns when all is done."""

    upstream: Upstream
    url: str

    def start(self) -> None:
        """Start, with the data of the last time."""
        ...

    def stop(self) -> None:
        """Stop orderly."""
        ...

    def close(self) -> None:
        """Stop for good, the upstream too."""
        ...

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """One request, its path exactly as written."""
        ...

    def decide(self, method: str, path: str, body: Any = None) -> Answer:
        """An administrator's request, below `v1/`."""
        ...

    def advance(self, span: timedelta) -> None:
        """Time passes, for the upstream too."""
        ...

    def refresh(self) -> None:
        """One round of looks in the background."""
        ...


@dataclass
class InProcess:
    """The whole proxy in this process, with an event loop of its own that runs only while something is asked."""

    folder: Path
    clock: FakeClock
    sections: Mapping[str, Any]
    url: str = "http://127.0.0.1:4873"
    """What every request says that it came to, so that answers are the same after a restart."""
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    _stack: AsyncExitStack | None = None
    _proxies: list[Proxy] = field(default_factory=list)
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.upstream = Upstream(self.clock)
        self._run(self.upstream.registry.__aenter__())

    def start(self) -> None:
        self._run(self._start())

    def stop(self) -> None:
        assert self._stack is not None
        self._run(self._stack.aclose())
        self._stack, self._proxies = None, []

    def close(self) -> None:
        try:
            if self._stack is not None:
                self.stop()
            self._run(self.upstream.registry.__aexit__(None, None, None))
        finally:
            self._runner.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        given = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token is not None else {})}
        return self._run(self._request(method, path, given, body))

    def decide(self, method: str, path: str, body: Any = None) -> Answer:
        data = json.dumps(body).encode() if body is not None else None
        return self.request(method, f"{V1}/{path}", token=ADMIN, body=data)

    def advance(self, span: timedelta) -> None:
        self.clock.advance(span)
        self.upstream.registry.now = self.clock.now()

    def refresh(self) -> None:
        self._run(self._refresh())

    def _run(self, work: Awaitable[Value]) -> Value:
        async def working() -> Value:
            return await work

        return self._runner.run(working())

    async def _start(self) -> None:
        self._stack = AsyncExitStack()
        self._proxies = await self._open(self._stack)

    async def _open(self, stack: AsyncExitStack) -> list[Proxy]:
        return [await self._one(stack, self.folder)]

    async def _one(self, stack: AsyncExitStack, home: Path, place: Place | None = None, **storage: str) -> Proxy:
        sections, env = {**self.sections, "storage": storage}, {"MODEL_ADMIN": ADMIN}
        running = running_proxy(self.upstream.registry.url, home, self.clock, env, place, **sections)
        return await stack.enter_async_context(running)

    async def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        return await self._ask(self._proxies[0], method, path, headers, body)

    async def _refresh(self) -> None:
        await self._look_around(self._proxies[0])

    async def _ask(self, proxy: Proxy, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        named = {**headers, "Host": self.url.removeprefix("http://")}
        async with proxy.request(method, path, data=body, **named) as response:
            answer = Answer(response.status, response.reason, response.headers, await response.read())
        # What is written behind the answer is there before the next question, since nobody waits here for a claim.
        await proxy.built.services.routed.public.packuments.settle()
        return answer

    @staticmethod
    async def _look_around(proxy: Proxy) -> None:
        await proxy.built.usage.flush()
        await proxy.built.refresher.round(1000)
        await proxy.built.services.routed.public.packuments.settle()
