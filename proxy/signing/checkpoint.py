"""Checkpoints of the audit log with a signature: who keeps one elsewhere can show later what the log was.

What is signed is text: six lines of ASCII, each ended by one line feed (0x0A), the last one too:

    pratique-checkpoint-1
    <log>
    <number>
    <hash>
    <at>
    <key_id>

That is the version of this form, then the fields of the JSON document under these names, `number` in decimal without leading
zeros. No field can hold a line feed. The signature is ECDSA over P-256 with SHA-256, DER, in base64; `public_key` is the
SubjectPublicKeyInfo, DER, in base64, and `key_id` is `SHA256:` and its SHA-256 in base64 without `=`. With openssl and jq:

    jq -r .public_key checkpoint.json | base64 -d | openssl pkey -pubin -inform DER -out key.pem
    jq -r .signature checkpoint.json | base64 -d > signature
    jq -r '"pratique-checkpoint-1", .log, .number, .hash, .at, .key_id' checkpoint.json |
        openssl dgst -sha256 -verify key.pem -signature signature

The first line keeps this apart from whatever else the key signs: no other signed text may begin with `pratique-checkpoint-`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from proxy.signing.key import BadKey, PublicKey, SigningKey
from quarantine.audit import Checkpoint

FORM = "pratique-checkpoint-1"
KIND = "checkpoint"

SHAPES = {
    "log": re.compile(r"[!-~]{1,200}"),
    "hash": re.compile(r"[0-9a-f]{64}"),
    "at": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"),
    "key_id": re.compile(r"SHA256:[A-Za-z0-9+/]{43}"),
    "public_key": re.compile(r"[A-Za-z0-9+/=]{1,400}"),
    "signature": re.compile(r"[A-Za-z0-9+/=]{1,200}"),
}
FIELDS = {"pratique", "number", *SHAPES}
PLAIN = {"number", "hash"}
"""What checkpoints held before they were signed."""
MOST = 10**15 - 1


class BadCheckpoint(ValueError):
    """This is no checkpoint, or not what was signed; `str(error)` says why, without naming the file."""


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """One that `key` signed: there is none whose signature is wrong. Whose key that is, the reader has to know."""

    head: Checkpoint
    log: str
    """The installation's name."""
    at: str
    """When it was made: UTC, to the second."""
    key: PublicKey
    signature: str

    @property
    def value(self) -> dict[str, Any]:
        """The fields of the JSON document, by name."""
        return {
            "at": self.at,
            "hash": self.head.hash,
            "key_id": self.key.id,
            "log": self.log,
            "number": self.head.number,
            "pratique": KIND,
            "public_key": self.key.text,
            "signature": self.signature,
        }


def sign(key: SigningKey, log: str, head: Checkpoint, at: datetime) -> SignedCheckpoint:
    """State that at this instant `head` was the last entry of the log."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return SignedCheckpoint(head, log, moment, key.public, key.sign(signed_text(log, head, moment, key.public.id)))


def signed_text(log: str, head: Checkpoint, at: str, key_id: str) -> str:
    """What the signature is of; see the top of this file."""
    return "".join(f"{line}\n" for line in (FORM, log, str(head.number), head.hash, at, key_id))


def canonical(value: object) -> str:
    """JSON in its one form: sorted, without spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def read(text: str) -> SignedCheckpoint | Checkpoint:
    """A checkpoint that was kept; a plain Checkpoint where it is of the unsigned kind. Raises BadCheckpoint."""
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadCheckpoint("is no checkpoint, or only a part of one") from error
    if not isinstance(found, dict):
        raise BadCheckpoint("is no checkpoint, or only a part of one")
    if found.keys() == PLAIN:
        return _head(found)
    if found.get("pratique") != KIND:
        raise BadCheckpoint("is no checkpoint")
    if found.keys() != FIELDS:
        odd = ", ".join(sorted(FIELDS ^ found.keys()))[:100]
        raise BadCheckpoint(f"is a checkpoint with fields missing or added ({odd!a})")
    for name in SHAPES:
        _shaped(found, name)
    return _proven(found, _head(found))


def _proven(found: dict[str, Any], head: Checkpoint) -> SignedCheckpoint:
    try:
        key = PublicKey.of_text(found["public_key"])
    except BadKey as error:
        raise BadCheckpoint(f"was altered: its public_key {error}") from error
    if key.id != found["key_id"]:
        raise BadCheckpoint(f"was altered: its key_id is not that of its public_key, {key.id}")
    if not key.verifies(signed_text(found["log"], head, found["at"], key.id), found["signature"]):
        raise BadCheckpoint("was altered after it was signed, or never signed: the signature does not fit")
    return SignedCheckpoint(head, found["log"], found["at"], key, found["signature"])


def _head(found: dict[str, Any]) -> Checkpoint:
    number = found["number"]
    if type(number) is not int or not 0 <= number <= MOST:
        raise BadCheckpoint("is no checkpoint: its number is none")
    return Checkpoint(number, _shaped(found, "hash"))


def _shaped(found: dict[str, Any], name: str) -> str:
    text = found[name]
    if not (isinstance(text, str) and SHAPES[name].fullmatch(text)):
        raise BadCheckpoint(f"is no checkpoint: its {name} does not look like one")
    return text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Programs differ in which of two equal names they take."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)
