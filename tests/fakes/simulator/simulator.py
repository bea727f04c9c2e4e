"""The registry that tests talk to: state to change on one side, HTTP on the other."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fakes.simulator import routes, wire
from tests.fakes.simulator.answer import Answer
from tests.fakes.simulator.clock import http_date
from tests.fakes.simulator.faults import Fault
from tests.fakes.simulator.gate import Gate
from tests.fakes.simulator.publishing import Json, Published
from tests.fakes.simulator.recording import Recorded
from tests.fakes.simulator.security import Advisories
from tests.fakes.simulator.server import Server
from tests.fakes.simulator.shelf import Shelf
from tests.fakes.simulator.style import Style
from tests.fakes.simulator.where import Where, matcher, plain

MADE_UP_KEY: Json = {
    "expires": None,
    "keyid": "SHA256:" + "A" * 43,
    "keytype": "ecdsa-sha2-nistp256",
    "scheme": "ecdsa-sha2-nistp256",
    "key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" + "A" * 86 + "==",
}


class Simulator:
    """Publish before or after a client asks; every change shows in the next answer."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.styles = Style()
        self.started = datetime.now(UTC)
        self.requests: list[Recorded] = []
        self.advisories: Advisories = {}
        """name -> advisories (`id`, `title`, `severity`, `vulnerable_versions`, ...)."""
        self.attestations: dict[str, Json] = {}
        """`name@version` -> document."""
        self.keys: list[Json] = [dict(MADE_UP_KEY)]
        self.latency = 0.0
        """Seconds before each answer."""
        self.token: str | None = None
        """When set, whoever comes without this bearer token gets 401."""
        self._now: datetime | None = None
        self._faults: list[tuple[Callable[[Recorded], bool], Fault]] = []
        self._gates: list[tuple[Callable[[Recorded], bool], Gate, bool]] = []
        self._server = Server(self._handle)

    # --- the clock

    @property
    def now(self) -> datetime:
        """What the `Date` header says: real time until a test sets another."""
        return self._now or datetime.now(UTC)

    @now.setter
    def now(self, instant: datetime | None) -> None:
        if instant is not None and instant.tzinfo is None:
            raise ValueError("an aware datetime is needed")
        self._now = instant

    def advance(self, by: timedelta) -> None:
        """Moves the clock on, and stops it there."""
        self.now = self.now + by

    # --- what is published

    def publish(
        self,
        name: str,
        version: str,
        *,
        at: datetime | None = None,
        dependencies: Mapping[str, str] | None = None,
        files: Mapping[str, str | bytes] | None = None,
        manifest: Mapping[str, Any] | None = None,
        tag: str | None = "latest",
        tarball: bytes | None = None,
    ) -> Published:
        """Adds a version. `manifest` goes into its package.json and the packument; `tarball` replaces the built one."""
        return self.shelf.publish(
            self.url,
            name,
            version,
            at or self.now,
            dependencies=dependencies,
            files=files,
            manifest=manifest,
            tag=tag,
            tarball=tarball,
        )

    def unpublish(self, name: str, version: str, *, keep_tarball: bool = False) -> None:
        """Takes a version out of the packument, and its tarball away unless a CDN still has it."""
        self.shelf.unpublish(name, version, self.now, keep_tarball=keep_tarball)

    def tag(self, name: str, tag: str, version: str | None) -> None:
        """Points a dist-tag at a version; None drops it."""
        tags = self.package(name)["dist-tags"]
        tags[tag] = version
        if version is None:
            del tags[tag]

    def deprecate(self, name: str, version: str, message: str = "no longer maintained") -> None:
        """An empty message takes the deprecation back, as in npm."""
        entry = self.package(name)["versions"][version]
        entry["deprecated"] = message
        if not message:
            del entry["deprecated"]

    def package(self, name: str) -> Json:
        """The packument itself, to be changed at will."""
        return self.shelf.packuments[name]

    def raw(self, name: str, body: bytes | None) -> None:
        """These bytes as the packument, whoever asks; None goes back to the real one."""
        self.shelf.verbatim.pop(name, None)
        if body is not None:
            self.shelf.verbatim[name] = body

    def replace_bytes(self, name: str, version: str, data: bytes) -> None:
        """Another tarball under the same address, the packument unchanged."""
        self.shelf.tarballs[self.shelf.path_of(self.package(name)["versions"][version])] = data

    def tarball_path(self, name: str, version: str, path: str) -> None:
        """Moves a tarball to another address of this server."""
        self.shelf.move_tarball(self.url, name, version, path)

    # --- what goes wrong

    def fault(self, where: Where, fault: Fault) -> Fault:
        """From now on. Where several match, the first that still strikes is the one."""
        self._faults.append((matcher(where), fault))
        return fault

    def clear_faults(self) -> None:
        """All is well again; gates stay."""
        self._faults.clear()

    def hold(self, where: Where, *, answered: bool = False) -> Gate:
        """Matching requests wait at a gate. `answered`: they wait with what was true when they came."""
        gate = Gate()
        self._gates.append((matcher(where), gate, answered))
        return gate

    def style(self, **changes: Any) -> None:
        """Changes how answers look; see Style."""
        self.styles = dataclasses.replace(self.styles, **changes)

    # --- what was asked

    def asked(self, where: Where, *, method: str | None = None) -> list[Recorded]:
        """The recorded requests to a path, in order."""
        matches = matcher(where if callable(where) else plain(where))
        return [each for each in self.requests if matches(each) and method in (None, each.method)]

    def count(self, where: Where, *, method: str | None = None) -> int:
        """How many times a path was asked for, in whichever spelling."""
        return len(self.asked(where, method=method))

    # --- up and down

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, the same after a stop and a start."""
        return self._server.url

    async def start(self) -> None:
        """Answers again."""
        await self._server.start()

    async def stop(self) -> None:
        """Connections are refused from now on, and those open are dropped."""
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for _, gate, _ in self._gates:
            gate.release()
        await self._server.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.content.read()
        asked = Recorded(request.method, request.raw_path, request.headers, body)
        self.requests.append(asked)
        if self.latency:
            await asyncio.sleep(self.latency)
        gates = [(gate, answered) for matches, gate, answered in self._gates if matches(asked)]
        for gate in [gate for gate, answered in gates if not answered]:
            await gate.wait()
        answer = self._answer(asked)
        for gate in [gate for gate, answered in gates if answered]:
            await gate.wait()
        answer.headers.setdefault("Date", http_date(self.now))
        for matches, fault in self._faults:
            if matches(asked) and fault.strikes():
                return await fault.send(request, answer)
        return await wire.send(request, answer)

    def _answer(self, asked: Recorded) -> Answer:
        if self.token is not None and asked.headers.get("Authorization") != f"Bearer {self.token}":
            return Answer.json({"error": "Unauthorized"}, 401)
        return routes.answer(self, asked)
