"""Where packuments are taken apart: small ones here, large ones in a process of their own that may die."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from proxy.npm.packument import Index, MemoryText, SplitPackument
from proxy.npm.split import BadDocument, split
from proxy.registry import texts
from proxy.shared.confined import Bounds, Confined, Died, TookTooLong

INLINE = 128 * 2**10
"""Documents up to this many bytes cost a millisecond or two and are read on the event loop."""

TINY = 8 * 2**10
"""Documents up to this many bytes are taken apart again sooner than found."""

MEMORY = 3 * 2**30
"""What a reading process may take, in bytes."""

_DECODER = msgspec.msgpack.Decoder(tuple[Index, MemoryText])


class Reader:
    """Splits packuments within bounds of time and memory."""

    def __init__(self, seconds: float = 30.0, texts: Path | None = None) -> None:
        """`texts` is where the text of large documents is kept; without it they come back through the pipe, into memory."""
        self._seconds = seconds
        self._texts = texts
        # One document at a time: one that never ends costs nobody else's time, and is not taken for theirs.
        self._confined = Confined(Bounds(MEMORY))

    @property
    def deaths(self) -> int:
        """How many reading processes were lost to a document."""
        return self._confined.deaths

    @property
    def pid(self) -> int | None:
        """The reading process, while there is one."""
        return self._confined.pid

    async def split(self, body: bytes, name: str) -> SplitPackument:
        """See proxy.npm.split; raises BadDocument also where reading took too long or too much memory."""
        if len(body) <= INLINE:
            document = split(body, name)
            if len(body) > TINY and (path := self._path(document.identity)) is not None:
                asyncio.get_running_loop().run_in_executor(None, texts.write, path, document)
            return document
        try:
            return await self._elsewhere(body, name)
        except Died:
            # The process may have died of something else, between two documents; a deadly one kills the next as well.
            try:
                return await self._elsewhere(body, name)
            except Died as error:
                raise BadDocument(f"reading the upstream's document of {name} took too much memory") from error

    async def stored(self, identity: str) -> SplitPackument | None:
        """A large document that was taken apart before; None where its text is not kept, or damaged."""
        path = self._path(identity)
        return await asyncio.to_thread(texts.read, path, checked=True) if path is not None else None

    def forget(self, identity: str) -> None:
        """The text of a document that was replaced is not needed any longer."""
        path = self._path(identity)
        if path is not None:
            path.unlink(missing_ok=True)

    def _path(self, identity: str) -> Path | None:
        return self._texts / identity[:2] / identity if self._texts is not None else None

    def close(self) -> None:
        """End the reading process."""
        self._confined.close()

    async def _elsewhere(self, body: bytes, name: str) -> SplitPackument:
        try:
            packed = await self._confined.run(_split_packed, body, name, self._texts, seconds=self._seconds)
        except TookTooLong as error:
            raise BadDocument(f"reading the upstream's document of {name} took too much time") from error
        if isinstance(packed, str):
            path = self._path(packed)
            document = await asyncio.to_thread(texts.read, path, checked=False) if path is not None else None
            if document is None:
                raise BadDocument(f"the text of {name} cannot be read back; is the disk full?")
            return document
        return SplitPackument.of(*_DECODER.decode(packed))


def _split_packed(body: bytes, name: str, where: Path | None) -> bytes | str:
    """Runs in the other process; a MemoryError there is the document's fault. What was stored is told by its identity."""
    try:
        document = split(body, name)
        if where is not None and texts.write(where / document.identity[:2] / document.identity, document):
            return document.identity
        return msgspec.msgpack.encode((document.index, document.text))
    except MemoryError:
        raise BadDocument(f"reading the upstream's document of {name} took too much memory") from None
