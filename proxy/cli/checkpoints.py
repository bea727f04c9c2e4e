"""Checkpoints as auditors keep them: files, and the key whose signature they expect."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy.cli.trouble import Trouble
from proxy.signing.checkpoint import SHAPES, BadCheckpoint, SignedCheckpoint, read
from proxy.signing.key import HASHED, BadKey, PublicKey
from quarantine.audit import Checkpoint

UNSIGNED = "It is unsigned: it only helps where nobody else could write the file."
ALTERED_ONLY = (
    "Its signature fits the key inside it, so it was not altered since it was made. Whose key that is you have to know: "
    "compare the id with the one you kept, or pass that with --key."
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that may be held against the log."""

    file: Path
    head: Checkpoint
    signed: SignedCheckpoint | None
    expected: bool
    """Whether the auditor named the key that signed it."""

    @property
    def value(self) -> dict[str, Any]:
        """What --json says of it."""
        found: dict[str, Any] = {"file": str(self.file), "accepted": True, "reason": None, "signed": self.signed is not None}
        if self.signed is None:
            return found | {"number": self.head.number, "hash": self.head.hash}
        return found | {"key_expected": self.expected} | self.signed.value

    @property
    def words(self) -> str:
        """What its signature shows."""
        if self.signed is None:
            return f"The checkpoint: entry {self.head.number}. {UNSIGNED}"
        shown = "That is the key you named." if self.expected else ALTERED_ONLY
        made = f"entry {self.head.number} of {self.signed.log}, made {self.signed.at}, signed by {self.signed.key.id}"
        return f"The checkpoint: {made}. {shown}"


def kept_checkpoint(file: Path, key: str | None) -> Kept:
    """Read a checkpoint; `key` is the id of the key that must have signed it. Raises BadCheckpoint, Trouble for no file."""
    try:
        found = read(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise BadCheckpoint("is no checkpoint, or only a part of one") from error
    except OSError as error:
        text = f"{file} cannot be read ({error.strerror or error}); `pratique log export --checkpoint FILE` writes one"
        raise Trouble(text, code=2) from error
    if isinstance(found, Checkpoint):
        if key is not None:
            raise BadCheckpoint("is unsigned, so it is not of the key that --key names")
        return Kept(file, found, None, expected=False)
    if key is not None and found.key.id != key:
        raise BadCheckpoint(f"is signed by another key than --key names: by {found.key.id}, not by {key}")
    return Kept(file, found.head, found, expected=key is not None)


def key_id(said: str) -> str:
    """The key that --key names: an id, or a file that holds one or the public key in PEM. Raises Trouble."""
    if said.startswith(HASHED):
        return _id(said, said)
    try:
        data = Path(said).read_bytes()
    except OSError as error:
        raise Trouble(f"--key {said} is neither a key's id (SHA256:…) nor a file that can be read", code=2) from error
    if data.lstrip().startswith(HASHED.encode()):
        return _id(data.decode("ascii", "replace").strip(), said)
    try:
        return PublicKey.of_pem(data).id
    except BadKey as error:
        raise Trouble(f"--key: {said} {error}, and no key's id (SHA256:…)", code=2) from error


def _id(text: str, said: str) -> str:
    if not SHAPES["key_id"].fullmatch(text):
        raise Trouble(f"--key {said} is no whole key's id: that is SHA256: and 43 characters", code=2)
    return text
