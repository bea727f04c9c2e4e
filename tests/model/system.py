"""What the machine drives: anything that serves as a proxy does. One process here; several workers need only another class."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

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
    url: str = ""
    _stack: AsyncExitStack | None = None
    _proxy: Proxy | None = None
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.upstream = Upstream(self.clock)
        self._run(self.upstream.registry.__aenter__())

    def start(self) -> None:
        self._run(self._start())

    def stop(self) -> None:
        assert self._stack is not None
        self._run(self._stack.aclose())
        self._stack = self._proxy = None

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
        stack = AsyncExitStack()
        proxy = running_proxy(self.upstream.registry.url, self.folder, self.clock, {"MODEL_ADMIN": ADMIN}, **self.sections)
        self._proxy = await stack.enter_async_context(proxy)
        self._stack = stack
        self.url = self._proxy.url

    async def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        assert self._proxy is not None
        async with self._proxy.request(method, path, data=body, **headers) as response:
            return Answer(response.status, response.reason, response.headers, await response.read())

    async def _refresh(self) -> None:
        assert self._proxy is not None
        await self._proxy.built.usage.flush()
        await self._proxy.built.refresher.round(1000)
