"""Where packuments are taken apart: small ones here, large ones in a process of their own that may die."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import msgspec

from proxy.npm.packument import Index, MemoryText, SplitPackument
from proxy.npm.split import BadDocument, split
from proxy.registry import texts

INLINE = 128 * 2**10
"""Documents up to this many bytes cost a millisecond or two and are read on the event loop."""

TINY = 8 * 2**10
"""Documents up to this many bytes are taken apart again sooner than found."""

MEMORY = 3 * 2**30
"""Address space that a reading process may take, in bytes."""

_DECODER = msgspec.msgpack.Decoder(tuple[Index, MemoryText])


class Reader:
    """Splits packuments within bounds of time and memory."""

    def __init__(self, seconds: float = 30.0, texts: Path | None = None) -> None:
        """`texts` is where the text of large documents is kept; without it they come back through the pipe, into memory."""
        self._seconds = seconds
        self._texts = texts
        self._pool: ProcessPoolExecutor | None = None
        self._turn = asyncio.Lock()
        self.deaths = 0
        """How many reading processes were lost to a document."""

    async def split(self, body: bytes, name: str) -> SplitPackument:
        """See proxy.npm.split; raises BadDocument also where reading took too long or too much memory."""
        if len(body) <= INLINE:
            document = split(body, name)
            if len(body) > TINY and (path := self._path(document.identity)) is not None:
                asyncio.get_running_loop().run_in_executor(None, texts.write, path, document)
            return document
        # One at a time: a document that never ends costs nobody else's time, and is not taken for theirs.
        async with self._turn:
            try:
                return await self._elsewhere(body, name)
            except BrokenProcessPool:
                # The process may have died of something else, between two documents; a deadly one kills the next as well.
                try:
                    return await self._elsewhere(body, name)
                except BrokenProcessPool as error:
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
        """End the reading processes."""
        if self._pool is not None:
            self._abandon(self._pool)

    async def _elsewhere(self, body: bytes, name: str) -> SplitPackument:
        pool = self._pool or self._start()
        try:
            async with asyncio.timeout(self._seconds):
                packed = await asyncio.get_running_loop().run_in_executor(pool, _split_packed, body, name, self._texts)
        except TimeoutError as error:
            self.deaths += 1
            self._abandon(pool)
            raise BadDocument(f"reading the upstream's document of {name} took too much time") from error
        except BrokenProcessPool:
            self.deaths += 1
            self._abandon(pool)
            raise
        if isinstance(packed, str):
            path = self._path(packed)
            document = await asyncio.to_thread(texts.read, path, checked=False) if path is not None else None
            if document is None:
                raise BadDocument(f"the text of {name} cannot be read back; is the disk full?")
            return document
        return SplitPackument.of(*_DECODER.decode(packed))

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_confine)
        return self._pool

    def _abandon(self, pool: ProcessPoolExecutor) -> None:
        """Kill what may be stuck."""
        if self._pool is pool:
            self._pool = None
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _confine() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _end_with_parent() -> None:
    """Nobody else would end this process where the one that started it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _split_packed(body: bytes, name: str, where: Path | None) -> bytes | str:
    """Runs in the other process; a MemoryError there is the document's fault. What was stored is told by its identity."""
    try:
        document = split(body, name)
        if where is not None and texts.write(where / document.identity[:2] / document.identity, document):
            return document.identity
        return msgspec.msgpack.encode((document.index, document.text))
    except MemoryError:
        raise BadDocument(f"reading the upstream's document of {name} took too much memory") from None
