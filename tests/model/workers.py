"""Two workers of one server, and a third one that remembers nothing: whatever one of the two says, the third must say as well."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from proxy.shared.counters import Counters
from proxy.shared.folder import RunFolder, counters_of
from proxy.wiring.place import among
from tests.fakes.proxy import Proxy, running_proxy
from tests.model.system import ADMIN, Answer, InProcess

OURS = "/-/pratique/"
DIFFERS = {"date", "x-request-id", "server", "connection"}
"""Headers that no two answers have in common."""
AGES = {"cache-control", "pratique-age", "warning"}
"""Headers that say how the answer was come by, too: who has just tried to look and failed says so."""
COUNTED = {"content-length", "transfer-encoding"}


@dataclass
class Workers(InProcess):
    """Every request goes to any of the two, and those of npm's then to the third as well."""

    chance: random.Random = field(default_factory=lambda: random.Random(0))
    _apart: Path | None = None

    async def _open(self, stack: AsyncExitStack) -> list[Proxy]:
        run = RunFolder.make(self.folder)
        stack.callback(run.remove)
        counters = Counters.create(counters_of(run.path))
        stack.callback(counters.close)
        proxies = []
        self._apart = self.folder / "apart"
        shared = {"database_url": f"sqlite:///{self.folder / 'ledger.sqlite3'}", "blobs": f"file:{self.folder / 'blobs'}"}
        for number, (home, storage) in enumerate(
            [(self.folder, {}), (self.folder, {}), (self._apart, {**shared, "memory": "0"})]
        ):
            place = stack.enter_context(among(run.path, number, 3))
            sections = {**self.sections, "storage": storage}
            env = {"MODEL_ADMIN": ADMIN}
            # The third one's tasks are done before each of its requests, so that it finds in the store what it needs.
            proxy = running_proxy(self.upstream.registry.url, home, self.clock, env, place, **sections)
            proxies.append(await stack.enter_async_context(proxy))
        return proxies

    def _worker(self) -> Proxy:
        return self.chance.choice(self._proxies[:2])

    async def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        looks, fetches = len(self.upstream.looks), len(self.upstream.fetches)
        given = {**headers, "Host": self.url.removeprefix("http://")}
        answer = await self._ask(self._worker(), method, path, given, body)
        if path.startswith(OURS) or answer.status in {401, 403} and not self._is_of_npm(path):
            return answer
        return await self._compared(answer, looks, fetches, method, path, given, body)
