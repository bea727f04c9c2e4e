"""Two workers of one server, and a third one that remembers nothing: what one of the two says, the third says as well."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from proxy.shared.counters import Counters
from proxy.shared.folder import RunFolder, counters_of
from proxy.wiring.place import among
from tests.fakes.proxy import Proxy
from tests.model.reference import BELIEVED
from tests.model.system import V1, Answer, InProcess

OURS = V1.removesuffix("v1")
DIFFER = {"date", "x-request-id", "server", "connection"}
"""Headers that no two answers have in common."""
LOOKS = {"cache-control", "pratique-age", "warning"}
"""Headers by which whoever has just tried to look, and failed, says so."""


@dataclass
class Workers(InProcess):
    """Any of the two is asked, and of what npm asks for the third one after it."""

    @property
    def _apart(self) -> Path:
        return self.folder / "apart"

    async def _open(self, stack: AsyncExitStack) -> list[Proxy]:
        run = RunFolder.make(self.folder)
        stack.callback(run.remove)
        counters = Counters.create(counters_of(run.path))
        stack.callback(counters.close)
        places = [stack.enter_context(among(run.path, number, 3)) for number in range(3)]
        shared = {"database_url": f"sqlite:///{self.folder / 'ledger.sqlite3'}", "blobs": f"file:{self.folder / 'blobs'}"}
        both = [await self._one(stack, self.folder, place) for place in places[:2]]
        return [*both, await self._one(stack, self._apart, places[2], memory="0", **shared)]

    async def _request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        upstream = self.upstream
        looks, fetches = len(upstream.looks), len(upstream.fetches)
        answer = await self._ask(self.chance.choice(self._proxies[:2]), method, path, headers, body)
        if path.startswith(OURS):
            return answer
        looked, fetched = len(upstream.looks) > looks, len(upstream.fetches) > fetches
        looks, fetches = len(upstream.looks), len(upstream.fetches)
        shutil.rmtree(self._apart / "cache", ignore_errors=True)
        other = await self._ask(self._proxies[2], method, path, headers, body)
        if len(upstream.looks) > looks:
            # Each remembers by itself that the upstream has just failed.
            assert all(self._failed_lately(each.package, looks) for each in upstream.looks[looks:]), (path, answer)
            return other
        if len(upstream.fetches) > fetches:
            assert fetched, (path, answer)
            assert upstream.fetches[fetches - 1].status != 200, (path, answer)
            return other
        _same(answer, other, LOOKS if looked else set())
        return answer

    def _failed_lately(self, package: str, looks: int) -> bool:
        last = next((each for each in reversed(self.upstream.looks[:looks]) if each.package == package), None)
        return last is not None and last.status != 200 and self.clock.now() - last.at < BELIEVED

    async def _refresh(self) -> None:
        await self._look_around(self.chance.choice(self._proxies[:2]))


def _same(one: Answer, other: Answer, but: set[str]) -> None:
    """Byte for byte, the ETag included."""
    assert one.status == other.status, (one, other)
    if one.status >= 500:
        return
    assert one.body == other.body, (one, other)
    assert _headers(one, but) == _headers(other, but), (one, other)


def _headers(answer: Answer, but: set[str]) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items() if name.lower() not in DIFFER | but}
