"""A cache of files on this machine: what can be made again at any time, kept so that a restart, or another process, need not."""

from __future__ import annotations

import os
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

MAGIC = b"PQC1"

HEADER = len(MAGIC) + 4

DIRECTORY = 0o700

_FAILED = (OSError, ValueError)


class LocalCache:
    """Files by hexadecimal key. Nothing here raises: a cache that cannot be read or written is one that is empty."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        """Where the file of a key is, or would be."""
        return self.root / key[:2] / key

    def get(self, key: str) -> bytes | None:
        """The bytes as they were put; None where there are none, or others. Marks them as used."""
        path = self.path(key)
        try:
            whole = path.read_bytes()
            os.utime(path)
        except _FAILED:
            return None
        body = whole[HEADER:]
        if whole[:HEADER] == _header(body):
            return body
        self.drop(key)
        return None

    def put(self, key: str, body: bytes) -> None:
        """Keep bytes; whoever reads meanwhile sees all of them or none."""
        write_whole(self.path(key), _header(body), body)

    def drop(self, key: str) -> None:
        """Forget them."""
        with suppress(*_FAILED):
            self.path(key).unlink()

    def prune(self, before: float, most: int) -> int:
        """Remove what was last used before an instant (seconds since 1970), then the oldest beyond `most` bytes; how many."""
        found: list[tuple[float, int, Path]] = []
        for path in self.root.glob("*/*"):
            with suppress(*_FAILED):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        left = sum(size for _, size, _ in found)
        removed = 0
        for used, size, path in sorted(found):
            if used >= before and left <= most:
                break
            with suppress(*_FAILED):
                path.unlink()
                removed += 1
                left -= size
        return removed


def caches_in(home: Path) -> tuple[LocalCache, LocalCache]:
    """Those of a data folder: of documents taken apart, and of documents rendered."""
    return LocalCache(home / "cache" / "texts"), LocalCache(home / "cache" / "rendered")


def write_whole(path: Path, *parts: bytes) -> bool:
    """Write a file beside its place and move it there; whether that worked. Not forced to disk: reading finds damage."""
    try:
        path.parent.mkdir(mode=DIRECTORY, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    except _FAILED:
        return False
    try:
        with open(descriptor, "wb") as file:
            file.writelines(parts)
        os.replace(name, path)
    except _FAILED:
        with suppress(*_FAILED):
            os.unlink(name)
        return False
    return True


def _header(body: bytes) -> bytes:
    return MAGIC + zlib.crc32(body).to_bytes(4, "big")
