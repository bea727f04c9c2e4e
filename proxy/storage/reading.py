"""One open blob file, read by the threads of a pool on behalf of a task that may go away at any moment."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from proxy.storage.blobs import check_range
from proxy.storage.disk import Disk
from proxy.storage.errors import BlobMissing, BlobTruncated, explained


class BlobFile:
    """Keeps one handle, so that a blob replaced midway is still read from one version.

    A cancelled task cannot stop the thread that works for it. The lock makes `close` right whenever it comes: it waits
    for a read that runs, and what comes after it touches no handle, whose number may be another file's by then.
    """

    def __init__(self, disk: Disk, path: Path, key: str) -> None:
        self._disk = disk
        self._path = path
        self._key = key
        self._lock = Lock()
        self._closed = False
        self._handle: int | None = None
        self._offset = 0
        self._start = 0
        self._end = 0

    def begin(self, start: int, end: int | None, chunk: int) -> bytes:
        """Open, check the range and read the first bytes of it, in one go for the sake of small blobs.

        Raises `BlobMissing`, and what `check_range` and `read` raise.
        """
        self._open(start, end, chunk)
        return self.read(chunk)

    def read(self, chunk: int) -> bytes:
        """The next bytes of the range; empty at its end only. Raises `BlobTruncated` when the file ends before it."""
        with self._lock, explained("read", self._key):
            if self._handle is None or self._offset == self._end:
                return b""
            data = self._disk.read(self._handle, min(chunk, self._end - self._offset), self._offset)
            if not data:
                raise BlobTruncated(self._key, self._end - self._start, self._offset - self._start)
            self._offset += len(data)
            return data

    @property
    def finished(self) -> bool:
        """Whether the range was read to its end. Only asked while no read runs."""
        return self._offset == self._end

    def read_all(self) -> bytes:
        """Open, read everything and close."""
        try:
            self._open(0, None, 1)
            pieces = []
            while piece := self.read(self._end):
                pieces.append(piece)
            return b"".join(pieces)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the handle; whatever is called later does nothing."""
        with self._lock:
            self._closed = True
            if self._handle is not None:
                handle, self._handle = self._handle, None
                self._disk.close(handle)

    def _open(self, start: int, end: int | None, chunk: int) -> None:
        with self._lock, explained("read", self._key):
            if self._closed:
                return
            try:
                self._handle = self._disk.open(self._path)
            except (FileNotFoundError, NotADirectoryError):
                raise BlobMissing(self._key) from None
            # The size by the open handle: by name it could be that of the blob's next version.
            self._end = check_range(self._key, self._disk.size(self._handle), start, end, chunk)
            self._offset = self._start = start
