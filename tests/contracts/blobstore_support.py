"""What the tests of blob stores share: keys good and bad, a clock, and ways to look at a store."""

from datetime import UTC, datetime, timedelta

from proxy.storage.blobs import KEY_LIMIT, BlobStore

KEY = "tarballs/sha512/ab/cdef"

BAD_KEYS = [
    "",
    "/",
    "tarballs",
    "tarballs/",
    "/tarballs/a",
    "tarballs//a",
    "Tarballs/a",
    "tar.balls/a",
    "tarballs/..",
    "tarballs/../a",
    "tarballs/./a",
    "tarballs/.hidden",
    "tarballs/a/.tmp-0",
    "../a",
    "tarballs/a b",
    "tarballs/a\\b",
    "tarballs/a\n",
    "tarballs/a\0",
    "tarballs/@scope",
    "tarballs/a%2fb",
    "tarballs/a=",
    "tarballs/!a",
    "tarballs/é",
    "tarballs/" + "a" * KEY_LIMIT,
]

BAD_PREFIXES = ["/", "..", "tarballs/..", "tarballs//", "Tarballs", "tarballs/.", "tarballs/!a", "a" * (KEY_LIMIT + 1)]


class Clock:
    """A clock that goes when told to."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def advance(self, by: timedelta) -> None:
        self.instant += by


async def collect(store: BlobStore, key: str, start: int = 0, end: int | None = None, chunk: int = 1000) -> bytes:
    """A whole stream, with a look at its pieces."""
    pieces = [piece async for piece in store.stream(key, start, end, chunk)]
    assert all(0 < len(piece) <= chunk for piece in pieces)
    return b"".join(pieces)


async def keys(store: BlobStore, prefix: str = "") -> list[str]:
    return sorted([info.key async for info in store.list(prefix)])
