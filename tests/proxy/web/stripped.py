"""A registry with packages that run things when installed, and the proxy before it, which serves them without."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from proxy.signing.key import SigningKey
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Published, Simulator
from tests.proxy.web.scene import DAY, NOW, Scene

UPSTREAM_KEY = SigningKey.generate()
"""What the upstream signs with."""

RUNS = {"scripts": {"test": "true", "postinstall": "node index.js"}}

STRIP = {"mode": "strip"}


def npm_key(key: SigningKey) -> dict[str, Any]:
    """As a registry shows it."""
    kind = "ecdsa-sha2-nistp256"
    return {"expires": None, "keyid": key.public.fingerprint, "keytype": kind, "scheme": kind, "key": key.public.text}


def sign(published: Published, key: SigningKey = UPSTREAM_KEY) -> Published:
    """With the upstream's signature, and an attestation."""
    dist = published.manifest["dist"]
    signature = key.sign(f"{published.name}@{published.version}:{published.integrity}")
    dist["signatures"] = [{"keyid": key.public.fingerprint, "sig": signature}]
    return published


@asynccontextmanager
async def stripping(data_dir: Path, clock: FakeClock | None = None, **sections: Any) -> AsyncIterator[Scene]:
    """`runs` 1.0.0 and 1.1.0 have a script, `plain` 1.0.0 has none, and all are old."""
    clock = clock or FakeClock(NOW)
    async with Simulator() as upstream:
        upstream.now = clock.now()
        upstream.keys = [npm_key(UPSTREAM_KEY)]
        async with running_proxy(
            upstream.url, data_dir, clock, **{"scripts": STRIP, "examiner": {"enabled": True}, **sections}
        ) as proxy:
            stage = Scene(upstream, proxy, clock)
            for name, version, own in (("runs", "1.0.0", RUNS), ("runs", "1.1.0", RUNS), ("plain", "1.0.0", {})):
                sign(upstream.publish(name, version, at=clock.now() - 400 * DAY, manifest=own))
                upstream.attestations[f"{name}@{version}"] = {"attestations": [{"of": f"{name}@{version}"}]}
            yield stage


def files_of(packed: bytes) -> dict[str, bytes]:
    """What is in a tarball, without its root."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {member.name.partition("/")[2]: archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def manifest_in(packed: bytes) -> dict[str, Any]:
    """The package.json in a tarball."""
    return dict(json.loads(files_of(packed)["package.json"]))


def sri(digest: bytes, algorithm: str = "sha512") -> str:
    """As `dist.integrity` writes it."""
    return f"{algorithm}-{base64.b64encode(digest).decode()}"


def tarball_of(name: str, version: str) -> str:
    """The path of a tarball."""
    return f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


def is_signed(version: Mapping[str, Any], key: SigningKey) -> bool:
    """Whether the version's one signature is this key's, of what it is listed with."""
    (signature,) = version["dist"]["signatures"]
    text = f"{version['name']}@{version['version']}:{version['dist']['integrity']}"
    return signature["keyid"] == key.public.fingerprint and key.public.verifies(text, signature["sig"])
