"""Documents with versions that are served rewritten, signed by this installation. Kept by what they are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from threading import Lock

import msgspec

from proxy.npm.integrity import digests_of
from proxy.npm.packument import MemoryText, Piece, SplitPackument, VersionEntry
from proxy.npm.stripping.fragment import strip_fragment
from proxy.registry.memory import Memory
from proxy.signing.key import SigningKey
from quarantine.rewrite import Rewrite

DOCUMENT = 2000
"""About how many bytes a document takes beside the text of its pieces, for each rewritten version."""


class Pieces:
    """Makes what differs from the upstream's documents; for several threads."""

    def __init__(self, key: SigningKey, memory: int = 16 * 2**20) -> None:
        """`memory`: bytes for pieces, and as many for documents."""
        self._key = key
        self._pieces: Memory[tuple[bytes, str], Piece] = Memory(memory)
        self._documents: Memory[tuple[str, bytes], SplitPackument] = Memory(memory)
        self._turn = Lock()

    def document(self, document: SplitPackument, rewrites: Mapping[str, Rewrite]) -> SplitPackument:
        """The document with these versions as they are served; the very same one for the same rewrites."""
        changed = {version: each for version, each in rewrites.items() if _is_told(document.versions[version], each)}
        if not changed:
            return document
        told = msgspec.msgpack.encode([(version, each.integrity) for version, each in changed.items()])
        key = (document.identity, hashlib.sha256(told).digest())
        with self._turn:
            found = self._documents.get(key)
            if found is None:
                pieces = {version: self._piece(document, version, each) for version, each in changed.items()}
                found = document.with_pieces(pieces)
                weight = sum(each.text.weight for each in pieces.values()) + DOCUMENT * len(document.versions)
                self._documents.put(key, found, weight)
            return found

    def _piece(self, document: SplitPackument, version: str, rewrite: Rewrite) -> Piece:
        piece = document.piece(version)
        key = (hashlib.sha256(piece.text.full + piece.text.abbreviated).digest(), rewrite.integrity)
        found = self._pieces.get(key)
        if found is None:
            found = self._made(piece, document.name, version, rewrite)
            self._pieces.put(key, found, found.text.weight + 500)
        return found

    def _made(self, piece: Piece, name: str, version: str, rewrite: Rewrite) -> Piece:
        signed = {"keyid": self._key.public.fingerprint, "sig": self._key.sign(f"{name}@{version}:{rewrite.integrity}")}
        signatures = None if rewrite.untouched else [signed]
        lead = len(msgspec.json.encode(version)) + 1

        def stripped(text: bytes) -> bytes:
            return text[:lead] + strip_fragment(text[lead:-1], rewrite, signatures) + text[-1:]

        text = MemoryText(stripped(piece.text.full), stripped(piece.text.abbreviated), piece.text.times)
        digests = piece.entry.digests if rewrite.untouched else str(digests_of(rewrite.integrity, rewrite.shasum))
        entry = msgspec.structs.replace(piece.entry, digests=digests, scripted=False)
        return Piece(entry, text)


def _is_told(entry: VersionEntry, rewrite: Rewrite) -> bool:
    """Whether the document has to say anything else of the version than it does."""
    return entry.scripted or not rewrite.untouched
