"""Where bytes are kept: the one interface that every backend implements, and its values.

A blob is a key and bytes. There are no folders, no partial writes and no conditional writes: keys of tarballs are named
by their content, so the last writer may win. Nothing here assumes a local disk.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from proxy.storage.errors import BlobTruncated

KEY_LIMIT = 400
"""The most characters a key may have."""

CHUNK = 256 * 1024
"""Bytes: how much a stream hands over at a time unless told otherwise."""

TOUCH_INTERVAL = timedelta(hours=1)
"""How exact "least recently used" is: a blob's time is written no more often than this, since hits are many."""

_COMPONENT = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_KEY = re.compile(rf"[a-z0-9]+(?:/{_COMPONENT})+")
_PREFIX = re.compile(rf"(?:[a-z0-9]+(?:/{_COMPONENT})*/?)?")


class BlobInfo(NamedTuple):
    """What is known of a blob without reading it."""

    key: str
    size: int
    """Bytes."""
    modified: datetime
    """Aware, UTC: the last write or, to within `TOUCH_INTERVAL`, the last `touch`."""


def check_key(key: str) -> str:
    """Return `key`, or raise ValueError for what no backend may see: `..`, an empty part, `A/b`."""
    if len(key) > KEY_LIMIT or not _KEY.fullmatch(key):
        raise ValueError(f"not a blob key: {key[: KEY_LIMIT + 1]!r}")
    return key


def check_prefix(prefix: str) -> str:
    """Return `prefix`, or raise ValueError when no key can begin with it."""
    if len(prefix) > KEY_LIMIT or not _PREFIX.fullmatch(prefix):
        raise ValueError(f"no blob key begins with {prefix[: KEY_LIMIT + 1]!r}")
    return prefix


def check_range(key: str, size: int, start: int, end: int | None, chunk: int) -> int:
    """Return where a range of a blob of `size` bytes ends. Raises ValueError or `BlobTruncated`, as `stream` does."""
    if start < 0 or chunk < 1 or (end is not None and end < start):
        raise ValueError(f"not a range: {start}-{end} by {chunk}")
    wanted = max(start, size if end is None else end)
    if wanted > size:
        raise BlobTruncated(key, wanted - start, max(0, size - start))
    return wanted


def is_due(modified: datetime, now: datetime) -> bool:
    """Whether a touch at `now` is worth writing. One in the future is put right: it would never be pruned."""
    return abs(now - modified) >= TOUCH_INTERVAL


def wall_clock() -> datetime:
    """The time that blobs are stamped with when no clock is given."""
    return datetime.now(UTC)


class BlobStore(Protocol):
    """Keeps blobs. Every method that takes a key raises ValueError for one that `check_key` refuses, before doing
    anything, and `StorageFailed` when the place that holds the blobs refuses.

    Readers never see part of a write or a mix of two: they see all of one version or all of another.
    """

    async def stat(self, key: str) -> BlobInfo | None:
        """What is known of a blob; None when there is none."""

    async def read(self, key: str) -> bytes | None:
        """The whole blob, for small ones; None when there is none. Raises `BlobTruncated` if its end is lost."""

    def stream(
        self,
        key: str,
        start: int = 0,
        end: int | None = None,
        chunk: int = CHUNK,
    ) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to, not including, `end` (None: to the blob's end), at most `chunk` at a time.

        Raises ValueError for what is no range, `BlobMissing`, and `BlobTruncated` when fewer bytes come than were asked
        for: a blob deleted or replaced midway is delivered whole or ends in an error, never short. A caller who may
        stop early wraps it in `contextlib.aclosing`.
        """

    async def put(self, key: str, data: bytes) -> None:
        """Store `data`, all or nothing. On return it outlives a power cut. The last writer wins."""

    async def put_file(self, key: str, source: Path) -> None:
        """As `put`, with what the local file `source` holds, which is gone afterwards: moved, or copied and removed.

        Raises FileNotFoundError without a source. On an error before the blob is visible, `source` is still there.
        Nobody may write to `source` any more; who reads it through a handle opened before reads on undisturbed.
        """

    async def touch(self, key: str) -> None:
        """Say that a blob was used, for pruning. Cheap enough for every hit; without a blob it does nothing."""

    async def delete(self, key: str) -> bool:
        """Forget a blob; whether there was one. A power cut may bring it back."""

    def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        """Every blob whose key begins with `prefix` (any beginning, not only whole parts), in no particular order.

        What is written or deleted meanwhile may or may not appear. Raises ValueError as `check_prefix` does.
        """

    def local(self, key: str) -> Path | None:
        """The file that holds, or would hold, the blob, where it is one of this machine; None where it is not.

        Never changed in place: a blob that is replaced is another file.
        """
        ...

    async def close(self) -> None:
        """Finish what is under way and let go of threads and connections. May be called twice."""
