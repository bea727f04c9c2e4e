"""What the tests of the admin API share: tokens made without asking for them, and requests that carry one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.access.tokens import digest_of, new_token
from quarantine.credentials import Credential
from tests.fakes.proxy import Proxy

V1 = "/-/pratique/v1"


@dataclass(frozen=True)
class Answer:
    """An answer that was read whole."""

    status: int
    body: Any
    """JSON where it is JSON, else the bytes."""
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Caller:
    """Somebody with a token, or without one."""

    proxy: Proxy
    token: str | None = None
    id: str | None = None

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request, below the proxy's address."""
        if self.token is not None:
            headers = {"Authorization": f"Bearer {self.token}", **headers}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        async with self.proxy.request(method, path, data=data, **headers) as response:
            raw = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Answer(response.status, json.loads(raw) if is_json and raw else raw, response.headers)

    async def status(self, method: str, path: str, body: Any = None, **headers: str) -> int:
        """Only its status."""
        return (await self.ask(method, path, body, **headers)).status

    async def get(self, path: str) -> Any:
        """What the API tells; a path below `v1/`."""
        answer = await self.ask("GET", f"{V1}/{path}")
        assert answer.status == 200, answer
        return answer.body

    async def decide(self, action: str, subject: str, **more: Any) -> Answer:
        """One order."""
        return await self.ask("POST", f"{V1}/decisions", {"action": action, "subject": subject, "reason": "a test", **more})

    async def withdraw(self, number: int) -> Answer:
        """Take a decision back."""
        return await self.ask("DELETE", f"{V1}/decisions/{number}?reason=a+test")


async def credential(proxy: Proxy, *roles: str, **more: Any) -> Caller:
    """Somebody with a fresh token, issued straight into the book."""
    services, token = proxy.built.services, new_token()
    now = services.time.now()
    id = f"c{digest_of(token)[:12]}"
    made = Credential(id=id, digest=digest_of(token), label=more.pop("label", "a test"), roles=roles, created=now, **more)
    await services.book.issue(made, None, "system", now)
    services.keyring.put(made)
    return Caller(proxy, token, id)
