"""What every ledger promises. The tests of one derive from `LedgerContract` (and, when it persists,
`PersistentLedgerContract`) and provide the fixture `ledger`: an empty one, closed by the fixture."""

import asyncio
import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quarantine.ledger import Ledger, MemoryLedger
from quarantine.package import PackageName
from quarantine.record import Mismatch, Source
from tests.contracts.ledger_inside import InsideContract
from tests.contracts.ledger_support import (
    DAY,
    EXAMINATION,
    HOUR,
    MINUTE,
    NAME,
    OTHER,
    REWRITE,
    Rewritten,
    Step,
    T,
    digests,
    instants,
    look,
    steps,
    take,
)

EXAMPLES = itertools.count()


class LedgerContract(InsideContract):
    """What holds for a ledger while it is open."""

    async def fresh(self, ledger: Ledger) -> Ledger:
        """A ledger without records, for one of many examples; it is not closed by them."""
        raise NotImplementedError

    async def unaided(self, ledger: Ledger) -> Ledger:
        """The same records through a ledger that has none of them in memory; itself where there is no other place."""
        return ledger

    async def test_nothing_is_known_of_a_package_before_its_first_sight(self, ledger: Ledger) -> None:
        assert await ledger.record(NAME) is None
        assert await ledger.confirm(NAME, T) is None
        assert await ledger.remember_mismatch(NAME, "1.0.0", Mismatch("short", T)) is None
        await ledger.asked([NAME], T)
        assert await ledger.record(NAME) is None
        assert list(await ledger.in_use(T - DAY, 10)) == []
        assert list(await ledger.young(T - DAY)) == []
        assert await ledger.last_entry() is None

    async def test_a_look_is_kept_as_a_whole(self, ledger: Ledger) -> None:
        source = Source("packuments/ab/cdef", 'W/"etag"', "Sun, 01 Nov 2026 08:00:00 GMT")
        first = look(T, "1.0.0", "1.0.1", tags={"latest": "1.0.1"}, modified=T - HOUR, source=source)
        outcome = await ledger.absorb(NAME, first)
        assert outcome.fresh == ("1.0.0", "1.0.1")
        assert await ledger.record(NAME) == outcome.record
        assert outcome.record.source == source
        assert outcome.record.sightings["1.0.1"].digests == digests("1.0.1")
        assert outcome.record.tags == {"latest": ("1.0.1",)}

    async def test_instants_keep_their_microseconds_and_mean_the_same_in_any_zone(self, ledger: Ledger) -> None:
        at = T.astimezone(tz=None)
        await ledger.absorb(NAME, look(at, "1.0.0", published=T - timedelta(microseconds=1)))
        record = await ledger.record(NAME)
        assert record is not None
        assert record.first_seen == T
        assert record.sightings["1.0.0"].published == T - timedelta(microseconds=1)

    async def test_a_second_look_moves_no_first_sight(self, ledger: Ledger) -> None:
        await ledger.absorb(NAME, look(T, "1.0.0", tags={"latest": "1.0.0"}))
        outcome = await ledger.absorb(NAME, look(T + HOUR, "1.0.0", "1.0.1", tags={"latest": "1.0.1"}))
        assert outcome.fresh == ("1.0.1",)
        assert outcome.record.first_seen == T
        assert outcome.record.sightings["1.0.0"].first_seen == T
        assert outcome.record.sightings["1.0.1"].last_absent == T
        assert outcome.record.tags == {"latest": ("1.0.1", "1.0.0")}
        assert outcome.record.revision == 2
        assert await ledger.record(NAME) == outcome.record

    async def test_a_version_that_vanishes_is_gone_after_two_looks_and_may_come_back(self, ledger: Ledger) -> None:
        await ledger.absorb(NAME, look(T, "1.0.0", "1.0.1"))
        for minutes in (1, 5):
            await ledger.absorb(NAME, look(T + minutes * MINUTE, "1.0.0"))
        record = await ledger.record(NAME)
        assert record is not None
        assert record.sightings["1.0.1"].missing_since == T + MINUTE
        assert record.sightings["1.0.1"].gone
        back = await ledger.absorb(NAME, look(T + HOUR, "1.0.0", "1.0.1"))
        assert not back.record.sightings["1.0.1"].gone
        assert await ledger.record(NAME) == back.record

    async def test_a_rollback_changes_nothing(self, ledger: Ledger) -> None:
        before = await ledger.absorb(NAME, look(T, "1.0.0", "1.0.1", modified=T))
        outcome = await ledger.absorb(NAME, look(T + HOUR, "1.0.0", modified=T - HOUR))
        assert outcome.rollback
        assert await ledger.record(NAME) == before.record

    async def test_a_package_that_is_not_there_is_remembered_without_versions(self, ledger: Ledger) -> None:
        await ledger.absorb(NAME, look(T))
        record = await ledger.record(NAME)
        assert record is not None
        assert (record.first_seen, dict(record.sightings)) == (T, {})

    async def test_confirming_moves_the_last_look_alone_and_never_backwards(self, ledger: Ledger) -> None:
        before = (await ledger.absorb(NAME, look(T, "1.0.0"))).record
        assert await ledger.confirm(NAME, T + HOUR) == replace(before, last_look=T + HOUR)
        assert await ledger.confirm(NAME, T - HOUR) == replace(before, last_look=T + HOUR)
        assert await ledger.record(NAME) == replace(before, last_look=T + HOUR)

    async def test_the_latest_mismatch_of_a_version_is_remembered(self, ledger: Ledger) -> None:
        await ledger.absorb(NAME, look(T, "1.0.0"))
        await ledger.remember_mismatch(NAME, "1.0.0", Mismatch("too short", T + HOUR))
        record = await ledger.remember_mismatch(NAME, "1.0.0", Mismatch("other bytes", T + DAY))
        assert record is not None
        assert record.mismatches == {"1.0.0": Mismatch("other bytes", T + DAY)}
        assert record.revision == 3
        assert await ledger.record(NAME) == record

    async def test_names_differ_by_case(self, ledger: Ledger) -> None:
        await ledger.absorb(OTHER, look(T, "1.0.0"))
        assert await ledger.record(PackageName(OTHER.lower())) is None

    async def test_in_use_lists_what_was_asked_for_lately_and_looked_at_longest_ago(self, ledger: Ledger) -> None:
        names = [PackageName(name) for name in ("a", "b", "c", "d")]
        for hours, name in enumerate(names):
            await ledger.absorb(name, look(T - hours * HOUR, "1.0.0"))
        await ledger.asked([names[0]], T - 2 * DAY)
        await ledger.asked([names[3], names[1], names[2], PackageName("never-seen")], T)
        await ledger.asked([names[1]], T - DAY)
        rows = await ledger.in_use(T - DAY, 10)
        assert [(row.name, row.last_look, row.last_asked) for row in rows] == [
            ("d", T - 3 * HOUR, T),
            ("c", T - 2 * HOUR, T),
            ("b", T - HOUR, T),
        ]
        assert isinstance(rows[0].name, PackageName)
        assert [row.name for row in await ledger.in_use(T - DAY, 2)] == ["d", "c"]

    async def test_asking_for_nothing_is_allowed(self, ledger: Ledger) -> None:
        await ledger.asked([], T)

    async def test_young_lists_packages_by_the_start_of_a_clock_and_by_mismatch(self, ledger: Ledger) -> None:
        old, new, late, broken = (PackageName(name) for name in ("z-old", "Z-new", "m-late", "a-broken"))
        await ledger.absorb(old, look(T, "1.0.0"))
        await ledger.absorb(new, look(T, "1.0.0", published=None))
        await ledger.absorb(late, look(T - HOUR, "1.0.0"))
        await ledger.absorb(late, look(T + HOUR, "1.0.0", "1.0.1"))
        await ledger.absorb(broken, look(T, "1.0.0"))
        await ledger.remember_mismatch(broken, "1.0.0", Mismatch("short", T))
        assert list(await ledger.young(T - HOUR)) == ["Z-new", "a-broken", "m-late"]
        assert list(await ledger.young(T)) == ["Z-new", "a-broken"]
        assert list(await ledger.young(T + DAY)) == ["a-broken"]

    async def test_the_last_entry_is_the_latest_look(self, ledger: Ledger) -> None:
        await ledger.absorb(NAME, look(T, "1.0.0"))
        await ledger.absorb(OTHER, look(T - DAY, "1.0.0"))
        assert await ledger.last_entry() == T
        await ledger.confirm(OTHER, T + HOUR)
        assert await ledger.last_entry() == T + HOUR

    async def test_notes_are_kept_by_key(self, ledger: Ledger) -> None:
        assert await ledger.note("upstream") is None
        await ledger.write_note("upstream", "https://registry.example")
        await ledger.write_note("instance", "one \u2603")
        await ledger.write_note("instance", "two \u2603")
        assert await ledger.note("upstream") == "https://registry.example"
        assert await ledger.note("instance") == "two \u2603"

    async def test_a_lease_is_one_holders_until_its_time_is_over(self, ledger: Ledger) -> None:
        assert await ledger.lease("refresh", "one", T + MINUTE, T)
        assert not await ledger.lease("refresh", "two", T + HOUR, T + MINUTE / 2)
        assert await ledger.lease("retention", "two", T + HOUR, T)
        assert await ledger.lease("refresh", "one", T + 2 * MINUTE, T + MINUTE / 2)
        assert not await ledger.lease("refresh", "two", T + HOUR, T + MINUTE)
        assert await ledger.lease("refresh", "two", T + HOUR, T + 2 * MINUTE)
        assert not await ledger.lease("refresh", "one", T + HOUR, T + 2 * MINUTE)

    async def test_a_holder_ends_its_lease(self, ledger: Ledger) -> None:
        assert await ledger.lease("refresh", "one", T + HOUR, T)
        assert await ledger.lease("refresh", "one", T, T)
        assert await ledger.lease("refresh", "two", T + HOUR, T)

    async def test_of_many_who_want_a_lease_at_once_one_gets_it(self, ledger: Ledger) -> None:
        for n in range(5):
            now = T + n * HOUR
            wanted = [(await self.unaided(ledger)).lease("refresh", f"{n}-{k}", now + HOUR, now) for k in range(8)]
            assert sum(await asyncio.gather(*wanted)) == 1

    async def test_closing_twice_is_allowed(self, ledger: Ledger) -> None:
        await ledger.close()
        await ledger.close()

    # The fixture is shared by all examples; each takes an empty ledger of its own out of it. Every ledger's tests derive from
    # this class, and what is drawn depends on none of them: an example that failed with the one is one for the others as well.
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(script=st.lists(steps, max_size=12), since=instants)
    async def test_any_sequence_leaves_what_the_reference_has(self, ledger: Ledger, script: list[Step], since: datetime) -> None:
        subject, reference = await self.fresh(ledger), MemoryLedger()
        # Rewrites are everybody's, so each example has bytes of its own.
        own = f"sha512-{next(EXAMPLES)}"
        for drawn in script:
            step = Rewritten(drawn.version, replace(drawn.rewrite, of=own)) if isinstance(drawn, Rewritten) else drawn
            assert await take(subject, NAME, step) == await take(reference, NAME, step)
            assert await subject.record(NAME) == await reference.record(NAME)
            assert await (await self.unaided(subject)).record(NAME) == await reference.record(NAME)
        assert list(await subject.young(since)) == list(await reference.young(since))
        assert list(await subject.in_use(since, 10)) == list(await reference.in_use(since, 10))
        assert list(await subject.unexamined(since, 2, 3)) == list(await reference.unexamined(since, 2, 3))
        assert await (await self.unaided(subject)).rewrite_of(own) == await reference.rewrite_of(own)


