"""A packument taken apart without being understood: an index of its versions, and their text ready to be cut and joined.

What we do not know of a document is passed on byte for byte. Only `dist` is read and written anew, since clients take the last of
two equal keys and other readers may not, and since `dist.tarball` has to point at us.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import msgspec

from proxy.npm.instants import parse_instant
from quarantine.digests import Digests
from quarantine.gate import Listed
from quarantine.package import PackageName
from quarantine.record import Seen

GAP = b"\0"
"""Stands in the text where the base address of whoever asks goes; no JSON document can contain it."""


class Variant(StrEnum):
    """Which document of a package is wanted."""

    FULL = "full"
    ABBREVIATED = "abbreviated"


class VersionEntry(msgspec.Struct, frozen=True, array_like=True):
    """One version of a split packument; with a `flaw` it has no text, and is never shown."""

    flaw: str | None = None
    position: int = -1
    """Which piece of the text is its own, counted from 0; -1: none."""
    tarball: str = ""
    """The address as the upstream wrote it, chosen by whoever published: never fetched without a check."""
    digests: str = ""
    """`Digests` as text; empty where none is usable."""
    time: str | None = None
    """The upstream's own words for when it was published."""
    deprecated: bool = False
    scripted: bool = False
    """Whether anything in it says that installing runs a script: clients differ in where they look."""
    bundling: bool = False
    """Whether it says that the tarball has packages of its own inside, of whose scripts it cannot speak."""


class Index(msgspec.Struct, frozen=True, array_like=True):
    """Everything of a split packument but its text. Plain values only, so that it can be stored and come from another process."""

    identity: str
    """Names the document's content: sha256 of its bytes, in hexadecimal."""
    name: str
    head: tuple[tuple[str, bytes], ...]
    """Top-level fields that we do not look into, in upstream's order, as raw JSON."""
    tags: dict[str, str]
    versions: dict[str, VersionEntry]
    created: str | None
    modified: str | None
    full: bytes
    """Where each piece of the full text ends: unsigned 32-bit numbers of this machine. A piece begins where the last one ends."""
    abbreviated: bytes
    times: bytes


TIMES = "times"

GROUP = 2**19
"""Bytes of full text that are packed together, so that a change costs packing so much again and not everything."""

REGIONS = (Variant.FULL.value, Variant.ABBREVIATED.value, TIMES)
"""The three texts of a document. `times` has the entries of `time`; an empty piece for a version without a usable one."""


class Text(Protocol):
    """Where the text is: each piece `"1.0.0":{…},` with its comma, one behind the other, with `GAP` for the base address."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes in memory."""
        ...

    def cut(self, region: str, begin: int, end: int) -> bytes:
        """A stretch of one of `REGIONS`."""
        ...


class MemoryText(msgspec.Struct, frozen=True, array_like=True):
    """The text in memory."""

    full: bytes
    abbreviated: bytes
    times: bytes

    @property
    def weight(self) -> int:
        return len(self.full) + len(self.abbreviated) + len(self.times)

    def cut(self, region: str, begin: int, end: int) -> bytes:
        whole: bytes = getattr(self, region)
        return whole[begin:end]


class Extended:
    """A text with more behind it; what was there stays where it is, in memory or not."""

    def __init__(self, text: Text, sizes: Mapping[str, int], more: MemoryText) -> None:
        """`sizes`: how long each of `REGIONS` was."""
        self._text = text
        self._sizes = sizes
        self._more = more

    @property
    def weight(self) -> int:
        return self._text.weight + self._more.weight

    def cut(self, region: str, begin: int, end: int) -> bytes:
        size = self._sizes[region]
        if end <= size:
            return self._text.cut(region, begin, end)
        before = self._text.cut(region, begin, size) if begin < size else b""
        return before + self._more.cut(region, max(0, begin - size), end - size)


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """One version with its text, cut out of a document to be put into another."""

    entry: VersionEntry
    text: MemoryText


