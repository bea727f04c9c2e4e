"""Stripping stored tarballs, each in a process that may die of it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Protocol, TypeVar

from proxy.npm.archive.members import Caps
from proxy.npm.integrity import IntegrityMismatch, digests_of
from proxy.registry.errors import DownloadBroken
from proxy.registry.handed import handed
from proxy.registry.interface import Manifest
from proxy.registry.scripts import Unrewritable
from proxy.registry.stripped_file import Outcome, strip_file
from proxy.registry.tarballs import CachedTarballs
from proxy.shared.confined import Unfinished
from proxy.shared.turns import Turns, Urgency
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.package import PackageVersion

Value = TypeVar("Value")

AT_ONCE = 8
"""So many tarballs are fetched at a time for nobody who waits for them: clients want to fetch others meanwhile."""


class NotStripped(Unrewritable):
    """Nothing came of it, and would not the next time; says why."""


class Confined(Protocol):
    """Runs a function in a process that may die."""

    async def run(self, function: Callable[..., Value], /, *arguments: object, seconds: float) -> Value:
        """Its outcome. Raises what it raises, and a PratiqueError where the process died or took too long."""
        ...


class Stripping:
    """Brings bytes there and what came of them back."""

    def __init__(self, confined: Confined, spool: Path, caps: Caps = Caps(), seconds: float = 60.0) -> None:  # noqa: B008 - frozen
        """`spool` is where stripped archives grow: on the file system of the blobs. `seconds`: for each archive."""
        self._confined = confined
        self._spool = spool
        self._caps = caps
        self._seconds = seconds
        self._fetching = Turns(AT_ONCE)
        self._working = Turns(1)
        self._hurried: set[PackageVersion] = set()
        """What somebody waits for by now, though it was begun for nobody in particular."""

    def hurry(self, manifest: Manifest) -> None:
        """Somebody waits for this version by now."""
        self._hurried.add(manifest.id)
        self._fetching.hurry(manifest.id, Urgency.WAITED_FOR)
        self._working.hurry(manifest.id, Urgency.WAITED_FOR)

    async def strip(
        self,
        tarballs: CachedTarballs,
        manifest: Manifest,
        recipe: int,
        keep: Callable[[Outcome], bool],
        urgency: Urgency = Urgency.WAITED_FOR,
        rank: int = 0,
    ) -> Outcome:
        """Strip a tarball, fetched if need be, and store what came of it if it is to be kept.

        Raises NotStripped, and what fetching raises.
        """
        async with self._fetching.take(manifest.id, urgency, rank) if urgency is not Urgency.WAITED_FOR else nullcontext():
            try:
                return await self._strip(tarballs, manifest, recipe, keep, (urgency, rank))
            finally:
                self._hurried.discard(manifest.id)

    async def _strip(
        self,
        tarballs: CachedTarballs,
        manifest: Manifest,
        recipe: int,
        keep: Callable[[Outcome], bool],
        when: tuple[Urgency, int],
    ) -> Outcome:
        # By this name a start finds and removes what a crash has left.
        target = self._spool / f"download-{secrets.token_hex(8)}"
        try:
            async with handed(tarballs, manifest, self._spool) as source, self._turn(manifest, *when):
                outcome = await self._worked_on(source, manifest, target, recipe)
            if outcome.integrity is not None and keep(outcome):
                await tarballs.put(digests_of(outcome.integrity, outcome.shasum) or Digests(), target)
            return outcome
        finally:
            await asyncio.to_thread(target.unlink, missing_ok=True)

    @asynccontextmanager
    async def _turn(self, manifest: Manifest, urgency: Urgency, rank: int) -> AsyncIterator[None]:
        # Whoever waits may have come while it was fetched.
        urgency = Urgency.WAITED_FOR if manifest.id in self._hurried else urgency
        async with self._working.take(manifest.id, urgency, rank):
            yield

    async def _worked_on(self, source: bytes | Path, manifest: Manifest, target: Path, recipe: int) -> Outcome:
        for last in (False, True):
            try:
                return await self._confined.run(
                    strip_file, source, manifest.digests, target, recipe, self._caps, seconds=self._seconds
                )
            except Unfinished as error:
                # The process may have died of something else; what is deadly kills the next as well.
                if last:
                    raise NotStripped(str(error)) from error
            except IntegrityMismatch:
                raise
            except PratiqueError as error:
                raise NotStripped(str(error)) from error
            except OSError as error:
                raise DownloadBroken(
                    f"the bytes of {manifest.id} could not be worked on ({error.strerror}); ask again"
                ) from error
        raise AssertionError("unreachable")
