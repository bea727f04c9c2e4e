"""What can go wrong where blobs are kept. Each message is one sentence that says what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from quarantine.errors import PratiqueError


class StorageError(PratiqueError):
    """Anything wrong with stored bytes or with the place that holds them."""


class BlobMissing(StorageError):
    """A stream was asked for a key that holds nothing: fetch the bytes again, from where they came."""

    def __init__(self, key: str) -> None:
        super().__init__(f"nothing is stored under {key!r}")
        self.key = key


class BlobTruncated(StorageError):
    """Fewer bytes came than the blob, or the range asked of it, holds: what was read so far must not be used."""

    def __init__(self, key: str, expected: int, received: int) -> None:
        super().__init__(f"{key!r} gave {received} bytes where {expected} were due; delete the blob and fetch it again")
        self.key = key
        self.expected = expected
        self.received = received


class StorageFailed(StorageError):
    """The place that holds the blobs refused. `key` is the blob in question, or the directory if it is all of them."""

    def __init__(self, action: str, key: str, reason: str, mend: str) -> None:
        super().__init__(f"cannot {action} {key!r}: {reason}; {mend}")
        self.key = key
        self.reason = reason
        self.mend = mend


class NetworkFileSystem(StorageError):
    """SQLite's directory lies on a file system whose locks cannot be relied on: the ledger would break."""

    def __init__(self, directory: str, kind: str) -> None:
        super().__init__(
            f"{directory!r} is on a network file system ({kind}), where SQLite loses or corrupts data; "
            "use a local disk for storage.data_dir, or PostgreSQL by storage.database_url"
        )
        self.directory = directory
        self.kind = kind


_PERMISSION = (
    "permission denied",
    "let the user that pratique runs as read, write and search the blob directory and everything below it",
)
_FULL = ("no space is left", "free some, enlarge the volume, or run `pratique cache prune`")
_HANDLES = ("too many files are open", "raise the limit of open files (ulimit -n)")
_MENDS = {
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("the disk quota is used up", "raise it, or run `pratique cache prune`"),
    errno.EROFS: ("the file system is read-only", "mount it writable, and look in the system log for why it is not"),
    errno.EMFILE: _HANDLES,
    errno.ENFILE: _HANDLES,
}


@contextmanager
def explained(action: str, key: str) -> Iterator[None]:
    """Turn an operating system's error into `StorageFailed` about `key`, for people who do not know errno by heart."""
    try:
        yield
    except OSError as error:
        unknown = (error.strerror or type(error).__name__, "check the disk and the system log")
        reason, mend = _MENDS.get(error.errno or 0, unknown)
        raise StorageFailed(action, key, reason, mend) from error
