"""The upstream of the model: a simulator whose every answer is written down, and the changes that the machine makes to it."""

from __future__ import annotations

import copy
import random
from datetime import timedelta

from aiohttp import web

from tests.fakes.clock import FakeClock
from tests.fakes.simulator import Answer, Fault, Simulator, wire
from tests.fakes.simulator.clock import npm_time
from tests.fakes.simulator.where import plain
from tests.model.looks import Fetch, Json, Look

LARGE = 70_000


class Upstream:
    """One registry."""

    def __init__(self, clock: FakeClock) -> None:
        self.registry = Simulator()
        self.registry.now = clock.now()
        self.clock = clock
        self.down = False
        self.undated: set[str] = set()
        """Packages whose documents do not say when they were modified."""
        self.looks: list[Look] = []
        self.fetches: list[Fetch] = []
        self._taken: dict[tuple[str, str], Json] = {}
        self._vanished: dict[str, Json] = {}
        self._made = 0
        self.registry.fault(lambda asked: True, Fault(self._send))

    # --- what it holds

    def document(self, name: str) -> Json | None:
        """The packument; None where there is none."""
        return self.registry.shelf.packuments.get(name)

    def listed(self, name: str) -> list[str]:
        """The versions it lists."""
        return list((self.document(name) or {"versions": ()})["versions"])

    def hits(self) -> dict[str, str]:
        """What its search finds of everything, and the version that each hit names."""
        shelf = self.registry.shelf.packuments
        return {
            name: each["dist-tags"].get("latest", next(iter(each["versions"])))
            for name, each in shelf.items()
            if each["versions"]
        }

    # --- what happens to it

    def publish(self, name: str, version: str, age: timedelta, trouble: str, tag: str | None) -> None:
        """A version that was published so long ago, as it says, and what is wrong with it."""
        if name in self._vanished:
            return
        now = self.clock.now()
        self.registry.publish(name, version, at=now - age, tag=tag, files=self._files(version))
        self.registry.attestations[f"{name}@{version}"] = {"attestations": [{"of": version}]}
        document = self.registry.package(name)
        entry = document["versions"][version]
        match trouble:
            case "no time":
                del document["time"][version]
            case "naive time":
                document["time"][version] = npm_time(now - age).removesuffix("Z")
            case "sha1 only":
                del entry["dist"]["integrity"]
            case "no digest":
                del entry["dist"]["integrity"], entry["dist"]["shasum"]
            case "other name":
                entry["name"] = "other"
            case "other bytes":
                self.exchange(name, version)
        self._touch(name)

    def publish_again(self, name: str, version: str) -> None:
        """Other bytes, told by other digests; as if nothing had happened otherwise."""
        time, tags = dict(self.registry.package(name)["time"]), dict(self.registry.package(name)["dist-tags"])
        self.registry.publish(name, version, tag=None, files=self._files(version))
        self.registry.package(name).update({"time": time, "dist-tags": tags})
        self._touch(name)

    def exchange(self, name: str, version: str) -> None:
        """Other bytes under the same digests."""
        self.registry.replace_bytes(name, version, f"not what was promised {self._next()}".encode())

    def mend(self, name: str, version: str) -> None:
        """The digests of the bytes that there are."""
        data = self.registry.shelf.tarballs[self.registry.shelf.path_of(self.registry.package(name)["versions"][version])]
        from tests.fakes.simulator.tarball import integrity_of, shasum_of

        dist = self.registry.package(name)["versions"][version]["dist"]
        dist.update({"integrity": integrity_of(data), "shasum": shasum_of(data)})
        self._touch(name)

    def unpublish(self, name: str, version: str) -> None:
        """Take a version away."""
        self._taken[name, version] = copy.deepcopy(self.registry.package(name)["versions"][version])
        self.registry.unpublish(name, version, keep_tarball=True)
        self.registry.package(name)["time"].pop("unpublished", None)
        self._touch(name)

    def vanish(self, name: str) -> None:
        """404 from now on."""
        self._vanished[name] = self.registry.shelf.packuments.pop(name)

    def put_back(self, name: str) -> None:
        """Whatever was taken away of a package."""
        if name in self._vanished:
            self.registry.shelf.packuments[name] = self._vanished.pop(name)
        for (package, version), entry in list(self._taken.items()):
            if package == name and self.document(name) is not None:
                self.registry.package(name)["versions"].setdefault(version, entry)
                del self._taken[package, version]
        if self.document(name) is not None:
            self._touch(name)

    def tag(self, name: str, tag: str, version: str | None) -> None:
        """Move a tag, or drop it."""
        if version is not None or tag in self.registry.package(name)["dist-tags"]:
            self.registry.tag(name, tag, version)
            self._touch(name)

    def deprecate(self, name: str, version: str) -> None:
        """Deprecate a version, or take that back."""
        deprecated = "deprecated" in self.registry.package(name)["versions"][version]
        self.registry.deprecate(name, version, "" if deprecated else "no longer maintained")
        self._touch(name)

    def _touch(self, name: str) -> None:
        """The upstream's clock of the whole document only ever grows, where it has one."""
        if name in self.undated:
            self.registry.package(name)["time"].pop("modified", None)
        else:
            self.registry.package(name)["time"]["modified"] = npm_time(self.clock.now())

    def _files(self, version: str) -> dict[str, str | bytes]:
        """What nobody has published before; of one version so much that no proxy keeps it in memory."""
        much = {"data": random.Random(0).randbytes(LARGE)} if version == "2.0.0" else {}
        return {"index.js": f"{self._next()}", **much}

    def _next(self) -> int:
        self._made += 1
        return self._made

    # --- what it is asked

    async def _send(self, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
        if self.down:
            answer = Answer.json({"error": "down"}, 503, Date=answer.headers["Date"])
        path = plain(request.raw_path).lstrip("/")
        if not path.startswith("-/"):
            self._write_down(path, answer)
        return await wire.send(request, answer)

    def _write_down(self, path: str, answer: Answer) -> None:
        now = self.clock.now()
        name, dash, file = path.partition("/-/")
        if dash:
            version = file.removeprefix(f"{name.rpartition('/')[2]}-").removesuffix(".tgz")
            self.fetches.append(Fetch(now, name, version, answer.status, answer.body, len(self.looks)))
            return
        status = 200 if answer.status == 304 else answer.status
        document = copy.deepcopy(self.registry.shelf.packuments[name]) if status == 200 else None
        self.looks.append(Look(now, name, status, document))
