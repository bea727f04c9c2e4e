"""What the stages hand each other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from proxy.npm.packument import SplitPackument, VersionEntry
from quarantine.digests import Digests
from quarantine.package import PackageName, PackageVersion
from quarantine.record import PackageRecord


@dataclass(frozen=True, slots=True)
class Packument:
    """A document with what we remember of its package; `stale` when the upstream could not be asked in time."""

    document: SplitPackument
    record: PackageRecord
    stale: bool = False

    @property
    def name(self) -> PackageName:
        """Whose document it is."""
        return self.record.name


@dataclass(frozen=True, slots=True)
class Manifest:
    """One version of a packument, as far as fetching its bytes needs it."""

    id: PackageVersion
    digests: Digests
    address: str
    """As the upstream listed it."""

    @classmethod
    def of(cls, packument: Packument, version: str) -> Manifest:
        """Take a version out of a document that lists it."""
        return cls.listed(packument.document, packument.name, version)

    @classmethod
    def listed(cls, document: SplitPackument, name: PackageName, version: str) -> Manifest:
        """The same of any document of a package."""
        entry: VersionEntry = document.versions[version]
        return cls(PackageVersion(name, version), Digests.parse(entry.digests), entry.tarball)


@dataclass(frozen=True, slots=True)
class Tarball:
    """Bytes that are verified, or whose last chunk is held back until they are."""

    size: int | None
    """Length in bytes; None while an upstream that did not say is still sending."""
    data: bytes | None
    """The whole, verified, where it is small."""
    stream: Callable[[int, int | None], AsyncIterator[bytes]]
    """The bytes from a start to an end (exclusive; None: the rest). Raises DownloadBroken instead of ending short."""
    sealed: bool
    """Whether everything is stored and verified, so that ranges may be cut out of it."""


class Cached(Protocol):
    """Anything that answers for packages out of what it keeps, or after asking the registry that has them."""

    async def packument(self, name: PackageName, newer_than: datetime | None = None) -> Packument:
        """The document; `newer_than` asks for a look at the upstream that is no older, stale when that fails."""
        ...

    async def known(self, name: PackageName) -> Packument | None:
        """What is kept, however old; asks nobody."""
        ...

    def replace_record(self, name: PackageName, record: PackageRecord) -> None:
        """What the ledger knows of a package changed beside a look."""
        ...

    async def tarball(self, manifest: Manifest) -> Tarball:
        """The bytes of one version."""
        ...

    async def size(self, manifest: Manifest) -> int | None:
        """Length in bytes of what is kept of a version; None when nothing is."""
        ...
