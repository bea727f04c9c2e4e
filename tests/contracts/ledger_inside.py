"""What every ledger promises about examinations and rewrites; a part of `tests.contracts.ledger.LedgerContract`."""

import asyncio
from dataclasses import replace

from quarantine.ledger import Ledger
from quarantine.package import PackageName
from quarantine.record import Look, Seen
from tests.contracts.ledger_support import DAY, EXAMINATION, HOUR, NAME, OTHER, REWRITE, T, digests, look


class InsideContract:
    """What holds for a ledger while it is open, as far as the inside of tarballs goes."""

    async def unaided(self, ledger: Ledger) -> Ledger:
        """See LedgerContract."""
        raise NotImplementedError

    async def test_the_last_examination_of_a_version_is_kept_and_makes_a_new_revision(self, ledger: Ledger) -> None:
        assert await ledger.examined(NAME, "1.0.0", EXAMINATION) is None
        before = (await ledger.absorb(NAME, look(T, "1.0.0"))).record
        first = await ledger.examined(NAME, "1.0.0", EXAMINATION)
        later = replace(EXAMINATION, examiner=2, failed="it took too long", contents=None)
        second = await ledger.examined(NAME, "1.0.0", later)
        assert first is not None
        assert second is not None
        assert (first.examinations, second.examinations) == ({"1.0.0": EXAMINATION}, {"1.0.0": later})
        assert before.revision < first.revision < second.revision
        assert (await ledger.absorb(NAME, look(T + HOUR, "1.0.0", "1.0.1"))).record.examinations == {"1.0.0": later}

    async def test_unexamined_lists_young_versions_in_use_that_no_examiner_like_this_looked_into(self, ledger: Ledger) -> None:
        young = {f"1.0.{n}": Seen(T - n * HOUR, digests(str(n))) for n in range(5)}
        await ledger.absorb(NAME, Look(T, {**young, "0.9.0": Seen(T - 9 * DAY, digests("old"))}))
        await ledger.absorb(OTHER, Look(T, young))
        assert list(await ledger.unexamined(T - DAY, 1, 10)) == []
        await ledger.asked([NAME], T)
        await ledger.examined(NAME, "1.0.1", EXAMINATION)
        assert [each.version for each in await ledger.unexamined(T - DAY, 1, 3)] == ["1.0.0", "1.0.2", "1.0.3"]
        assert [each.version for each in await ledger.unexamined(T - DAY, 2, 3)] == ["1.0.0", "1.0.1", "1.0.2"]
        assert {each.name for each in await ledger.unexamined(T - DAY, 1, 10)} == {NAME}

    async def test_unexamined_versions_of_several_packages_come_in_one_order(self, ledger: Ledger) -> None:
        names = [PackageName(name) for name in ("b", "a", "c")]
        for hours, name in enumerate(names):
            ages = {"1.0.0": hours, "1.0.1": hours + 2, "1.0.2": 7}
            await ledger.absorb(name, Look(T, {each: Seen(T - age * HOUR, digests(each)) for each, age in ages.items()}))
        await ledger.asked(names, T)
        found = [str(each) for each in await ledger.unexamined(T - 7 * HOUR, 1, 10)]
        assert found == ["b@1.0.0", "a@1.0.0", "b@1.0.1", "c@1.0.0", "a@1.0.1", "c@1.0.1", "a@1.0.2", "b@1.0.2", "c@1.0.2"]
        assert [str(each) for each in await ledger.unexamined(T - 7 * HOUR, 1, 4)] == found[:4]
        assert [str(each) for each in await ledger.unexamined(T - 6 * HOUR, 1, 10)] == found[:6]
        assert list(await ledger.unexamined(T - 7 * HOUR, 1, 0)) == []

    async def test_what_has_gone_is_not_to_be_examined(self, ledger: Ledger) -> None:
        await ledger.absorb(NAME, look(T, "1.0.0", "1.0.1", published=T))
        await ledger.asked([NAME], T)
        for at in (T + HOUR, T + 2 * HOUR):
            await ledger.absorb(NAME, look(at, "1.0.0", published=T))
        assert [each.version for each in await ledger.unexamined(T - DAY, 1, 10)] == ["1.0.0"]

    async def test_the_first_rewrite_of_bytes_stays_whatever_its_recipe_and_whoever_has_them(self, ledger: Ledger) -> None:
        assert await ledger.rewritten(NAME, "1.0.0", REWRITE) is None
        for name in (NAME, OTHER):
            await ledger.absorb(name, look(T, "1.0.0", "1.0.1"))
        await ledger.rewritten(NAME, "1.0.0", REWRITE)
        other = replace(REWRITE, recipe=2, integrity="sha512-other", at=T + HOUR)
        for name, version in ((NAME, "1.0.0"), (NAME, "1.0.1"), (OTHER, "1.0.0")):
            record = await ledger.rewritten(name, version, other)
            assert record is not None
            assert record.rewrites[version] == REWRITE
        assert await ledger.rewrite_of(REWRITE.of) == REWRITE
        assert await ledger.rewrite_of("sha512-unheard") is None

    async def test_of_many_rewrites_at_once_all_get_the_one_that_stays(self, ledger: Ledger) -> None:
        await ledger.absorb(NAME, look(T, "1.0.0"))
        several = [replace(REWRITE, integrity=f"sha512-{n}") for n in range(6)]
        writing = [(await self.unaided(ledger)).rewritten(NAME, "1.0.0", each) for each in several]
        records = await asyncio.gather(*writing)
        assert len({record.rewrites["1.0.0"].integrity for record in records if record is not None}) == 1
        assert None not in records
