"""Rewriting by itself: how long somebody waits, what is tried again, and what comes later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from proxy.clock import TrustedTime
from proxy.npm.integrity import digests_of
from proxy.registry.errors import UpstreamDown
from proxy.registry.interface import Manifest
from proxy.registry.pieces import Pieces
from proxy.registry.rewriting import MOST_QUEUED, Rewriting
from proxy.registry.routed import Routed, Source
from proxy.registry.scripts import Unrewritable
from proxy.registry.stripped_file import NEWEST, Outcome
from proxy.registry.stripping import NotStripped, Stripping
from proxy.shared.claims import Claims
from proxy.shared.turns import Urgency
from proxy.signing.key import SigningKey
from quarantine.ledger import MemoryLedger
from quarantine.package import PackageName, PackageVersion
from quarantine.record import Look, PackageRecord, Seen
from tests.fakes.clock import FakeClock
from tests.proxy.npm.examples import OTHER, SHA512, SHASUM

NAME = PackageName("left-pad")
DIGESTS = digests_of(SHA512, SHASUM)
KEY = SigningKey.generate()


def manifest(version: str = "1.0.0") -> Manifest:
    assert DIGESTS is not None
    return Manifest(PackageVersion(NAME, version), DIGESTS, "http://upstream.invalid/x")


@dataclass
class Bench:
    """Stands where archives are stripped: each waits for the word to go."""

    outcome: Outcome | Exception = field(default_factory=lambda: Outcome(OTHER, SHASUM, 1, 2, 3, ("scripts.install",)))
    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    versions: list[str] = field(default_factory=list)
    urgencies: list[tuple[Urgency, int]] = field(default_factory=list)
    hurried: list[str] = field(default_factory=list)

    def hurry(self, of: Manifest) -> None:
        self.hurried.append(of.id.version)

    async def strip(
        self, tarballs: Any, of: Manifest, recipe: int, keep: Callable[[Outcome], bool], urgency: Urgency, rank: int
    ) -> Outcome:
        assert recipe == NEWEST
        self.versions.append(of.id.version)
        self.urgencies.append((urgency, rank))
        self.begun.set()
        await self.go.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class Documents:
    """The cached stage, as far as it is told of records."""

    def __init__(self) -> None:
        self.records: list[PackageRecord] = []

    def replace_record(self, name: PackageName, record: PackageRecord) -> None:
        self.records.append(record)


@dataclass
class Scene:
    """One rewriter, with everything around it."""

    rewriting: Rewriting
    bench: Bench
    ledger: MemoryLedger
    documents: Documents


@asynccontextmanager
async def scene(*, patience: float = 30, versions: int = 3, ledger: MemoryLedger | None = None) -> AsyncIterator[Scene]:
    """The ledger knows `left-pad` 1.0.0 and some more."""
    clock, bench, documents = FakeClock(), Bench(), Documents()
    if ledger is None:
        ledger = MemoryLedger()
        assert DIGESTS is not None
        seen = {f"1.{minor}.0": Seen(clock.now(), DIGESTS) for minor in range(versions)}
        await ledger.absorb(NAME, Look(clock.now(), seen))
    source = Source(cast("Any", None), cast("Any", documents), cast("Any", None), ledger)
    routed = Routed(source, {}, lambda name: None)
    time = TrustedTime(clock)
    rewriting = Rewriting(routed, ledger, cast("Stripping", bench), Claims.alone(), time, Pieces(KEY), patience)
    yield Scene(rewriting, bench, ledger, documents)
    await rewriting.close()


async def test_who_waits_for_a_document_waits_only_so_long_and_the_work_goes_on() -> None:
    async with scene(patience=0.05) as stage:
        assert not await stage.rewriting.prepare([manifest()], [])
        # Whoever comes later waits no more at all, and begins nothing anew.
        assert not await stage.rewriting.prepare([manifest()], [])
        assert stage.bench.versions == ["1.0.0"]
        stage.bench.go.set()
        rewrite = await stage.rewriting.rewrite(manifest())
        assert (rewrite.of, rewrite.integrity, rewrite.recipe) == (SHA512, OTHER, NEWEST)
        assert stage.bench.versions == ["1.0.0"]
        assert stage.documents.records[-1].rewrites["1.0.0"] == rewrite


async def test_who_asks_for_a_version_hurries_what_was_begun_for_a_document() -> None:
    async with scene(patience=0.05) as stage:
        assert not await stage.rewriting.prepare([manifest(), manifest("1.1.0")], [])
        assert stage.bench.urgencies == [(Urgency.SOON, 0), (Urgency.SOON, 1)]
        assert stage.bench.hurried == []
        stage.bench.go.set()
        await stage.rewriting.rewrite(manifest("1.1.0"))
        assert stage.bench.hurried == ["1.1.0"]


async def test_a_caller_who_gives_up_ends_it_for_nobody() -> None:
    async with scene() as stage:
        first = asyncio.ensure_future(stage.rewriting.rewrite(manifest()))
        second = asyncio.ensure_future(stage.rewriting.rewrite(manifest()))
        await stage.bench.begun.wait()
        first.cancel()
        stage.bench.go.set()
        assert (await second).integrity == OTHER
        assert stage.bench.versions == ["1.0.0"]


async def test_what_is_on_record_is_not_made_again() -> None:
    async with scene() as stage:
        stage.bench.go.set()
        first = await stage.rewriting.rewrite(manifest())
        async with scene(ledger=stage.ledger) as other:
            assert await other.rewriting.rewrite(manifest()) == first
            assert other.bench.versions == []
            assert other.documents.records


async def test_the_first_outcome_counts_for_all_who_made_one() -> None:
    async with scene() as one, scene(ledger=one.ledger) as two:
        other = "sha512-" + "B" * 86 + "=="
        two.bench.outcome = Outcome(other, SHASUM, 9, 9, 9)
        tasks = [asyncio.ensure_future(each.rewriting.rewrite(manifest())) for each in (one, two)]
        await one.bench.begun.wait()
        await two.bench.begun.wait()
        two.bench.go.set()
        assert (await tasks[1]).integrity == other
        one.bench.go.set()
        assert (await tasks[0]).integrity == other


async def test_what_cannot_be_stripped_is_not_tried_again_at_once() -> None:
    async with scene() as stage:
        told: list[str] = []
        stage.rewriting.on_refused = lambda name, version: told.append(f"{name}@{version}")
        stage.bench.outcome = NotStripped("it is odd")
        stage.bench.go.set()
        for _ in range(3):
            with pytest.raises(Unrewritable, match="it is odd"):
                await stage.rewriting.rewrite(manifest())
        assert not await stage.rewriting.prepare([manifest()], [manifest()])
        assert stage.rewriting.refused(manifest()) == "its install scripts cannot be taken out: it is odd"
        assert stage.rewriting.refused(manifest("1.1.0")) is None
        assert stage.bench.versions == ["1.0.0"]
        assert told == ["left-pad@1.0.0"]


async def test_what_cannot_be_fetched_is_tried_again_for_who_asks_for_it_and_not_for_every_document() -> None:
    async with scene() as stage:
        stage.bench.outcome = UpstreamDown("no answer")
        stage.bench.go.set()
        assert not await stage.rewriting.prepare([manifest()], [])
        assert not await stage.rewriting.prepare([manifest()], [])
        assert stage.bench.versions == ["1.0.0"]
        with pytest.raises(UpstreamDown):
            await stage.rewriting.rewrite(manifest())
        assert stage.bench.versions == ["1.0.0", "1.0.0"]
        assert stage.rewriting.refused(manifest()) is None


async def test_one_that_fails_keeps_no_other_from_being_listed() -> None:
    async with scene(patience=0.05) as stage:
        stuck = asyncio.ensure_future(stage.rewriting.rewrite(manifest("1.1.0")))
        await stage.bench.begun.wait()
        stage.bench.go.set()
        assert await stage.rewriting.prepare([manifest("1.1.0"), manifest("1.2.0")], [])
        await stuck
        record = await stage.ledger.record(NAME)
        assert record is not None
        assert record.rewrites.keys() == {"1.1.0", "1.2.0"}


async def test_the_rest_comes_one_by_one_without_anybody_asking() -> None:
    async with scene(versions=40) as stage:
        stage.bench.go.set()
        later = [manifest(f"1.{minor}.0") for minor in range(40)]
        assert not await stage.rewriting.prepare([], later)
        async with asyncio.timeout(10):
            while len(stage.bench.versions) < 40:  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0)
        assert stage.bench.versions == [each.id.version for each in later]


async def test_no_more_than_so_many_wait() -> None:
    async with scene() as stage:
        await stage.rewriting.prepare([], [manifest(f"1.{minor}.0") for minor in range(MOST_QUEUED + 50)])
        await stage.bench.begun.wait()
        assert len(stage.rewriting._later) < MOST_QUEUED
        assert stage.bench.versions == ["1.0.0"]


async def test_scripts_that_no_document_tells_of_are_refused_and_nothing_is_put_on_record() -> None:
    async with scene() as stage:
        stage.bench.go.set()
        with pytest.raises(Unrewritable, match=r"it has scripts\.install, of which its document says nothing"):
            await stage.rewriting.vouch(manifest())
        record = await stage.ledger.record(NAME)
        assert record is not None
        assert not record.rewrites


async def test_a_package_that_is_on_no_record_is_not_rewritten() -> None:
    async with scene(ledger=MemoryLedger()) as stage:
        stage.bench.go.set()
        with pytest.raises(Unrewritable, match="not on record yet"):
            await stage.rewriting.rewrite(manifest())
