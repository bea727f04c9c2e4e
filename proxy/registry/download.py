"""One download of one tarball, for everybody who wants it.

It belongs to itself: the asker who began it may hang up. Small ones stay in memory, so that they come through a full disk too.
Of larger ones the bytes go to a spool file that readers follow while it grows; the last `HELD_BACK` bytes are handed out only
once the digest matched and the bytes are stored, so nobody can finish with wrong ones.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import structlog

from proxy.npm.integrity import Check, IntegrityMismatch
from proxy.registry.errors import DownloadBroken, NotFound, UpstreamDown, UpstreamFailed, UpstreamRefused
from proxy.registry.upstream import Patience
from proxy.storage.errors import StorageError, explained
from quarantine.digests import Digests
from quarantine.errors import PratiqueError

log = structlog.get_logger()

SMALL = 2**20
"""Tarballs up to this many bytes are verified before their headers go out, so that an error has a status of its own."""

HELD_BACK = 64 * 2**10
CHUNK = 256 * 2**10

Attempt = Callable[[], AbstractAsyncContextManager[aiohttp.ClientResponse]]
Store = Callable[[bytes | Path], Awaitable[None]]


class Download:
    """Fetches, verifies and stores; `run` is awaited by its owner, everything else is for readers.

    The spool file is open as long as this object is referred to, whatever becomes of its name.
    """

    def __init__(self, expected: Digests, spool: Path, limit: int, subject: str) -> None:
        self._expected = expected
        self._limit = limit
        self._subject = subject
        self._spool = spool
        self._handle = -1
        self._path: Path | None = None
        self._small = bytearray()
        self._written = 0
        self._received = 0
        self._waiting = 0
        self._begun = False
        self._changed = asyncio.Event()
        self._streaming = False
        self._finished = False
        self._sealed = False
        self._total: int | None = None
        self._error: PratiqueError | None = None
        self.data: bytes | None = None
        """The whole, once it is verified and stored, where it is small."""

    async def run(self, attempt: Attempt, store: Store, turns: asyncio.Semaphore, patience: Patience) -> None:
        """Wait for a turn, then try until the bytes are right, and store them.

        Raises what went wrong last; readers get DownloadBroken.
        """
        try:
            async with turns:
                self._begun = True
                await self._fetch(attempt, patience)
            if self._written <= SMALL:
                self.data = bytes(self._small)
            whole = self.data if self.data is not None else self._path
            assert whole is not None
            try:
                await store(whole)
            except (StorageError, OSError) as error:
                # The bytes are right and at hand: a full disk costs the next asker a fetch, not this one.
                log.error("storage-failed", subject=self._subject, reason=str(error))
            self._sealed = True
        except PratiqueError as error:
            self._error = error
            raise
        except BaseException:
            self._error = DownloadBroken(f"the download of {self._subject} was ended")
            raise
        finally:
            self._finished = True
            self._notify()
            if self._path is not None:
                self._path.unlink(missing_ok=True)

    def left_to(self, error: PratiqueError) -> None:
        """It is not going to run: whoever waits gets this instead. Nothing where it has ended already."""
        if not self._finished:
            self._error = error
            self._finished = True
            self._notify()

    async def ready(self) -> None:
        """Return when headers may go out: all is verified, or it is large and under way. Raises what `run` met."""
        self._waiting += 1
        try:
            while not (self._finished or self._streaming):
                await self._changed.wait()
        finally:
            self._waiting -= 1
        if self._error is not None:
            # Many may raise it: without this each would lengthen the traceback of all.
            raise self._error.with_traceback(None)

    @property
    def begun(self) -> bool:
        """Whether its turn has come."""
        return self._begun

    @property
    def unwanted(self) -> bool:
        """Whether everybody has left before its turn came."""
        return not self._begun and not self._waiting

    @property
    def size(self) -> int | None:
        """Length in bytes as far as it is known."""
        return self._written if self._sealed else self._total

    async def follow(self) -> AsyncIterator[bytes]:
        """The bytes from the beginning, as they come. Raises DownloadBroken instead of ending short or wrong."""
        position = 0
        while True:
            changed = self._changed
            if self._error is not None:
                raise DownloadBroken(f"{self._subject}: {self._error}") from self._error
            limit = self._written if self._sealed else self._written - HELD_BACK
            if position < limit:
                chunk = os.pread(self._handle, min(CHUNK, limit - position), position)
                position += len(chunk)
                yield chunk
            elif self._sealed:
                return
            else:
                await changed.wait()

    async def _fetch(self, attempt: Attempt, patience: Patience) -> None:
        """Attempts share one deadline, which moves on with the bytes that come."""
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(began + patience.allowed(0)) as limit:

                def came(count: int) -> None:
                    self._received += count
                    if not limit.expired():
                        limit.reschedule(began + patience.allowed(self._received))

                await self._persist(attempt, patience, came)
        except TimeoutError:
            raise UpstreamDown(f"{self._subject} comes too slowly from the upstream ({self._received} bytes so far)") from None

    async def _persist(self, attempt: Attempt, patience: Patience, came: Callable[[int], None]) -> None:
        for tried in range(patience.retries + 1):
            try:
                await self._once(attempt, came)
                return
            except (UpstreamRefused, NotFound):
                raise
            except (UpstreamFailed, IntegrityMismatch):
                # Whoever has had a part of it cannot be given another beginning.
                if tried == patience.retries or self._streaming:
                    raise
            await asyncio.sleep(patience.first_pause * 2**tried)

    async def _once(self, attempt: Attempt, came: Callable[[int], None]) -> None:
        self._small.clear()
        self._written = 0
        check = Check(self._expected)
        async with attempt() as response:
            self._total = response.content_length
            if self._total is not None and self._total > self._limit:
                raise UpstreamFailed(f"{self._subject} is larger than upstream.max_tarball ({self._total} bytes)")
            async for chunk in response.content.iter_chunked(CHUNK):
                came(len(chunk))
                check.update(chunk)
                with explained("spool", self._subject):
                    self._take(chunk)
                if self._written > self._limit:
                    raise UpstreamFailed(f"{self._subject} is larger than upstream.max_tarball ({self._limit} bytes)")
                if self._written > SMALL + HELD_BACK:
                    self._streaming = True
                    self._notify()
            if self._total is not None and self._written != self._total:
                raise UpstreamFailed(f"{self._subject} stopped after {self._written} of {self._total} bytes")
        check.finish()

    def _take(self, chunk: bytes) -> None:
        if self._written + len(chunk) <= SMALL:
            self._small += chunk
        else:
            if self._path is None:
                self._handle, name = tempfile.mkstemp(prefix="download-", dir=self._spool)
                self._path = Path(name)
                weakref.finalize(self, os.close, self._handle)
            if self._small:
                os.ftruncate(self._handle, 0)
                _write_all(self._handle, self._small, 0)
                self._small.clear()
            _write_all(self._handle, chunk, self._written)
        self._written += len(chunk)

    def _notify(self) -> None:
        """Wake every reader; each waits on the event that was current when it looked."""
        self._changed.set()
        self._changed = asyncio.Event()


def _write_all(handle: int, data: bytes | bytearray, at: int) -> None:
    """Write everything; one call may take less, as on a disk that is nearly full."""
    rest = memoryview(data)
    while rest:
        taken = os.pwrite(handle, rest, at)
        rest, at = rest[taken:], at + taken
