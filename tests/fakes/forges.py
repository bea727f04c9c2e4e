"""Registries that come with a code host, as strict and as odd as GitHub's and GitLab's are: real HTTP on loopback.

async with GitHub("Bearer s3cret") as own:
    own.publish("@acme/ui", "1.0.0", at=long_ago)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import unquote

from aiohttp import web

from tests.fakes.simulator import Answer, Published, Recorded, wire
from tests.fakes.simulator.clock import http_date
from tests.fakes.simulator.server import Server
from tests.fakes.simulator.shelf import Shelf

Json = dict[str, Any]


class Forge(ABC):
    """Answers nobody without its credential. Knows packuments and tarballs, and none of npm's other routes."""

    path: ClassVar[str] = ""

    def __init__(self, authorization: str) -> None:
        self.authorization = authorization
        """The whole header that it wants, such as `Bearer …` or `Basic …`."""
        self.asked: list[Recorded] = []
        self.now: datetime | None = None
        """What its `Date` says; None: what the machine's clock says."""
        self.shelf = Shelf()
        self._server = Server(self._handle)

    @property
    def url(self) -> str:
        """What is configured as upstream, without a slash at the end."""
        return self.host + self.path

    @property
    def host(self) -> str:
        """Without the path."""
        return self._server.url

    def publish(
        self, name: str, version: str, *, at: datetime, dependencies: Mapping[str, str] | None = None, **manifest: Any
    ) -> Published:
        """Add a version, under the address that this kind of registry gives to tarballs."""
        made = self.shelf.publish(
            self.url, name, version, at, dependencies=dependencies, files=None, manifest=manifest, tag="latest", tarball=None
        )
        self.arrange(name, made)
        return made

    async def start(self) -> None:
        """Answer again."""
        await self._server.start()

    async def stop(self) -> None:
        """Refuse connections."""
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._server.close()

    @abstractmethod
    def arrange(self, name: str, made: Published) -> None:
        """Make a version look as it does here."""

    @abstractmethod
    def tarball(self, path: str) -> Answer | None:
        """The answer to a path that is a tarball's, if it is one."""

    @abstractmethod
    def unknown(self, request: Recorded) -> Answer:
        """What whoever asks for a package hears that is not there."""

    def document(self, name: str) -> Json | None:
        """The packument, always the whole one."""
        return self.shelf.packuments.get(name)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = Recorded(request.method, request.raw_path, request.headers, await request.content.read())
        self.asked.append(asked)
        answer = self._answer(asked)
        if self.now is not None:
            answer.headers["Date"] = http_date(self.now)
        return await wire.send(request, answer)

    def _answer(self, asked: Recorded) -> Answer:
        if asked.headers.get("Authorization") != self.authorization:
            return Answer.json({"error": "authentication token not provided"}, 401, **{"WWW-Authenticate": "Bearer"})
        path = unquote(asked.path.partition("?")[0])
        if not path.startswith(f"{self.path}/") or asked.method not in {"GET", "HEAD"}:
            return Answer.json({"error": "404 Not Found"}, 404)
        path = path.removeprefix(self.path)
        if (found := self.tarball(path)) is not None:
            return found
        document = self.document(path[1:])
        return Answer.json(document) if document is not None else self.unknown(asked)


class GitHub(Forge):
    """Tarballs at `/download/…`, which sends on to a blob host: by a signed address, and that host takes no credentials."""

    SIGNATURE = "sig=aB%2Bc%2F1%3D&se=2026-12-01T00%3A00%3A00Z"

    def __init__(self, authorization: str) -> None:
        super().__init__(authorization)
        self.fetched: list[Recorded] = []
        """What the blob host was asked."""
        self._bytes: dict[str, bytes] = {}
        self._blobs = Server(self._blob)

    @property
    def blobs(self) -> str:
        """The origin of the blob host."""
        return self._blobs.url

    async def __aenter__(self) -> Self:
        await self._blobs.start()
        return await super().__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await super().__aexit__(kind, error, trace)
        await self._blobs.close()

    def arrange(self, name: str, made: Published) -> None:
        """The address ends with the digest, and not with .tgz."""
        made.manifest["dist"]["tarball"] = f"{self.url}/download/{name}/{made.version}/{made.shasum}"
        self._bytes[made.shasum] = made.tarball

    def tarball(self, path: str) -> Answer | None:
        if not path.startswith("/download/"):
            return None
        key = path.rpartition("/")[2]
        if key not in self._bytes:
            return Answer.json({"error": "not found"}, 404)
        return Answer(302, b"", {"Location": f"{self.blobs}/npm/{key}?{self.SIGNATURE}"})

    def unknown(self, request: Recorded) -> Answer:
        return Answer.json({"error": "npm package not found"}, 404)

    async def _blob(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = Recorded(request.method, request.raw_path, request.headers, b"")
        self.fetched.append(asked)
        path, _, query = asked.path.partition("?")
        if "Authorization" in asked.headers:
            answer = Answer(400, b"<Error><Code>InvalidArgument</Code></Error>", {"Content-Type": "application/xml"})
        elif query != self.SIGNATURE:
            answer = Answer(403, b"<Error><Code>AuthenticationFailed</Code></Error>", {"Content-Type": "application/xml"})
        else:
            answer = Answer(200, self._bytes[path.rpartition("/")[2]], {"Content-Type": "application/octet-stream"})
        return await wire.send(request, answer)


class GitLab(Forge):
    """Below a path of its own. No times, sha1 alone, the scope in file names; what it does not have it seeks elsewhere."""

    path = "/api/v4/projects/7/packages/npm"

    def __init__(self, authorization: str, forwards_to: str) -> None:
        super().__init__(authorization)
        self._forwards_to = forwards_to

    def arrange(self, name: str, made: Published) -> None:
        """`/@acme/ui/-/@acme/ui-1.0.0.tgz`."""
        path = f"/{name}/-/{name}-{made.version}.tgz"
        self.shelf.tarballs[path] = made.tarball
        made.manifest["dist"] = {"shasum": made.shasum, "tarball": self.url + path}

    def document(self, name: str) -> Json | None:
        document = self.shelf.packuments.get(name)
        return {key: document[key] for key in ("name", "versions", "dist-tags")} if document is not None else None

    def tarball(self, path: str) -> Answer | None:
        data = self.shelf.tarballs.get(path)
        return Answer(200, data, {"Content-Type": "application/octet-stream"}) if data is not None else None

    def unknown(self, request: Recorded) -> Answer:
        """Its "package forwarding", on unless an administrator turns it off."""
        if request.path.startswith(f"{self.path}/-/"):
            return Answer.json({"error": "404 Not Found"}, 404)
        return Answer(302, b"", {"Location": f"{self._forwards_to}{request.path.removeprefix(self.path)}"})
