"""Rewriting versions without their install scripts: each once, for all workers, and what is served first is served for good."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog

from proxy.clock import TrustedTime
from proxy.npm.integrity import digests_of
from proxy.npm.packument import SplitPackument
from proxy.registry.flights import Flights
from proxy.registry.interface import Manifest, Packument, Tarball
from proxy.registry.pieces import Pieces
from proxy.registry.routed import Routed
from proxy.registry.scripts import Unrewritable
from proxy.registry.stripped_file import NEWEST, RECIPES, Outcome
from proxy.registry.stripping import NotStripped, Stripping
from proxy.registry.tarballs import CachedTarballs
from proxy.shared.claims import Claims
from proxy.shared.turns import Urgency
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.ledger import Ledger
from quarantine.package import PackageName, PackageVersion
from quarantine.rewrite import Rewrite

log = structlog.get_logger()

PATIENCE = 20.0

REMEMBERED = 600.0
"""Seconds for which a version that cannot be rewritten is not tried again."""

UNFETCHED = 30.0
"""The same for one that could not be fetched."""

MOST_REFUSED = 10_000

MOST_QUEUED = 500
"""Versions that wait to be rewritten in the background; more are passed over until somebody asks again."""

Value = TypeVar("Value")


@dataclass(slots=True)
class Counts:
    """What the metrics show."""

    rewritten: int = 0
    untouched: int = 0
    refused: int = 0
    repaired: int = 0


class Rewriting:
    """See proxy.registry.scripts.Rewriter."""

    def __init__(
        self,
        routed: Routed,
        ledger: Ledger,
        stripping: Stripping,
        claims: Claims,
        time: TrustedTime,
        pieces: Pieces,
        patience: float = PATIENCE,
    ) -> None:
        """`patience`: seconds for which somebody waits for a document's first versions, from when these were begun."""
        self._routed = routed
        self._ledger = ledger
        self._stripping = stripping
        self._claims = claims
        self._time = time
        self._pieces = pieces
        self._patience = patience
        self._flights: Flights[tuple[PackageVersion, str, bool], Rewrite] = Flights()
        self._repairs: Flights[str, None] = Flights()
        self._began: dict[tuple[PackageVersion, str, bool], float] = {}
        self._refused: dict[tuple[PackageVersion, str], tuple[str, float]] = {}
        self._unfetched: dict[PackageVersion, float] = {}
        self._later: dict[PackageVersion, Manifest] = {}
        self._background: asyncio.Task[None] | None = None
        self.counts = Counts()
        self.on_refused: Callable[[PackageName, str], None] = lambda name, version: None
        """Told of versions that cannot be rewritten, so that somebody says what is in them."""

    async def rewrite(self, manifest: Manifest) -> Rewrite:
        """See Rewriter; and so the following."""
        return await self._outcome(self._start(manifest, vouching=False, urgency=Urgency.WAITED_FOR))

    async def vouch(self, manifest: Manifest) -> None:
        await self._outcome(self._start(manifest, vouching=True, urgency=Urgency.WAITED_FOR))

    async def prepare(self, first: Sequence[Manifest], later: Sequence[Manifest]) -> bool:
        now = _now()
        tried = [each for each in first if self.refused(each) is None and self._unfetched.get(each.id, now) <= now]
        for manifest in later:
            self._queue(manifest)
        if not tried:
            return False
        # Of many packages at once, what is wanted first of each comes before what is wanted next of any.
        tasks = [self._start(each, vouching=False, urgency=Urgency.SOON, rank=rank) for rank, each in enumerate(tried)]
        # Who comes while it is under way waits no longer than who came first.
        began = min(self._began.get(_key(manifest, vouching=False), now) for manifest in tried)
        done, _ = await asyncio.wait(tasks, timeout=max(0.0, began + self._patience - now))
        return any(not task.cancelled() and task.exception() is None for task in done)

    async def tarball(self, manifest: Manifest, rewrite: Rewrite) -> Tarball:
        tarballs, served = self._tarballs(manifest), _served(rewrite)
        kept = await tarballs.kept(served)
        if kept is None:
            await self._outcome(self._repairs.start(rewrite.integrity, lambda: self._make_again(manifest, rewrite)))
            kept = await tarballs.kept(served)
        if kept is None:
            raise Unrewritable("the bytes that it is served with have just been lost; ask again")
        return kept

    def refused(self, manifest: Manifest) -> str | None:
        reason, until = self._refused.get((manifest.id, _of(manifest)), ("", 0.0))
        return reason if _now() < until else None

    def document(self, packument: Packument, rewrites: Mapping[str, Rewrite]) -> SplitPackument:
        return self._pieces.document(packument.document, rewrites)

    async def close(self) -> None:
        """End what is under way."""
        if self._background is not None:
            self._background.cancel()
            await asyncio.gather(self._background, return_exceptions=True)
        await self._flights.close()
        await self._repairs.close()

    def _tarballs(self, manifest: Manifest) -> CachedTarballs:
        return self._routed.of(manifest.id.name).tarballs

    def _start(self, manifest: Manifest, *, vouching: bool, urgency: Urgency, rank: int = 0) -> asyncio.Task[Rewrite]:
        key = _key(manifest, vouching=vouching)
        if urgency is Urgency.WAITED_FOR:
            # It may be under way already, for somebody who is in no hurry.
            self._stripping.hurry(manifest)
        self._began.setdefault(key, _now())

        async def make() -> Rewrite:
            try:
                return await self._rewritten(manifest, vouching=vouching, when=(urgency, rank))
            finally:
                self._began.pop(key, None)

        return self._flights.start(key, make)

    @staticmethod
    async def _outcome(task: asyncio.Task[Value]) -> Value:
        try:
            return await asyncio.shield(task)
        except Unrewritable as error:
            # All who wait get the one instance; each raises its own.
            raise Unrewritable(str(error)) from None

    async def _rewritten(self, manifest: Manifest, *, vouching: bool, when: tuple[Urgency, int]) -> Rewrite:
        """The rewrite on record; what is not there yet is made, by one worker."""
        name, version = manifest.id.name, manifest.id.version
        if (reason := self.refused(manifest)) is not None:
            raise Unrewritable(reason)
        async with self._claims.of(f"rewrite {_of(manifest)}"):
            record = await self._ledger.record(name)
            known = record.rewrites.get(version) if record is not None else None
            if record is None or known is None or not manifest.digests.agrees(Digests.parse(known.of)):
                rewrite = await self._make(manifest, vouching=vouching, when=when)
                record = await self._ledger.rewritten(name, version, rewrite)
            if record is None or version not in record.rewrites:
                raise Unrewritable("it is not on record yet, so nothing can be kept of it; ask again")
            self._routed.replace_record(name, record)
            return record.rewrites[version]

    async def _make(self, manifest: Manifest, *, vouching: bool, when: tuple[Urgency, int]) -> Rewrite:
        outcome = await self._stripped(manifest, NEWEST, lambda _: not vouching, *when)
        if outcome.integrity is not None and vouching:
            raise self._refuse(
                manifest,
                f"it has {', '.join(outcome.removed)}, of which its document says nothing; it is listed as it is, so it is not"
                " rewritten any more",
            )
        integrity = outcome.integrity or _of(manifest)
        self.counts.rewritten += outcome.integrity is not None
        self.counts.untouched += outcome.integrity is None
        log.info("rewritten", version=str(manifest.id), removed=outcome.removed, integrity=integrity)
        return Rewrite(
            of=_of(manifest),
            recipe=NEWEST,
            integrity=integrity,
            shasum=outcome.shasum,
            size=outcome.size,
            unpacked=outcome.unpacked,
            files=outcome.files,
            removed=outcome.removed,
            at=self._time.stamping(),
        )

    async def _make_again(self, manifest: Manifest, rewrite: Rewrite) -> None:
        """Put bytes that were lost back into the store: the very ones that lockfiles pin, or none."""
        async with self._claims.of(f"rewrite {_of(manifest)}"):
            if await self._tarballs(manifest).kept(_served(rewrite)) is not None:
                return
            if rewrite.recipe not in RECIPES:
                log.error("rewritten-bytes-lost", version=str(manifest.id), recipe=rewrite.recipe)
                reason = f"this release does not know how they were made (recipe {rewrite.recipe})"
                raise self._refuse(manifest, f"the bytes that it is served with are lost, and {reason}: restore the blob store")
            found = await self._stripped(manifest, rewrite.recipe, lambda outcome: outcome.integrity == rewrite.integrity)
            if found.integrity != rewrite.integrity:
                log.error("rewritten-bytes-differ", version=str(manifest.id), wanted=rewrite.integrity, got=found.integrity)
                reason = "making them again gives others: restore the blob store"
                raise self._refuse(manifest, f"the bytes that it is served with are lost, and {reason}")
            self.counts.repaired += 1

    async def _stripped(
        self,
        manifest: Manifest,
        recipe: int,
        keep: Callable[[Outcome], bool],
        urgency: Urgency = Urgency.WAITED_FOR,
        rank: int = 0,
    ) -> Outcome:
        try:
            return await self._stripping.strip(self._tarballs(manifest), manifest, recipe, keep, urgency, rank)
        except NotStripped as error:
            log.warning("not-rewritten", version=str(manifest.id), reason=str(error))
            raise self._refuse(manifest, f"its install scripts cannot be taken out: {error}") from error
        except PratiqueError:
            self._unfetched[manifest.id] = _now() + UNFETCHED
            raise

    def _refuse(self, manifest: Manifest, reason: str) -> Unrewritable:
        if len(self._refused) >= MOST_REFUSED:
            self._refused.clear()
        self._refused[manifest.id, _of(manifest)] = (reason, _now() + REMEMBERED)
        self.counts.refused += 1
        self.on_refused(manifest.id.name, manifest.id.version)
        return Unrewritable(reason)

    def _queue(self, manifest: Manifest) -> None:
        if len(self._later) < MOST_QUEUED and self.refused(manifest) is None:
            self._later.setdefault(manifest.id, manifest)
        if self._later and (self._background is None or self._background.done()):
            self._background = asyncio.ensure_future(self._drain())

    async def _drain(self) -> None:
        """One after the other: whoever waits for a version comes first by asking for it."""
        while self._later:
            manifest = self._later.pop(next(iter(self._later)))
            with suppress(PratiqueError):
                await self._outcome(self._start(manifest, vouching=False, urgency=Urgency.LATER))


def _key(manifest: Manifest, *, vouching: bool) -> tuple[PackageVersion, str, bool]:
    return manifest.id, _of(manifest), vouching


def _of(manifest: Manifest) -> str:
    """The strongest digest of the upstream's bytes, as `Rewrite.of` has it."""
    strongest = manifest.digests.strongest
    return f"{strongest}-{manifest.digests[strongest]}" if strongest is not None else ""


def _served(rewrite: Rewrite) -> Digests:
    return digests_of(rewrite.integrity, rewrite.shasum) or Digests()


def _now() -> float:
    return asyncio.get_running_loop().time()
