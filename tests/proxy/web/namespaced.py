"""A public registry, one of one's own with a package of the same name, and the proxy before both."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy
from tests.fakes.simulator import Recorded, Simulator
from tests.proxy.web.scene import NOW

OWN_TOKEN = "the-own-secret"
PUBLIC_TOKEN = "the-public-secret"
ENV = {"OWN_TOKEN": OWN_TOKEN, "PUBLIC_TOKEN": PUBLIC_TOKEN}
ONCE = {"retries": 0, "token_env": "PUBLIC_TOKEN"}
"""Failures are not repeated here, which costs a second each; that they are is tested elsewhere."""

KINDS = [("@acme/*", "@acme/ui"), ("acme-tool", "acme-tool"), ("acme-*", "acme-ui")]
"""What a namespace matches, and a package of it."""


@dataclass
class Namespaced:
    """Everybody who is involved."""

    public: Simulator
    own: Simulator
    proxy: Proxy
    clock: FakeClock
    name: str

    def leaks(self) -> list[str]:
        """Whatever the public registry has ever been told of the package: in a path, a query, a header or a body."""
        return [f"{each.method} {each.path}" for each in self.public.requests if "acme" in told(each)]

    def stray_tokens(self) -> list[str]:
        """Requests that carry a credential that is not the one for where they went."""
        wanted = {id(self.public): f"Bearer {PUBLIC_TOKEN}", id(self.own): f"Bearer {OWN_TOKEN}"}
        return [
            each.path
            for registry in (self.public, self.own)
            for each in registry.requests
            if each.headers.get("Authorization") != wanted[id(registry)]
        ]

    def pass_by(self, span: timedelta) -> None:
        """Time passes everywhere."""
        self.public.now = self.own.now = self.clock.advance(span)

    async def status(self, path: str, method: str = "GET", data: bytes | None = None, **headers: str) -> int:
        """The status of an answer that is read to its end."""
        async with self.proxy.request(method, path, data=data, **headers) as response:
            await response.read()
            return int(response.status)

    async def audit(self, route: str, body: Any, **headers: str) -> int:
        """Post an audit."""
        headers = {"Content-Type": "application/json", **headers}
        return await self.status(f"/-/npm/v1/security/{route}", "POST", json.dumps(body).encode(), **headers)


def told(request: Recorded) -> str:
    """All that a request says, decoded as often as anybody could."""
    headers = " ".join(f"{key}: {value}" for key, value in request.headers.items() if key != "Host")
    body = request.body.decode("utf-8", "replace")
    return unquote(unquote(f"{request.path} {headers} {body}")).lower()


def section(own: Simulator, match: str = "@acme/*", **more: Any) -> dict[str, Any]:
    """A `[[namespaces]]` entry."""
    return {"match": match, "upstream": own.url, "token_env": "OWN_TOKEN", **more}


@asynccontextmanager
async def namespaced(
    data_dir: Path,
    match: str = "@acme/*",
    name: str = "@acme/ui",
    entry: Mapping[str, Any] | None = None,
    **sections: Any,
) -> AsyncIterator[Namespaced]:
    """1.0.0 (old) and 1.1.0 (an hour old) of one's own, 9.9.9 of the same name from anybody, and `lib` 1.0.0 of the public."""
    clock = FakeClock(NOW)
    async with Simulator() as public, Simulator() as own:
        public.now = own.now = clock.now()
        public.token, own.token = PUBLIC_TOKEN, OWN_TOKEN
        old = clock.now() - timedelta(days=400)
        public.publish(name, "9.9.9", at=old)
        public.publish(name, "1.0.0", at=old)
        public.publish(name.upper(), "9.9.9", at=old)
        public.publish("lib", "1.0.0", at=old)
        public.attestations[f"{name}@1.0.0"] = {"attestations": ["the public one's"]}
        own.publish(name, "1.0.0", at=old)
        own.publish(name, "1.1.0", at=clock.now() - timedelta(hours=1))
        sections.setdefault("upstream", ONCE)
        sections["namespaces"] = [section(own, match, **(entry or {}))]
        async with running_proxy(public.url, data_dir, clock, ENV, **sections) as proxy:
            yield Namespaced(public, own, proxy, clock, name)
