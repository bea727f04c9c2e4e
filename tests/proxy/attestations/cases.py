"""One version with everything that vouches for it, and short ways to spoil that."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from proxy.attestations.trust import Trust
from proxy.attestations.verify import verify
from quarantine.package import PackageVersion
from quarantine.provenance import Provenance
from tests.fakes.sigstore import (
    PUBLISH,
    SLSA_1,
    WHEN,
    FakeSigstore,
    answer,
    github_identity,
    github_predicate,
    publish_predicate,
    statement,
)

NAME, VERSION = "@acme/widget", "1.0.0"
REPOSITORY = "acme/widget"
PACKAGE = PackageVersion.parse(f"{NAME}@{VERSION}")
SHA512 = hashlib.sha512(b"the tarball").digest()
OTHER = hashlib.sha512(b"another tarball").digest()

Json = dict[str, Any]


def subject(name: str = f"pkg:npm/%40acme/widget@{VERSION}", sha512: bytes = SHA512) -> list[Json]:
    """Of a statement."""
    return [{"name": name, "digest": {"sha512": sha512.hex()}}]


def slsa(predicate_type: str = SLSA_1, repository: str = REPOSITORY, **changes: Any) -> bytes:
    """The statement of a workflow about our version."""
    predicate = changes.pop("predicate", None) or github_predicate(predicate_type, repository)
    return statement(NAME, VERSION, SHA512, predicate_type, predicate, **changes)


def listed(**changes: Any) -> bytes:
    """The registry's statement about our version."""
    predicate = changes.pop("predicate", None) or publish_predicate(NAME, VERSION)
    return statement(NAME, VERSION, SHA512, PUBLISH, predicate, **changes)


def provenance(sigstore: FakeSigstore, payload: bytes | None = None, **knobs: Any) -> Json:
    """A workflow's bundle, good unless told otherwise."""
    knobs.setdefault("identity", github_identity(REPOSITORY))
    return sigstore.provenance(slsa() if payload is None else payload, **knobs)


def publish(sigstore: FakeSigstore, payload: bytes | None = None, **knobs: Any) -> Json:
    """The registry's bundle, good unless told otherwise."""
    return sigstore.publish(listed() if payload is None else payload, **knobs)


def judge(
    document: bytes | None, trust: Trust, *, package: PackageVersion = PACKAGE, sha512: bytes = SHA512, now: datetime = WHEN
) -> Provenance:
    """Verify an answer."""
    return verify(document, package, sha512, trust, None, now)


def judged(sigstore: FakeSigstore, bundle: Json, announced: str = SLSA_1, trust: Trust | None = None) -> Provenance:
    """Verify an answer with this bundle alone."""
    return judge(answer((announced, bundle)), trust or sigstore.trust())


def edited(bundle: Json, edit: Callable[[Json], object]) -> Json:
    """A copy in which something has been changed."""
    copied = copy.deepcopy(bundle)
    edit(copied)
    return copied


def entry_of(bundle: Json) -> Json:
    """Its log entry."""
    entry: Json = bundle["verificationMaterial"]["tlogEntries"][0]
    return entry


def altered(text: str) -> str:
    """The same base64 with one other character near its middle."""
    middle = len(text) // 2
    return f"{text[:middle]}{'A' if text[middle] != 'A' else 'B'}{text[middle + 1 :]}"


def decoded(payload: bytes) -> Json:
    """A statement as an object."""
    found: Json = json.loads(payload)
    return found
