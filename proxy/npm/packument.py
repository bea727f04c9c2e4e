"""A packument taken apart without being understood: per-version fragments, ready to be joined again.

What we do not know of a document is passed on byte for byte. Only `dist` is read and written anew, since clients take the last of
two equal keys and other readers may not, and since `dist.tarball` has to point at us.
"""

from __future__ import annotations

import msgspec

from proxy.npm.instants import parse_instant
from quarantine.digests import Digests
from quarantine.gate import Listed
from quarantine.package import PackageName
from quarantine.record import Seen


class Fragment(msgspec.Struct, frozen=True, array_like=True):
    """A version's JSON with a gap where the address of its tarball goes."""

    before: bytes
    after: bytes


class VersionEntry(msgspec.Struct, frozen=True, array_like=True):
    """One version of a split packument; with a `flaw` there are no fragments, and it is never shown."""

    flaw: str | None = None
    full: Fragment | None = None
    abbreviated: Fragment | None = None
    tarball: str = ""
    """The address as the upstream wrote it, chosen by whoever published: never fetched without a check."""
    digests: str = ""
    """`Digests` as text; empty where none is usable."""
    time: str | None = None
    """The upstream's own words for when it was published."""
    deprecated: bool = False


class SplitPackument(msgspec.Struct, frozen=True, array_like=True):
    """A whole packument, split. Plain values only, so that it can come out of another process."""

    name: str
    head: tuple[tuple[str, bytes], ...]
    """Top-level fields that we do not look into, in upstream's order, as raw JSON."""
    tags: dict[str, str]
    versions: dict[str, VersionEntry]
    created: str | None
    modified: str | None
    weight: int
    """About how many bytes this takes in memory."""

    def listed(self) -> dict[str, Listed]:
        """What the gate needs to know of each version."""
        return {version: Listed(Digests.parse(entry.digests) or None, entry.flaw) for version, entry in self.versions.items()}

    def seen(self) -> dict[str, Seen]:
        """What a look at this document shows."""
        return {
            version: Seen(parse_instant(entry.time), Digests.parse(entry.digests)) for version, entry in self.versions.items()
        }

    @property
    def package(self) -> PackageName:
        """The name, which `split` has checked."""
        return PackageName(self.name)
