"""The folder in which the workers of one server meet. It goes when the server does, or at the next start after a crash."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path


class RunFolder:
    """`data_dir/run/…`: of one supervisor, which holds a lock in it as long as it lives."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    @classmethod
    def make(cls, home: Path) -> RunFolder:
        """A new one; those that nobody holds any more are removed."""
        run = home / "run"
        run.mkdir(mode=0o700, parents=True, exist_ok=True)
        turn = os.open(run, os.O_RDONLY | os.O_CLOEXEC)
        try:
            # One start at a time, so that none takes a folder that is just being made for one that was left.
            fcntl.flock(turn, fcntl.LOCK_EX)
            for left in run.iterdir():
                _remove_if_left(left)
            path = Path(tempfile.mkdtemp(dir=run))
            handle = os.open(path / "alive", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
        finally:
            os.close(turn)
        (path / "metrics").mkdir()
        return cls(path, handle)

    def remove(self) -> None:
        """When the last worker has ended."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.release()

    def release(self) -> None:
        """Hold it no longer; as when the process ends."""
        os.close(self._handle)


def counters_of(folder: Path) -> Path:
    """Where the counters of changes are."""
    return folder / "counters"


def claims_of(folder: Path) -> Path:
    """The file whose bytes are claimed."""
    return folder / "claims"


def metrics_of(folder: Path) -> Path:
    """Where each worker says what it has counted."""
    return folder / "metrics"


def _remove_if_left(path: Path) -> None:
    with suppress(OSError):
        handle = os.open(path / "alive", os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(handle)
        shutil.rmtree(path, ignore_errors=True)