@dataclass(frozen=True)
class SplitPackument:
    """A whole packument, split."""

    identity: str
    name: str
    head: tuple[tuple[str, bytes], ...]
    tags: dict[str, str]
    versions: dict[str, VersionEntry]
    created: str | None
    modified: str | None
    ends: Mapping[str, array[int]] = field(repr=False)
    """By variant, and `times`: where each piece ends."""
    text: Text = field(repr=False)

    @classmethod
    def of(cls, index: Index, text: Text) -> SplitPackument:
        """Put an index and its text together."""
        ends = {key: array("I", getattr(index, key)) for key in REGIONS}
        return cls(index.identity, index.name, index.head, index.tags, index.versions, index.created, index.modified, ends, text)

    @property
    def index(self) -> Index:
        """What is to be stored beside the text."""
        ends = (self.ends[key].tobytes() for key in REGIONS)
        return Index(self.identity, self.name, self.head, self.tags, self.versions, self.created, self.modified, *ends)

    @cached_property
    def weight(self) -> int:
        """About how many bytes this takes in memory."""
        return self.text.weight + sum(len(raw) for _, raw in self.head) + 1500 * len(self.versions) + 2000

    @cached_property
    def listed(self) -> dict[str, Listed]:
        """What the gate needs to know of each version."""
        return {
            version: Listed(Digests.parse(entry.digests) or None, entry.flaw, entry.scripted, entry.bundling)
            for version, entry in self.versions.items()
        }

    @cached_property
    def deprecated(self) -> frozenset[str]:
        """The versions whose publisher says not to use them."""
        return frozenset(version for version, entry in self.versions.items() if entry.deprecated)

    def seen(self) -> dict[str, Seen]:
        """What a look at this document shows."""
        return {
            version: Seen(parse_instant(entry.time), Digests.parse(entry.digests)) for version, entry in self.versions.items()
        }

    @property
    def package(self) -> PackageName:
        """The name, which `split` has checked."""
        return PackageName(self.name)

    def size(self, variant: Variant) -> int:
        """Length in bytes of the text of all versions in one variant."""
        ends = self.ends[variant]
        return ends[-1] if ends else 0

    def span(self, key: str, position: int) -> tuple[int, int]:
        """Where a piece begins and ends, its comma included."""
        ends = self.ends[key]
        return (ends[position - 1] if position else 0), ends[position]

    def piece(self, version: str) -> Piece:
        """Cut a version out."""
        entry = self.versions[version]
        if entry.position < 0:
            return Piece(entry, MemoryText(b"", b"", b""))
        return Piece(entry, MemoryText(*(self.text.cut(key, *self.span(key, entry.position)) for key in REGIONS)))

    def with_pieces(self, pieces: Mapping[str, Piece]) -> SplitPackument:
        """The document with these versions: behind its own where it has no such version, else in place of that one."""
        ends = {key: array("I", self.ends[key]) for key in REGIONS}
        sizes = {key: ends[key][-1] if ends[key] else 0 for key in REGIONS}
        parts: dict[str, list[bytes]] = {key: [] for key in REGIONS}
        versions = dict(self.versions)
        identity = hashlib.sha256(self.identity.encode())
        for version, piece in pieces.items():
            position = len(ends[TIMES]) if piece.entry.position >= 0 else -1
            versions[version] = msgspec.structs.replace(piece.entry, position=position)
            identity.update(msgspec.msgpack.encode((version, piece)))
            for key in REGIONS if position >= 0 else ():
                cut: bytes = getattr(piece.text, key)
                parts[key].append(cut)
                ends[key].append((ends[key][-1] if ends[key] else 0) + len(cut))
        more = MemoryText(*(b"".join(parts[key]) for key in REGIONS))
        text = Extended(self.text, sizes, more)
        return replace(self, identity=identity.hexdigest(), versions=versions, ends=ends, text=text)

    @cached_property
    def by_time(self) -> tuple[str, ...]:
        """The versions that have a usable time, the oldest first."""
        known = [(instant, version) for version, entry in self.versions.items() if (instant := parse_instant(entry.time))]
        return tuple(version for _, version in sorted(known))

    @cached_property
    def timeless(self) -> frozenset[str]:
        """The versions for which the upstream has no usable time."""
        spans = {version: self.span(TIMES, entry.position) for version, entry in self.versions.items() if entry.position >= 0}
        return frozenset(version for version, (begin, end) in spans.items() if begin == end)

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The versions in upstream's order, so many together that their full text is about `GROUP` bytes."""
        groups: list[list[str]] = [[]]
        weight = 0
        for version, entry in self.versions.items():
            if weight >= GROUP:
                groups.append([])
                weight = 0
            groups[-1].append(version)
            if entry.position >= 0:
                begin, end = self.span(Variant.FULL, entry.position)
                weight += end - begin
        return tuple(tuple(group) for group in groups)

    def runs(self, key: str, shown: frozenset[str], among: Iterable[str] | None = None) -> Iterator[tuple[int, int]]:
        """The stretches of a region that hold exactly the pieces of these versions, each as long as can be."""
        begin = end = -1
        for version in self.versions if among is None else among:
            entry = self.versions[version]
            if entry.position < 0 or version not in shown:
                continue
            first, last = self.span(key, entry.position)
            if first == end:
                end = last
                continue
            if end > begin:
                yield begin, end
            begin, end = first, last
        if end > begin:
            yield begin, end
