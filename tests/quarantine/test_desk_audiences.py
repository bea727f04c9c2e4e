"""The desk where audiences see a version differently: what one of them alone, or all of them, can be given or refused."""

from __future__ import annotations

import pytest

from quarantine.board import Board
from quarantine.decision import Action, Decision
from quarantine.desk import Desk, Order, Standing
from quarantine.lifecycle import IllegalTransition
from quarantine.package import PackageName
from quarantine.ranges import Subject
from quarantine.verdict import ADMITTED, Effect, Finding, Verdict
from quarantine.weighing import weigh
from tests.fakes.book import MemoryBook
from tests.quarantine.examples import DAY, NAME, NOON, SHA512

AGE = Verdict((Finding("age", "too young", Effect.HOLD, NOON + DAY),))
NEW = Verdict((*AGE.findings, Finding("new-package", "a new package", Effect.HOLD, NOON + DAY)))


class Office:
    """A desk at noon, and one version that each audience's rules find so."""

    def __init__(self, **found: Verdict) -> None:
        self.found = {None if name == "everyone" else name: verdict for name, verdict in found.items()}
        self.board = Board()
        self.desk = Desk(MemoryBook(), self.board, self, lambda: NOON)

    def verdict(self, audience: str | None) -> Verdict:
        applying = [each for each in self.board.of(NAME) if each.applies("1.0.0", audience, NOON)]
        return weigh(self.found[audience], applying, SHA512)

    async def standing(self, name: PackageName, version: str, audience: str | None) -> Standing | None:
        others = {other: self.verdict(other) for other in self.found if other != audience}
        return Standing(self.verdict(audience), SHA512, others)

    known = standing

    def served(self) -> set[str]:
        return {name or "everyone" for name in self.found if not self.verdict(name).withheld}

    async def order(self, action: Action, audience: str | None = None, subject: str = "left-pad@1.0.0") -> Decision:
        return await self.desk.decide(Order(action, Subject.parse(subject), "seen", audience=audience), "ann")

    async def refused(self, action: Action, audience: str | None = None) -> str:
        before = self.board.of(NAME)
        with pytest.raises(IllegalTransition) as caught:
            await self.order(action, audience)
        assert self.board.of(NAME) is before
        return str(caught.value)


async def test_a_release_for_all_lifts_what_any_audience_waits_for() -> None:
    office = Office(everyone=AGE, research=NEW, lab=ADMITTED)
    assert (await office.order(Action.RELEASE)).lifts == {"age", "new-package"}
    assert office.served() == {"everyone", "research", "lab"}


async def test_a_release_for_one_lifts_what_that_one_waits_for() -> None:
    office = Office(everyone=NEW, research=AGE)
    assert (await office.order(Action.RELEASE, "research")).lifts == {"age"}
    assert office.served() == {"research"}


async def test_a_release_that_is_not_needed_says_for_whom_it_would_be() -> None:
    office = Office(everyone=ADMITTED, research=AGE)
    told = await office.refused(Action.RELEASE)
    assert told.endswith("it is held for research: --audience research decides for those alone")
    await office.order(Action.RELEASE, "research")
    assert office.served() == {"everyone", "research"}

    office = Office(everyone=AGE, research=ADMITTED)
    assert (await office.refused(Action.RELEASE, "research")).endswith(
        "it is held for everyone: leave --audience out to decide for all"
    )
    office = Office(everyone=AGE, research=ADMITTED, lab=AGE)
    told = await office.refused(Action.RELEASE, "research")
    assert "held for everyone and held for lab" in told
    assert "--audience" not in await Office(everyone=ADMITTED, research=ADMITTED).refused(Action.RELEASE)


async def test_a_block_for_one_is_not_one_for_all() -> None:
    office = Office(everyone=ADMITTED, research=ADMITTED)
    await office.order(Action.BLOCK, "research")
    assert office.served() == {"everyone"}
    assert "says the same already" in await office.refused(Action.BLOCK, "research")
    await office.order(Action.BLOCK)
    assert office.served() == set()


@pytest.mark.parametrize("action", [Action.BLOCK, Action.HOLD])
async def test_what_one_audience_was_given_can_be_taken_from_all(action: Action) -> None:
    office = Office(everyone=ADMITTED, research=ADMITTED)
    await office.order(action)
    await office.order(Action.RELEASE, "research")
    assert office.served() == {"research"}
    await office.order(action)
    assert office.served() == set()
    if action is Action.BLOCK:
        await office.refused(action)


async def test_a_release_for_all_outranks_a_block_for_one_and_the_next_block_wins_again() -> None:
    office = Office(everyone=AGE, research=AGE)
    await office.order(Action.BLOCK, "research")
    await office.order(Action.RELEASE)
    assert office.served() == {"everyone", "research"}
    await office.order(Action.BLOCK, "research")
    assert office.served() == {"everyone"}
