"""Packuments for tests of the pure formats: small, valid, and easy to spoil in one place."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from proxy.npm.packument import SplitPackument
from proxy.npm.split import split
from quarantine.digests import Digests
from quarantine.package import PackageName
from quarantine.record import PackageRecord, Sighting

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAME = "left-pad"
SHA512 = "sha512-" + base64.b64encode(bytes(range(64))).decode()
OTHER = "sha512-" + base64.b64encode(bytes(64)).decode()
SHASUM = bytes(range(20)).hex()

Json = dict[str, Any]


def manifest(version: str, **changes: Any) -> Json:
    """One version as a registry lists it."""
    return {
        "name": NAME,
        "version": version,
        "_id": f"{NAME}@{version}",
        "description": "pads on the left",
        "dist": {"integrity": SHA512, "shasum": SHASUM, "tarball": f"http://upstream.invalid/{NAME}/-/{NAME}-{version}.tgz"},
        **changes,
    }


def packument(*versions: str, **changes: Any) -> Json:
    """A whole document."""
    listed = versions or ("1.0.0", "1.1.0")
    return {
        "_id": NAME,
        "_rev": "7-abc",
        "name": NAME,
        "dist-tags": {"latest": listed[-1]},
        "versions": {version: manifest(version) for version in listed},
        "time": {
            "created": "2020-01-01T00:00:00.000Z",
            "modified": "2021-01-01T00:00:00.000Z",
            **{version: f"2020-0{1 + at}-01T00:00:00.000Z" for at, version in enumerate(listed)},
        },
        "readme": "# left-pad",
        **changes,
    }


def text(document: Any) -> bytes:
    """As bytes, in ASCII."""
    return json.dumps(document, separators=(",", ":")).encode()


def spoiled(version: str, field: bytes, value: bytes) -> bytes:
    """The document with one more field, written as given, in the manifest of one version."""
    marker = text({version: manifest(version)})[1:-1]
    whole = text(packument())
    assert marker in whole
    return whole.replace(marker, marker[:-1] + b"," + field + b":" + value + b"}")


def cut(body: bytes) -> SplitPackument:
    """Split under the usual name."""
    return split(body, NAME)


def sound(document: SplitPackument) -> list[str]:
    """The versions without a flaw."""
    return [version for version, entry in document.versions.items() if entry.flaw is None]


def record_of(document: SplitPackument) -> PackageRecord:
    """What a ledger holds after one look at noon."""
    seen = document.seen()
    sightings = {version: Sighting(version, NOON, seen[version].published, None, Digests()) for version in seen}
    return PackageRecord(PackageName(document.name), NOON, NOON, sightings=sightings)
