"""The file operations that the file system store is made of, one system call each.

An object, so that a test can pass one that records the order, runs out of space or loses power.
"""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class FileFacts(NamedTuple):
    """What a directory tells of a file."""

    size: int
    """Bytes."""
    modified: datetime


class Disk:
    """The real disk. Every method blocks, and raises OSError."""

    def create(self, path: Path) -> int:
        """Open a file that must not exist yet, for writing; the umask decides who may read it."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)

    def open(self, path: Path) -> int:
        """Open a file for reading; a symbolic link is refused, it could lead out of the store."""
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def close(self, handle: int) -> None:
        os.close(handle)

    def size(self, handle: int) -> int:
        """How many bytes an open file holds."""
        return os.fstat(handle).st_size

    def read(self, handle: int, length: int, offset: int) -> bytes:
        """Up to `length` bytes; none at the end of the file."""
        return os.pread(handle, length, offset)

    def write(self, handle: int, data: bytes | memoryview) -> int:
        """Write some of `data`; how many bytes."""
        return os.write(handle, data)

    def stamp(self, target: int | Path, when: datetime) -> None:
        """Set the time that pruning goes by."""
        nanoseconds = (when - _EPOCH) // _MICROSECOND * 1000
        os.utime(target, ns=(nanoseconds, nanoseconds))

    def sync(self, handle: int) -> None:
        """Return when a file's bytes are on the medium."""
        os.fsync(handle)

    def sync_directory(self, path: Path) -> None:
        """Return when the names in a directory are on the medium, where the file system can tell."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        except OSError as error:
            # Some network file systems have no such operation for directories: they sync names by themselves.
            if error.errno != errno.EINVAL:
                raise
        finally:
            os.close(handle)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file its final name at once, in place of what had it."""
        os.replace(source, target)

    def remove(self, path: Path) -> None:
        os.unlink(path)

    def make_directory(self, path: Path) -> None:
        """Make one directory, unless it is there."""
        try:
            os.mkdir(path, 0o777)
        except FileExistsError:
            if not path.is_dir():
                raise

    def stat(self, path: Path) -> FileFacts | None:
        """A regular file's facts; None when there is none."""
        try:
            found = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not S_ISREG(found.st_mode):
            return None
        return FileFacts(found.st_size, _EPOCH + found.st_mtime_ns // 1000 * _MICROSECOND)

    def entries(self, path: Path) -> list[os.DirEntry[str]]:
        """What a directory holds; nothing when it is gone."""
        try:
            with os.scandir(path) as found:
                return list(found)
        except FileNotFoundError:
            return []
