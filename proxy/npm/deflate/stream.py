"""A deflate stream with the bytes that zlib writes at level 6, made without it: the definition of what zlib is used for.

There is more than one zlib: zlib-ng and others stand in for it in distributions and in builds of Python, and each writes other
bytes. This is slow (about half a megabyte a second) and the same everywhere. It was compared with zlib 1.2.13.
"""

from __future__ import annotations

from proxy.npm.deflate.blocks import Blocks
from proxy.npm.deflate.matching import Matcher


class Deflate:
    """Has of `zlib.compressobj(6, zlib.DEFLATED, -15)` what is needed."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._matcher = Matcher(self._blocks.tally, self._flush)
        self._begin = 0
        """Where the block begins."""

    def compress(self, data: bytes | memoryview, /) -> bytes:
        """More bytes; what comes of them so far."""
        self._matcher.take(data)
        return self._blocks.taken()

    def flush(self) -> bytes:
        """The rest."""
        self._flush(self._matcher.finish(), last=True)
        return self._blocks.taken()

    def _flush(self, end: int, *, last: bool = False) -> None:
        begin, self._begin = self._begin, end
        # What the window has moved past zlib cannot store as it was.
        stored = self._matcher.window(begin, end) if begin >= self._matcher.base else None
        self._blocks.flush(stored, end - begin, last=last)
