"""What trust consists of, for people: `trust show`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proxy.attestations.periods import Period, periods_of
from proxy.attestations.trust import Trust, read_root


@dataclass(frozen=True, slots=True)
class Anchor:
    """One key or authority that is believed."""

    what: str
    """`log`, `certificate authority`, `certificate log`, `timestamp authority`, or what a key of the registry is for."""
    name: str
    """Its address, or the registry's name for its key."""
    sha256: str
    """Of the key (SubjectPublicKeyInfo), or of an authority's first certificate, in hexadecimal."""
    start: datetime | None
    end: datetime | None
    """When it is not in use any more; what it signed before stays good."""


def anchors_of(trust: Trust) -> list[Anchor]:
    """All of them, in the order of the trusted root, then the registry's keys. Raises BadTrust."""
    return [*_sigstore(trust), *_registry(trust)]


def _sigstore(trust: Trust) -> Iterator[Anchor]:
    lists, periods = read_root(trust.root), periods_of(trust)
    logs = [period for _, period in periods.logs]
    yield from (_key("log", *each) for each in zip(lists["tlogs"], logs, strict=True))
    yield from (
        _authority("certificate authority", *each)
        for each in zip(lists["certificateAuthorities"], periods.authorities, strict=True)
    )
    yield from (_key("certificate log", *each) for each in zip(lists["ctlogs"], periods.ct_logs, strict=True))
    yield from (
        _authority("timestamp authority", *each) for each in zip(lists["timestampAuthorities"], periods.timestampers, strict=True)
    )


def _registry(trust: Trust) -> Iterator[Anchor]:
    for key in trust.keys.keys:
        what = key.usage or "npm:signatures and npm:attestations"
        yield Anchor(what, key.keyid, hashlib.sha256(key.der).hexdigest(), key.start, key.end)


def _key(what: str, entry: dict[str, Any], period: Period) -> Anchor:
    return Anchor(what, str(entry.get("baseUrl", "")), _digest(entry["publicKey"].get("rawBytes")), period.start, period.end)


def _authority(what: str, entry: dict[str, Any], period: Period) -> Anchor:
    chain = entry.get("certChain", {}).get("certificates") or [{}]
    return Anchor(what, str(entry.get("uri", "")), _digest(chain[0].get("rawBytes")), period.start, period.end)


def _digest(text: object) -> str:
    return hashlib.sha256(base64.b64decode(text if isinstance(text, str) else "")).hexdigest()
