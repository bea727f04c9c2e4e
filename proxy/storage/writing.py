"""Files written all or nothing, and kept through a power cut: what runs in the threads of the file system store."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from proxy.storage.disk import Disk
from proxy.storage.layout import may_hold

TEMPORARY = ".tmp-"
"""How the name of a file begins that has no final name yet. No key is spelled like that."""

LEFTOVER_AGE = timedelta(hours=1)
"""A temporary file this long unwritten belongs to a write that crashed; a younger one may be another process's."""

_COPY = 1024 * 1024


class FileWriter:
    """Writes files below `root`: temporary file, bytes, fsync, rename, fsync of the directory, in this order.

    The bytes must be on the medium before the name is, else a power cut leaves the final name on an empty file. Every
    method blocks, and raises OSError; after an error the old content is there and no temporary file is.
    """

    def __init__(self, root: Path, disk: Disk, now: Callable[[], datetime]) -> None:
        self._root = root
        self._disk = disk
        self._now = now
        self._durable: set[Path] = set()
        """Directories whose own names are on the medium, by what this process did."""

    def put(self, names: tuple[str, ...], data: bytes) -> None:
        """Make the file that `names` leads to hold `data`."""

        def fill(handle: int) -> None:
            self._write(handle, data)

        self._put(names, fill)

    def put_file(self, names: tuple[str, ...], source: Path) -> bool:
        """Make it hold what `source` does, and `source` be gone; False, and nothing done, when there is no `source`."""
        try:
            handle = self._disk.open(source)
        except FileNotFoundError:
            return False
        try:
            try:
                self._disk.stamp(handle, self._now())
                self._disk.sync(handle)
                self._settle(names, source)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                # Another file system: a rename cannot cross over.
                self._put(names, lambda target: self._copy(handle, target))
                with suppress(FileNotFoundError):
                    self._disk.remove(source)
        finally:
            self._disk.close(handle)
        return True

    def clean(self) -> int:
        """Make the root and remove what crashed writes left; how many files. Temporary files lie one level down."""
        self._root.mkdir(parents=True, exist_ok=True)
        removed = 0
        oldest = self._now() - LEFTOVER_AGE
        for top in self._disk.entries(self._root):
            if not (may_hold((top.name,), "") and top.is_dir()):
                continue
            for entry in self._disk.entries(Path(top)):
                facts = self._disk.stat(Path(entry)) if entry.name.startswith(TEMPORARY) else None
                if facts and facts.modified < oldest:
                    # Another process may be quicker.
                    with suppress(FileNotFoundError):
                        self._disk.remove(Path(entry))
                        removed += 1
        return removed

    def _put(self, names: tuple[str, ...], fill: Callable[[int], None]) -> None:
        # In the first directory, not in the root: that one may be a mount of its own, and a rename must not cross over.
        top = self._root / names[0]
        self._prepare(top)
        temporary = top / f"{TEMPORARY}{secrets.token_hex(12)}"
        handle = self._disk.create(temporary)
        try:
            try:
                fill(handle)
                self._disk.stamp(handle, self._now())
                self._disk.sync(handle)
            finally:
                self._disk.close(handle)
            self._settle(names, temporary)
        except BaseException:
            with suppress(OSError):
                self._disk.remove(temporary)
            raise

    def _settle(self, names: tuple[str, ...], source: Path) -> None:
        """Give a synced file its final name, durably."""
        target = self._root.joinpath(*names)
        self._prepare(target.parent)
        self._disk.rename(source, target)
        self._disk.sync_directory(target.parent)

    def _prepare(self, directory: Path) -> None:
        """Make a directory and those above, durably. One that is there may be a crashed process's, and not durable."""
        if directory == self._root or (directory in self._durable and directory.is_dir()):
            return
        self._prepare(directory.parent)
        self._disk.make_directory(directory)
        self._disk.sync_directory(directory.parent)
        self._durable.add(directory)

    def _write(self, handle: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._disk.write(handle, rest) :]

    def _copy(self, source: int, target: int) -> None:
        offset = 0
        while data := self._disk.read(source, _COPY, offset):
            self._write(target, data)
            offset += len(data)
