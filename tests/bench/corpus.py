"""A corpus on disk: packuments, tarballs and the lockfiles of applications, with the registry's address left open.

index.json                           what there is
packuments/NAME.json                 full documents; dist.tarball lies below PLACEHOLDER
abbreviated/NAME.json                the same, as npm's short form
tarballs/FILE.tgz
applications/LABEL/package.json      and package-lock.json, whose `resolved` lies below PLACEHOLDER
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from tests.fakes.simulator.documents import packument
from tests.fakes.simulator.publishing import tarball_path
from tests.fakes.simulator.style import Style

PLACEHOLDER = "http://registry.example"
INDEX = "index.json"


class Package(msgspec.Struct, frozen=True):
    """A package as recorded."""

    name: str
    versions: int
    size: int
    """Bytes of the full document."""
    synthetic: bool = False

    @property
    def path(self) -> str:
        """As npm asks for it."""
        return "/" + self.name.replace("/", "%2f")


class Tarball(msgspec.Struct, frozen=True):
    """A tarball as recorded."""

    name: str
    version: str
    size: int
    sha256: str

    @property
    def path(self) -> str:
        """Where it is served."""
        return tarball_path(self.name, self.version)


class Application(msgspec.Struct, frozen=True):
    """A real application, ready for `npm ci`."""

    label: str
    packages: int


class Index(msgspec.Struct):
    """All of a corpus, in one file."""

    packages: list[Package] = []
    tarballs: list[Tarball] = []
    applications: list[Application] = []
    missing: list[str] = []
    """What the registry did not have when the corpus was recorded."""


@dataclass
class Corpus:
    """A corpus to read from or to write into."""

    root: Path
    index: Index

    @classmethod
    def open(cls, root: Path) -> Corpus:
        """Raises FileNotFoundError where nothing has been recorded."""
        return cls(root, msgspec.json.decode((root / INDEX).read_bytes(), type=Index))

    @classmethod
    def create(cls, root: Path) -> Corpus:
        """An empty one, or what an interrupted recording has left."""
        for folder in ("packuments", "abbreviated", "tarballs", "applications"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        return cls.open(root) if (root / INDEX).exists() else cls(root, Index())

    def save(self) -> None:
        """Write the index."""
        part = self.root / f"{INDEX}.part"
        part.write_bytes(msgspec.json.format(msgspec.json.encode(self.index), indent=1))
        part.rename(self.root / INDEX)

    def put_packument(self, document: dict[str, Any], *, synthetic: bool = False) -> Package:
        """Keep a document with its tarballs' addresses left open."""
        name: str = document["name"]
        for version, entry in document["versions"].items():
            entry["dist"]["tarball"] = PLACEHOLDER + tarball_path(name, version)
        body = msgspec.json.encode(document)
        self.packument_file(name).write_bytes(body)
        self.packument_file(name, abbreviated=True).write_bytes(msgspec.json.encode(packument(document, SHORT, abbreviated=True)))
        made = Package(name, len(document["versions"]), len(body), synthetic)
        self.index.packages = [each for each in self.index.packages if each.name != name] + [made]
        return made

    def packument_file(self, name: str, *, abbreviated: bool = False) -> Path:
        """Where a document is."""
        return self.root / ("abbreviated" if abbreviated else "packuments") / f"{quote(name, safe='@')}.json"

    def tarball_file(self, name: str, version: str) -> Path:
        """Where a tarball is."""
        return self.root / "tarballs" / f"{quote(name, safe='@')}-{quote(version, safe='+')}.tgz"

    def application(self, label: str) -> Path:
        """The folder with the application's two files."""
        return self.root / "applications" / label

    def digests(self, name: str) -> dict[str, str]:
        """version -> integrity, as the upstream has it."""
        return digests_in(msgspec.json.decode(self.packument_file(name).read_bytes()))

    @property
    def recorded(self) -> list[Package]:
        """Packages of the real application, without what was made up."""
        return [each for each in self.index.packages if not each.synthetic]


SHORT = Style()


def digests_in(document: Mapping[str, Any]) -> dict[str, str]:
    """version -> integrity (or shasum, for what is older than integrity)."""
    versions = document["versions"]
    return {version: str(entry["dist"].get("integrity") or entry["dist"].get("shasum")) for version, entry in versions.items()}
