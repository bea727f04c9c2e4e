"""By whom attestations are believed: Sigstore's root, or a private one, and the registry's keys. Data, quick to import."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import msgspec

from proxy.npm.signing_keys import SigningKeys, read_signing_keys
from quarantine.errors import PratiqueError

GITHUB = "https://token.actions.githubusercontent.com"
GITLAB = "https://gitlab.com"
ISSUERS = frozenset({GITHUB, GITLAB})
"""Who may vouch for a run: Sigstore gives a certificate to anybody with an e-mail address as well."""

ROOT_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
MAX_BYTES = 1 << 20


class BadTrust(PratiqueError):
    """A trusted root cannot be used."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Two that are equal lead to the same outcomes."""

    root: bytes = field(compare=False, repr=False)
    """A Sigstore trusted root (JSON, `TrustedRoot` of https://github.com/sigstore/protobuf-specs)."""
    keys: SigningKeys = field(compare=False, repr=False)
    issuers: frozenset[str] = field(default=ISSUERS, compare=False)
    fingerprint: str = field(init=False)
    """sha256 over all of it, in hexadecimal."""

    def __post_init__(self) -> None:
        text = repr((self.root, self.keys, sorted(self.issuers)))
        object.__setattr__(self, "fingerprint", hashlib.sha256(text.encode()).hexdigest())


def packaged_trust() -> Trust:
    """What comes with this version of pratique: Sigstore's public root and the public registry's keys, good without a network."""
    material = resources.files("proxy.attestations") / "material"
    return Trust((material / "sigstore-root.json").read_bytes(), read_signing_keys((material / "npm-keys.json").read_bytes()))


def read_trust(root: Path | None, keys: Path | None, issuers: frozenset[str] = ISSUERS) -> Trust:
    """Trust out of files; what is None is the packaged one. Raises BadTrust, BadKeys, and OSError where a file cannot be read."""
    packaged = packaged_trust()
    found = packaged.root if root is None else root.read_bytes()
    read_root(found)
    return Trust(found, packaged.keys if keys is None else read_signing_keys(keys.read_bytes()), issuers)


def read_root(data: bytes) -> dict[str, list[dict[str, object]]]:
    """The four lists of a trusted root: `tlogs`, `certificateAuthorities`, `ctlogs`, `timestampAuthorities`.

    Raises BadTrust where one that is needed is empty; whether the keys in them can be used, only `anchors` can say.
    """
    try:
        document = msgspec.json.decode(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError) as error:
        raise BadTrust(f"the trusted root is not JSON: {error}") from None
    if not isinstance(document, dict) or document.get("mediaType") != ROOT_TYPE:
        raise BadTrust(f'the trusted root must be an object with the mediaType "{ROOT_TYPE}"')
    lists = {}
    for name in ("tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"):
        entries = document.get(name) or []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise BadTrust(f"{name} of the trusted root must be a list of objects")
        if not entries and name != "timestampAuthorities":
            raise BadTrust(f"the trusted root has no {name}")
        lists[name] = entries
    return lists
