"""Blobs as files below one directory: for one host, or several that mount the same POSIX file system."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import ParamSpec, Self, TypeVar

from proxy.storage.blobs import CHUNK, BlobInfo, check_prefix, is_due, wall_clock
from proxy.storage.disk import Disk
from proxy.storage.errors import BlobMissing, explained
from proxy.storage.layout import decode, encode, may_hold
from proxy.storage.reading import BlobFile
from proxy.storage.writing import FileWriter

_BATCH = 500
"""How many blobs a listing fetches for one turn of the event loop."""

_P = ParamSpec("_P")
_R = TypeVar("_R")


class FilesystemBlobStore:
    """A `BlobStore` in a directory; `layout` says how keys become file names.

    System calls run in a pool of its own, so that a slow disk delays neither the event loop nor name resolution, which
    uses the loop's default pool. A cancelled call still runs to its end there: a write is whole or absent all the same, but
    may come after a later one.
    Directories directly below the root may be symbolic links or mounts, to spread the store over disks; those further
    down may not.
    """

    def __init__(
        self, root: Path, *, now: Callable[[], datetime] = wall_clock, disk: Disk | None = None, threads: int = 8
    ) -> None:
        self._root = root
        self._now = now
        self._disk = disk or Disk()
        self._writer = FileWriter(root, self._disk, now)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="blobs")

    @classmethod
    async def open(
        cls, root: Path, *, now: Callable[[], datetime] = wall_clock, disk: Disk | None = None, threads: int = 8
    ) -> Self:
        """A store in `root`, which is made if need be and freed from what crashed writes left.

        Raises `StorageFailed` when that is not possible.
        """
        store = cls(root, now=now, disk=disk, threads=threads)
        try:
            with explained("open the blob directory", str(root)):
                await store._run(store._writer.clean)
        except BaseException:
            await store.close()
            raise
        return store

    async def stat(self, key: str) -> BlobInfo | None:
        path = self._path(key)
        with explained("look at", key):
            found = await self._run(self._disk.stat, path)
        return BlobInfo(key, found.size, found.modified) if found else None

    async def read(self, key: str) -> bytes | None:
        file = BlobFile(self._disk, self._path(key), key)
        try:
            return await self._run(file.read_all)
        except BlobMissing:
            return None

    async def stream(
        self,
        key: str,
        start: int = 0,
        end: int | None = None,
        chunk: int = CHUNK,
    ) -> AsyncGenerator[bytes, None]:
        file = BlobFile(self._disk, self._path(key), key)
        try:
            data = await self._run(file.begin, start, end, chunk)
            while data:
                yield data
                data = b"" if file.finished else await self._run(file.read, chunk)
        finally:
            # Not awaited: this also runs while the task is being cancelled.
            try:
                self._pool.submit(file.close)
            except RuntimeError:  # the store was closed meanwhile, so no thread reads any more
                file.close()

    async def put(self, key: str, data: bytes) -> None:
        names = encode(key)
        with explained("store", key):
            await self._run(self._writer.put, names, data)

    async def put_file(self, key: str, source: Path) -> None:
        names = encode(key)
        with explained("store", key):
            found = await self._run(self._writer.put_file, names, source)
        if not found:
            raise FileNotFoundError(errno.ENOENT, "nothing to store", str(source))

    async def touch(self, key: str) -> None:
        path = self._path(key)
        with explained("mark", key):
            await self._run(self._touch, path)

    async def delete(self, key: str) -> bool:
        path = self._path(key)
        with explained("delete", key):
            return await self._run(self._delete, path)

    async def list(self, prefix: str = "") -> AsyncGenerator[BlobInfo, None]:
        found = self._walk(check_prefix(prefix))
        while True:
            with explained("list", prefix or "all blobs"):
                batch = await self._run(lambda: tuple(islice(found, _BATCH)))
            if not batch:
                break
            for info in batch:
                yield info

    async def close(self) -> None:
        # In the default pool: a pool cannot wait for itself.
        await asyncio.to_thread(self._pool.shutdown)

    def local(self, key: str) -> Path | None:
        return self._path(key)

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*encode(key))

    async def _run(self, call: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: call(*args, **kwargs))

    def _touch(self, path: Path) -> None:
        found = self._disk.stat(path)
        now = self._now()
        if found and is_due(found.modified, now):
            # A prune may be quicker.
            with suppress(FileNotFoundError):
                self._disk.stamp(path, now)

    def _delete(self, path: Path) -> bool:
        # Directories stay: they are few, and removing one would race with a write into it.
        if self._disk.stat(path) is None:
            return False
        try:
            self._disk.remove(path)
        except FileNotFoundError:
            return False
        return True

    def _walk(self, prefix: str) -> Iterator[BlobInfo]:
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            directory = waiting.pop()
            for entry in self._disk.entries(self._root.joinpath(*directory)):
                names = (*directory, entry.name)
                if entry.is_dir(follow_symlinks=not directory):
                    if may_hold(names, prefix):
                        waiting.append(names)
                elif (key := decode(names)) and key.startswith(prefix):
                    found = self._disk.stat(Path(entry))
                    if found:
                        yield BlobInfo(key, found.size, found.modified)
