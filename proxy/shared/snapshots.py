"""What each worker says of itself now and then, in a file of its own that the others read whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


class Snapshots:
    """One file a place among the workers; whoever takes the place of one that died finds what it said last."""

    def __init__(self, folder: Path, place: int) -> None:
        self._folder = folder
        self._own = folder / f"{place}.json"

    def last(self) -> bytes | None:
        """What was said last from our own place, by us or by whoever had it before."""
        try:
            return self._own.read_bytes()
        except FileNotFoundError:
            return None

    def say(self, text: bytes) -> None:
        """Replace it; whoever reads meanwhile gets the old or the new."""
        fresh = self._own.with_suffix(".new")
        fresh.write_bytes(text)
        os.replace(fresh, self._own)

    def others(self) -> Iterator[bytes]:
        """What all others said last."""
        for path in sorted(self._folder.glob("*.json")):
            if path != self._own:
                with suppress(FileNotFoundError):
                    yield path.read_bytes()