class PersistentLedgerContract(LedgerContract):
    """What also holds for a ledger that outlives its process."""

    async def open_again(self, ledger: Ledger) -> Ledger:
        """Close the ledger and open the same place again; the fixture closes what this gives, too."""
        raise NotImplementedError

    async def test_everything_survives_reopening(self, ledger: Ledger) -> None:
        source = Source("packuments/ab/cdef", 'W/"etag"')
        await ledger.absorb(NAME, look(T, "1.0.0", tags={"latest": "1.0.0"}, source=source))
        await ledger.absorb(NAME, look(T + HOUR, "1.0.1", tags={"latest": "1.0.1"}, modified=T))
        await ledger.remember_mismatch(NAME, "1.0.1", Mismatch("short", T + DAY))
        await ledger.rewritten(NAME, "1.0.0", REWRITE)
        before = await ledger.examined(NAME, "1.0.1", EXAMINATION)
        await ledger.asked([NAME], T)
        await ledger.write_note("instance", "one")
        in_use = list(await ledger.in_use(T, 1))
        again = await self.open_again(ledger)
        assert await again.record(NAME) == before
        assert list(await again.in_use(T, 1)) == in_use
        assert await again.note("instance") == "one"
        assert await again.last_entry() == T + HOUR

    async def test_a_look_after_reopening_goes_on_where_it_was(self, ledger: Ledger) -> None:
        await ledger.absorb(NAME, look(T, "1.0.0"))
        again = await self.open_again(ledger)
        outcome = await again.absorb(NAME, look(T + HOUR, "1.0.0", "1.0.1"))
        assert outcome.fresh == ("1.0.1",)
        assert outcome.record.revision == 2
        assert outcome.record.sightings["1.0.1"].last_absent == T

    async def test_a_naive_instant_is_refused_and_changes_nothing(self, ledger: Ledger) -> None:
        before = (await ledger.absorb(NAME, look(T, "1.0.0"))).record
        with pytest.raises(ValueError, match="time zone"):
            await ledger.remember_mismatch(NAME, "1.0.0", Mismatch("short", T.replace(tzinfo=None)))
        assert await (await self.open_again(ledger)).record(NAME) == before
