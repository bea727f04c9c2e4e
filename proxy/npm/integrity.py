"""`dist.integrity` and `dist.shasum`: what they promise, and whether bytes keep it (W3C SRI, as npm uses it)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from typing import Protocol

from quarantine.digests import Digests
from quarantine.errors import PratiqueError

_SHASUM = re.compile(r"[0-9A-Fa-f]{40}")
_SIZES = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
_MAKERS: dict[str, Callable[[], hashlib._Hash]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}


class BadIntegrity(PratiqueError):
    """The digests contradict each other, or cannot be read."""


class IntegrityMismatch(PratiqueError):
    """The bytes are not those that the digests promise."""


def digests_of(integrity: object, shasum: object) -> Digests | None:
    """Read both fields of a `dist`: the strongest digest, and the sha1 where there is one. None when neither is usable.

    Raises BadIntegrity where two values of one algorithm differ: clients would disagree on which counts.
    """
    found: dict[str, str] = {}
    words = integrity.split() if isinstance(integrity, str) else []
    for word in words:
        algorithm, _, value = word.partition("?")[0].partition("-")
        canonical = _canonical(algorithm, value)
        if canonical is None:
            continue
        if found.setdefault(algorithm, canonical) != canonical:
            raise BadIntegrity(f"its integrity names two different {algorithm} digests")
    if isinstance(shasum, str) and len(shasum) == 40:
        if not _SHASUM.fullmatch(shasum):
            raise BadIntegrity("its shasum is not 40 hexadecimal digits")
        sha1 = base64.b64encode(bytes.fromhex(shasum)).decode()
        if found.setdefault("sha1", sha1) != sha1:
            raise BadIntegrity("its integrity and its shasum name two different sha1 digests")
    strongest = Digests(found).strongest
    # What lies between sha1 and the strongest is checked by no client either, and would only make keys long.
    return Digests({name: found[name] for name in found if name in {strongest, "sha1"}}) if found else None


def _canonical(algorithm: str, value: str) -> str | None:
    """The digest in its one base64 spelling, or None for algorithms and lengths that do not count."""
    if algorithm not in _SIZES:
        return None
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(raw).decode() if len(raw) == _SIZES[algorithm] else None


class Sink(Protocol):
    """What a digest is fed through."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...


class Check:
    """Hashes bytes as they pass and says at the end whether they are the promised ones."""

    def __init__(self, expected: Digests) -> None:
        if not expected:
            raise BadIntegrity("no digest is known, so nothing can be checked")
        self._expected = expected
        self._hashes: dict[str, Sink] = {algorithm: _MAKERS[algorithm]() for algorithm in expected}

    def update(self, chunk: bytes | memoryview) -> None:
        """Take the next bytes."""
        for running in self._hashes.values():
            running.update(chunk)

    def finish(self) -> None:
        """Raise IntegrityMismatch unless every promised digest is the one computed."""
        for algorithm, running in self._hashes.items():
            got = base64.b64encode(running.digest()).decode()
            if got != self._expected[algorithm]:
                wanted = self._expected[algorithm]
                raise IntegrityMismatch(f"the bytes have {algorithm}-{got}, promised was {algorithm}-{wanted}")


def check_bytes(data: bytes | memoryview, expected: Digests) -> None:
    """`Check` for bytes that are all there."""
    check = Check(expected)
    check.update(data)
    check.finish()


def blob_key(digests: Digests) -> str:
    """Where a tarball with these digests is kept: every promised digest is part of the key, so none goes unchecked."""
    strongest = digests.strongest
    if strongest is None:
        raise BadIntegrity("no digest is known, so there is no address to keep the bytes at")
    words = {algorithm: base64.b64decode(value).hex() for algorithm, value in digests.items()}
    first = words[strongest]
    others = [f"{algorithm}-{words[algorithm]}" for algorithm in sorted(words) if algorithm != strongest]
    return f"tarballs/{strongest}/{first[:2]}/{'.'.join([first, *others])}"


def digests_in(key: str) -> Digests | None:
    """The digests that a key made by `blob_key` promises; None for other keys."""
    parts = key.split("/")
    if len(parts) != 4 or parts[0] != "tarballs" or parts[1] not in _SIZES:
        return None
    first, *others = parts[3].split(".")
    try:
        found = {parts[1]: base64.b64encode(bytes.fromhex(first)).decode()}
        for other in others:
            algorithm, _, value = other.partition("-")
            found[algorithm] = base64.b64encode(bytes.fromhex(value)).decode()
    except ValueError:
        return None
    digests = Digests(found)
    sound = all(len(base64.b64decode(value)) == _SIZES.get(algorithm) for algorithm, value in found.items())
    return digests if sound and blob_key(digests) == key else None
