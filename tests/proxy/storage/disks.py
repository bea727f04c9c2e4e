"""Disks that record, fail and lose power."""

import errno
import os
from pathlib import Path

from proxy.storage.disk import Disk


class RecordingDisk(Disk):
    """The real disk, with a list of what was done to it: the operation, and the file or directory it was done to."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self._names: dict[int, str] = {}

    def create(self, path: Path) -> int:
        handle = super().create(path)
        self._names[handle] = path.name
        self.done.append(("create", path.name))
        return handle

    def open(self, path: Path) -> int:
        handle = super().open(path)
        self._names[handle] = path.name
        return handle

    def write(self, handle: int, data: bytes | memoryview) -> int:
        self.done.append(("write", self._names[handle]))
        return super().write(handle, data)

    def sync(self, handle: int) -> None:
        super().sync(handle)
        self.done.append(("sync", self._names[handle]))

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self.done.append(("rename", target.name))

    def make_directory(self, path: Path) -> None:
        super().make_directory(path)
        self.done.append(("make_directory", path.name))

    def sync_directory(self, path: Path) -> None:
        super().sync_directory(path)
        self.done.append(("sync_directory", path.name))


class FailingDisk(Disk):
    """Fails the operation that changes something with the number `failing` (from 0); with `dead`, all that follow too."""

    def __init__(self, failing: int, *, dead: bool = False, number: int = errno.EIO) -> None:
        self.left = failing
        self._dead = dead
        self._number = number

    def create(self, path: Path) -> int:
        self._count()
        return super().create(path)

    def write(self, handle: int, data: bytes | memoryview) -> int:
        half = memoryview(data)[: max(1, len(data) // 2)]
        self._count()
        return super().write(handle, half)

    def sync(self, handle: int) -> None:
        self._count()

    def stamp(self, target: int | Path, when: object) -> None:
        self._count()

    def rename(self, source: Path, target: Path) -> None:
        self._count()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        self._count()
        super().remove(path)

    def make_directory(self, path: Path) -> None:
        self._count()
        super().make_directory(path)

    def sync_directory(self, path: Path) -> None:
        self._count()

    @property
    def failed(self) -> bool:
        return self.left < 0

    def _count(self) -> None:
        self.left -= 1
        if self.left == -1 or (self._dead and self.left < 0):
            raise OSError(self._number, os.strerror(self._number))


class FullDisk(Disk):
    """Takes half of the first write, then there is no space left."""

    def __init__(self, number: int = errno.ENOSPC) -> None:
        self._number = number
        self._started = False

    def write(self, handle: int, data: bytes | memoryview) -> int:
        if self._started:
            raise OSError(self._number, os.strerror(self._number))
        self._started = True
        return super().write(handle, memoryview(data)[: len(data) // 2])


class SplitDisk(RecordingDisk):
    """One where files from outside the store lie on another file system."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def rename(self, source: Path, target: Path) -> None:
        if not source.is_relative_to(self._root):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        super().rename(source, target)


class UnreadableDisk(Disk):
    """Lets a file be opened, not read."""

    def read(self, handle: int, length: int, offset: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


class CarelessDisk(Disk):
    """Syncs nothing, for the speed of tests with many examples."""

    def sync(self, handle: int) -> None:
        pass

    def sync_directory(self, path: Path) -> None:
        pass
