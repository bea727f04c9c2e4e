"""Documents in the blob store: gzipped, and named by their own digest, so that damage shows."""

from __future__ import annotations

import hashlib

from isal import igzip

from proxy.npm.split import BadDocument


def unpacked(packed: bytes, key: str) -> bytes:
    """A stored document's bytes; BadDocument unless they are exactly those that its key promises."""
    try:
        body: bytes = igzip.decompress(packed)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise BadDocument(f"the stored copy is damaged ({type(error).__name__})") from error
    if document_key(body) != key:
        raise BadDocument("the stored copy is damaged")
    return body


def identity_of(key: str) -> str:
    """The document's identity (`SplitPackument.identity`), which its key carries."""
    return key.rpartition("/")[2].partition(".")[0]


def document_key(body: bytes) -> str:
    """Where a document is kept: named by its own sha256, so that damage shows."""
    digest = hashlib.sha256(body).hexdigest()
    return f"packuments/{digest[:2]}/{digest}.gz"
