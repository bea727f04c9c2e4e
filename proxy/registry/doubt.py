"""Versions that the last look missed: gone only once another look, minutes later, misses them too, and until then they stay.

An upstream, or a mirror of it, that suddenly lists one version must not fail every build that has pinned another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import msgspec
from isal import igzip

from proxy.npm.packument import Piece, SplitPackument
from proxy.npm.split import retold
from proxy.registry.interface import Packument
from quarantine.record import PackageRecord

_PIECES = msgspec.msgpack.Decoder(dict[str, Piece])


def in_doubt(copy: Packument) -> bool:
    """Whether a version was missing at the last look and is not known to be gone, or is in the document all the same."""
    return any(
        sighting.missing_since is not None and (not sighting.gone or version in copy.document.versions)
        for version, sighting in copy.record.sightings.items()
    )


def missed(document: SplitPackument, earlier: SplitPackument, record: PackageRecord) -> dict[str, Piece]:
    """Those of the earlier document's versions that a later one no longer lists, and that are not known to be gone."""
    return {version: earlier.piece(version) for version in earlier.versions if _is_missed(document, version, record)}


def still_missed(document: SplitPackument, pieces: Mapping[str, Piece], record: PackageRecord) -> dict[str, Piece]:
    """The same of versions that were kept beside a stored document."""
    return {version: piece for version, piece in pieces.items() if _is_missed(document, version, record)}


def _is_missed(document: SplitPackument, version: str, record: PackageRecord) -> bool:
    sighting = record.sightings.get(version)
    lost = sighting is not None and sighting.missing_since is not None and not sighting.gone
    return lost and version not in document.versions


def with_missed(document: SplitPackument, pieces: Mapping[str, Piece]) -> SplitPackument:
    """The document with them, after its own: those that it is the first to miss come before those that were missed already."""
    return document.with_pieces(pieces) if pieces else document


def without_gone(document: SplitPackument, record: PackageRecord) -> SplitPackument:
    """The document as it is after a look that showed nothing; where all is gone it stays whole, and is not served."""
    gone = {version for version in document.versions if (known := record.sightings.get(version)) is not None and known.gone}
    if not gone or record.gone:
        return document
    left = {version: entry for version, entry in document.versions.items() if version not in gone}
    identity = hashlib.sha256("\n".join([document.identity, *sorted(gone)]).encode()).hexdigest()
    return replace(document, identity=identity, versions=left)


def missed_key(blob: str) -> str:
    """Where the versions are kept that belong to a stored document beside those it lists."""
    return f"missed/{blob.partition('/')[2]}"


def pack(pieces: Mapping[str, Piece]) -> bytes:
    """Versions as they are stored, led by a digest of theirs, so that damage shows."""
    plain = msgspec.msgpack.encode(pieces)
    packed: bytes = igzip.compress(hashlib.sha256(plain).digest() + plain, 2)
    return packed


def unpack(packed: bytes) -> dict[str, Piece]:
    """The versions; none where they are damaged, or were written by a release that knew other fields."""
    try:
        whole: bytes = igzip.decompress(packed)  # type: ignore[no-untyped-call]
        digest, plain = whole[:32], whole[32:]
        if hashlib.sha256(plain).digest() != digest:
            return {}
        return {version: retold(piece) for version, piece in _PIECES.decode(plain).items()}
    except Exception:
        return {}
