"""The registry that a team comes from: below a path of its own, with addresses of its own in every document."""

from __future__ import annotations

from types import TracebackType
from typing import Self
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.simulator import Answer, Simulator, wire
from tests.fakes.simulator.documents import ABBREVIATED, packument, wants_abbreviated
from tests.fakes.simulator.server import Server

NEXUS = "/repository/npm"
ARTIFACTORY = "/artifactory/api/npm/npm"


class OldHost:
    """Serves what the simulator has, and remembers what it was asked for."""

    def __init__(self, upstream: Simulator, path: str = NEXUS, *, scope_twice: bool = False) -> None:
        """`scope_twice`: a scope stands in the file name too, as Artifactory has it for what was published there."""
        self.asked: list[str] = []
        """Decoded paths without the host's own, in order."""
        self.public = ""
        """What addresses in documents begin with, where that is another host than this one."""
        self._upstream = upstream
        self._path = path
        self._scope_twice = scope_twice
        self._server = Server(self._handle)

    @property
    def url(self) -> str:
        """With the path, without a slash at the end."""
        return (self.public or self._server.url) + self._path

    @property
    def host(self) -> str:
        """Without the path."""
        return self._server.url

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._server.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = unquote(request.raw_path.split("?", 1)[0]).removeprefix(self._path)
        self.asked.append(path)
        return await wire.send(request, self._answer(path, request.headers.get("Accept", "*/*")))

    def _answer(self, path: str, accept: str) -> Answer:
        name, between, file = path.removeprefix("/").partition("/-/")
        if between:
            data = self._upstream.shelf.tarballs.get(f"/{name}/-/{file.rpartition('/')[2]}")
            return Answer.missing() if data is None else Answer(200, data, {"Content-Type": "application/octet-stream"})
        document = self._upstream.shelf.packuments.get(name)
        if document is None:
            return Answer.missing()
        short = wants_abbreviated(accept)
        shown = packument(document, self._upstream.styles, abbreviated=short)
        scope = f"{name.partition('/')[0]}/" if self._scope_twice and name.startswith("@") else ""
        shown["versions"] = {
            version: {**entry, "dist": {**entry["dist"], "tarball": f"{self.url}/{name}/-/{scope}{_file(name, version)}"}}
            for version, entry in shown["versions"].items()
        }
        answer = Answer.json(shown)
        if short:
            answer.headers["Content-Type"] = ABBREVIATED
        return answer


def _file(name: str, version: str) -> str:
    return f"{name.rpartition('/')[2]}-{version}.tgz"
