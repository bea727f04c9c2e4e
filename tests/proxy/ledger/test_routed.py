"""Ledgers of several registries as one: the contract of ledgers holds, and nobody's facts are taken for another's."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.ledger.routed import RoutedLedger
from proxy.ledger.sql import SqlLedger
from quarantine.ledger import Ledger, MemoryLedger
from quarantine.package import PackageName
from quarantine.record import Mismatch
from tests.contracts.ledger import LedgerContract
from tests.contracts.ledger_support import DAY, EXAMINATION, HOUR, NAME, REWRITE, T, look

PUBLIC = PackageName("left-pad")


def routed(public: Ledger, own: Ledger) -> RoutedLedger:
    """The scope @acme has a registry of its own."""
    return RoutedLedger(public, [own], lambda name: own if name.startswith("@acme/") else public)


class TestRoutedLedger(LedgerContract):
    """As `proxy.wiring.build` has it: both in one database. The contract's packages are on either side."""

    @pytest.fixture
    async def ledger(self, tmp_path: Path) -> AsyncIterator[Ledger]:
        self.numbers = itertools.count()
        self.opened = await SqlLedger.open(tmp_path / "ledger.sqlite3", "https://registry.example")
        self.own = await self.opened.beside("https://npm.acme.example/")
        yield routed(self.opened, self.own)
        await self.opened.close()

    async def fresh(self, ledger: Ledger) -> Ledger:
        number = next(self.numbers)
        sides = [await self.opened.beside(f"https://{side}.example/{number}") for side in ("public", "own")]
        return routed(*sides)


@pytest.fixture
def sides() -> tuple[MemoryLedger, MemoryLedger]:
    return MemoryLedger(), MemoryLedger()


async def test_each_package_is_kept_where_it_comes_from(sides: tuple[MemoryLedger, MemoryLedger]) -> None:
    public, own = sides
    both = routed(public, own)
    for name in (NAME, PUBLIC):
        await both.absorb(name, look(T, "1.0.0"))
        await both.confirm(name, T + HOUR)
        await both.remember_mismatch(name, "1.0.0", Mismatch("short", T))
        await both.examined(name, "1.0.0", EXAMINATION)
        await both.rewritten(name, "1.0.0", REWRITE)
    assert await public.record(NAME) is None
    assert await own.record(PUBLIC) is None
    assert await own.record(NAME) == await both.record(NAME) is not None
    assert await public.record(PUBLIC) == await both.record(PUBLIC) is not None


async def test_what_the_public_one_once_said_of_an_own_package_counts_nowhere(sides: tuple[MemoryLedger, MemoryLedger]) -> None:
    public, own = sides
    await public.absorb(NAME, look(T, "9.9.9", published=T))
    await public.asked([NAME], T)
    both = routed(public, own)
    assert await both.record(NAME) is None
    assert await both.confirm(NAME, T + DAY) is None
    assert await both.remember_mismatch(NAME, "9.9.9", Mismatch("short", T)) is None
    assert await both.examined(NAME, "9.9.9", EXAMINATION) is None
    assert await both.rewritten(NAME, "9.9.9", REWRITE) is None
    assert list(await both.unexamined(T - 2 * DAY, 1, 10)) == []
    assert list(await both.young(T - DAY)) == []
    assert list(await both.in_use(T - DAY, 10)) == []
    await both.absorb(NAME, look(T + DAY, "1.0.0"))
    await both.asked([NAME], T + DAY)
    assert [row.last_look for row in await both.in_use(T - DAY, 10)] == [T + DAY]


async def test_lists_are_one_list(sides: tuple[MemoryLedger, MemoryLedger]) -> None:
    both = routed(*sides)
    names = [PackageName(name) for name in ("@acme/z", "b", "@acme/a", "a")]
    for hours, name in enumerate(names):
        await both.absorb(name, look(T - hours * HOUR, "1.0.0", published=T - hours * HOUR))
    await both.asked(names, T)
    assert [row.name for row in await both.in_use(T, 3)] == ["a", "@acme/a", "b"]
    assert list(await both.young(T - DAY)) == ["@acme/a", "@acme/z", "a", "b"]


async def test_one_registry_with_much_to_examine_keeps_no_other_waiting(sides: tuple[MemoryLedger, MemoryLedger]) -> None:
    both = routed(*sides)
    await both.absorb(PUBLIC, look(T, *(f"1.0.{n}" for n in range(9)), published=T))
    await both.absorb(NAME, look(T, "1.0.0", "1.0.1", published=T - HOUR))
    await both.asked([PUBLIC, NAME], T)
    found = [str(each) for each in await both.unexamined(T - DAY, 1, 6)]
    turns = [f"{PUBLIC}@1.0.0", f"{NAME}@1.0.0", f"{PUBLIC}@1.0.1", f"{NAME}@1.0.1", f"{PUBLIC}@1.0.2", f"{PUBLIC}@1.0.3"]
    assert found == turns


async def test_what_became_of_bytes_is_known_whatever_registry_they_came_from(tmp_path: Path) -> None:
    public = await SqlLedger.open(tmp_path / "ledger.sqlite3", "https://registry.example")
    both = routed(public, await public.beside("https://npm.acme.example/"))
    await both.absorb(NAME, look(T, "1.0.0"))
    await both.rewritten(NAME, "1.0.0", REWRITE)
    assert await both.rewrite_of(REWRITE.of) == REWRITE
    await public.close()


async def test_notes_and_the_clock_are_the_installations(tmp_path: Path) -> None:
    public = await SqlLedger.open(tmp_path / "ledger.sqlite3", "https://registry.example")
    own = await public.beside("https://npm.acme.example/")
    both = routed(public, own)
    await both.write_note("instance", "one")
    assert await own.note("instance") == "one"
    await both.absorb(NAME, look(T, "1.0.0"))
    assert await both.last_entry() == T
    await public.close()


async def test_two_namespaces_of_one_registry_share_what_is_known(tmp_path: Path) -> None:
    public = await SqlLedger.open(tmp_path / "ledger.sqlite3", "https://registry.example")
    one, two = await public.beside("https://npm.acme.example/"), await public.beside("https://npm.acme.example/")
    both = RoutedLedger(public, [one, two], lambda name: {"a": one, "b": two}.get(name, public))
    for name in ("a", "b"):
        await both.absorb(PackageName(name), look(T, "1.0.0", published=T))
        await both.asked([PackageName(name)], T)
    assert list(await both.young(T - DAY)) == ["a", "b"]
    assert sorted(row.name for row in await both.in_use(T - DAY, 10)) == ["a", "b"]
    assert sorted(str(each) for each in await both.unexamined(T - DAY, 1, 10)) == ["a@1.0.0", "b@1.0.0"]
    await public.close()
