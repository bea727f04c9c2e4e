"""The desk: orders that cannot be are refused with the mend; the others are on the board before it answers."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from quarantine.board import Board
from quarantine.book import Draft, UnknownDecision
from quarantine.decision import Action, Decision
from quarantine.desk import MAX_REASON, BadOrder, Desk, Order, Standing
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.lifecycle import IllegalTransition
from quarantine.package import PackageName
from quarantine.ranges import Subject
from quarantine.verdict import ADMITTED, Effect, Finding, Verdict
from quarantine.weighing import weigh
from tests.fakes.book import MemoryBook
from tests.quarantine.decided import EXACT
from tests.quarantine.examples import DAY, HOUR, MICRO, NAME, NOON, SHA512

YOUNG = Verdict((Finding("age", "too young", Effect.HOLD, NOON + DAY),))
HARD = Verdict((*YOUNG.findings, Finding("integrity", "its bytes changed", Effect.BLOCK)))


class Full(PratiqueError):
    """The disk is."""


class BrokenBook(MemoryBook):
    """A book that nothing more can be written into."""

    async def fail(self, *_arguments: object) -> NoReturn:
        raise Full("no space left")

    decide = withdraw = set_freeze = fail  # type: ignore[assignment]


class Office:
    """A desk at noon, and everything around it: one version, found so by the rules, then weighed as it is decided about."""

    def __init__(self, found: Verdict | None = YOUNG, digests: Digests | None = SHA512, book: MemoryBook | None = None) -> None:
        self.found, self.digests = found, digests
        self.book, self.board, self.now = book or MemoryBook(), Board(), NOON
        self.desk = Desk(self.book, self.board, self, lambda: self.now)

    async def standing(self, name: PackageName, version: str, audience: str | None) -> Standing | None:
        if self.found is None:
            return None
        applying = [each for each in self.board.of(name) if each.applies(version, audience, self.now)]
        return Standing(weigh(self.found, applying, self.digests), self.digests)

    async def known(self, name: PackageName, version: str, audience: str | None) -> Standing | None:
        return await self.standing(name, version, audience)

    async def order(self, action: Action, subject: str = "left-pad@1.0.0", reason: str = "seen", **facts: Any) -> Decision:
        return await self.desk.decide(Order(action, Subject.parse(subject), reason, **facts), "ann")

    async def refused(self, action: Action, words: str, error: type[PratiqueError] = BadOrder, **facts: Any) -> None:
        """It is refused in these words, and nothing has changed."""
        before = self.board.of(NAME), await self.book.head()
        with pytest.raises(error, match=words):
            await self.order(action, **facts)
        assert before == (self.board.of(NAME), await self.book.head())


# What is refused


@pytest.mark.parametrize("action", Action)
async def test_a_decision_has_a_reason_and_a_future(action: Action) -> None:
    office = Office()
    await office.refused(action, "needs a reason", reason=" \n ")
    await office.refused(action, f"longer than {MAX_REASON}", reason="x" * (MAX_REASON + 1))
    await office.refused(action, "expired before", expires=NOON)
    assert (await office.order(action, reason=" x ", expires=NOON + MICRO)).reason == "x"


@pytest.mark.parametrize("subject", ["left-pad", "left-pad@<2.0.0", "left-pad@v1.0.0"])
async def test_a_release_names_one_version(subject: str) -> None:
    await Office().refused(Action.RELEASE, "write NAME@VERSION", subject=subject)


@pytest.mark.parametrize(
    ("office", "words"),
    [
        (Office(found=None), "lists no left-pad@1.0.0"),
        (Office(HARD), "cannot be released: its bytes changed$"),
        (Office(digests=None), "without a digest"),
        (Office(digests=Digests()), "without a digest"),
    ],
    ids=["unknown", "hard", "no digests", "empty digests"],
)
async def test_a_release_needs_bytes_that_can_be_vouched_for(office: Office, words: str) -> None:
    await office.refused(Action.RELEASE, words)


async def test_steps_that_are_not_in_the_table_are_refused() -> None:
    await Office(ADMITTED).refused(Action.RELEASE, "is admitted", IllegalTransition)
    office = Office()
    await office.order(Action.BLOCK, "left-pad@<2")
    await office.refused(Action.HOLD, "is blocked", IllegalTransition)


@pytest.mark.parametrize("action", [Action.BLOCK, Action.HOLD])
async def test_a_repetition_is_refused_until_the_first_has_ended(action: Action) -> None:
    office = Office(ADMITTED)
    first = await office.order(action, "left-pad@<2", expires=NOON + DAY)
    for sooner in (DAY, DAY / 2):
        said = {"subject": "left-pad@<2", "expires": NOON + sooner}
        await office.refused(action, f"decision {first.number} says the same", IllegalTransition, **said)
    await office.order(action, "left-pad@<2", audience="research")
    office.now = NOON + DAY
    await office.order(action, "left-pad@<2", expires=NOON + 2 * DAY)


@pytest.mark.parametrize("action", [Action.BLOCK, Action.HOLD])
@pytest.mark.parametrize("subject", ["left-pad@<2", "left-pad@1.0.0"])
async def test_what_ends_can_be_made_to_last_without_a_gap(action: Action, subject: str) -> None:
    office = Office(ADMITTED)
    await office.order(action, subject, expires=NOON + DAY)
    longer = await office.order(action, subject, expires=NOON + 2 * DAY)
    await office.order(action, "left-pad@1.0.0")
    office.now = NOON + DAY
    assert longer.active(office.now)


async def test_a_lockfile_does_not_outrank_a_block_that_a_freeze_keeps() -> None:
    office = Office(ADMITTED)
    pinned = Draft(Action.RELEASE, Subject.parse("left-pad@1.0.0"), "a lockfile", digests=SHA512, lifts=frozenset({"age"}))
    await office.order(Action.BLOCK, expires=NOON + DAY)
    await office.desk.freeze("an incident", "ann")
    office.now = NOON + 2 * DAY
    with pytest.raises(IllegalTransition, match="blocked by decision 1"):
        await office.desk.admit_pinned([pinned], "ann")
    await office.desk.thaw("over", "ann")
    await office.desk.admit_pinned([pinned], "ann")


async def test_whoever_decides_meanwhile_is_not_overtaken() -> None:
    office = Office()
    pinned = Draft(Action.RELEASE, Subject.parse("left-pad@1.0.0"), "a lockfile", digests=SHA512, lifts=frozenset({"age"}))
    # Another server's, which is in the book and not yet on our board.
    await office.book.decide([Draft(Action.BLOCK, Subject.parse("left-pad@<2"), "seen")], "block", "ben", NOON)
    with pytest.raises(IllegalTransition, match="meanwhile"):
        await office.desk.admit_pinned([pinned], "ann")
    await office.refused(Action.RELEASE, "meanwhile", IllegalTransition)


async def test_what_was_released_again_can_be_blocked_again() -> None:
    office = Office()
    for action in (Action.BLOCK, Action.RELEASE, Action.BLOCK, Action.RELEASE, Action.HOLD, Action.RELEASE):
        await office.order(action)
        standing = await office.standing(NAME, "1.0.0", None)
        assert standing is not None
        assert standing.verdict.withheld is (action is not Action.RELEASE)


async def test_what_is_not_yet_published_can_be_blocked() -> None:
    assert (await Office(found=None).order(Action.BLOCK)).subject == EXACT


# What is decided


async def test_a_release_binds_the_bytes_and_lifts_what_was_seen() -> None:
    office = Office()
    decided = await office.order(Action.RELEASE, expires=NOON + DAY, audience="research")
    assert (decided.digests, decided.lifts, decided.expires, decided.audience) == (SHA512, {"age"}, NOON + DAY, "research")
    assert (decided.actor, decided.at) == ("ann", NOON)
    assert office.board.of(NAME) == tuple(await office.book.decisions()) == (decided,)


async def test_a_release_of_what_is_blocked_lifts_the_rules_and_outranks_the_block() -> None:
    office = Office()
    await office.order(Action.RELEASE)
    await office.order(Action.BLOCK)
    assert (await office.order(Action.RELEASE)).lifts == {"age"}


async def test_nothing_is_on_the_board_that_is_not_in_the_book() -> None:
    office = Office(book=BrokenBook())
    for action in Action:
        await office.refused(action, "no space", Full)
    with pytest.raises(Full):
        await office.desk.admit_pinned([PIN], "ann")
    with pytest.raises(Full):
        await office.desk.freeze("worm", "ann")
    assert (office.board.of(NAME), office.board.frozen) == ((), None)


# Lockfiles, withdrawals, the freeze

PIN = Draft(Action.RELEASE, EXACT, "a lockfile", digests=SHA512, lifts=frozenset({"age"}))


async def test_a_lockfile_is_admitted_at_once() -> None:
    office = Office()
    decided = await office.desk.admit_pinned([PIN, PIN], "ann")
    assert [each.number for each in decided] == [1, 2]
    assert office.board.of(NAME) == tuple(decided)
    assert [entry.kind async for entry in office.book.entries()] == ["adopt"]
    assert await office.desk.admit_pinned([], "ann") == ()


async def test_a_withdrawal_counts_at_once_and_once() -> None:
    office = Office(ADMITTED)
    decided = await office.order(Action.BLOCK, expires=NOON + DAY)
    with pytest.raises(BadOrder, match="reason"):
        await office.desk.withdraw(decided.number, " ", "bob")
    office.now = NOON + HOUR
    withdrawn = await office.desk.withdraw(decided.number, "a mistake", "bob")
    assert withdrawn.withdrawn == NOON + HOUR
    assert office.board.of(NAME) == (withdrawn,)
    for number, error in ((decided.number, IllegalTransition), (9, UnknownDecision)):
        with pytest.raises(error, match=r"already|no decision 9"):
            await office.desk.withdraw(number, "again", "bob")


async def test_a_freeze_stops_and_a_thaw_goes_on() -> None:
    office = Office()
    for _twice in range(2):
        with pytest.raises(IllegalTransition, match="not stopped"):
            await office.desk.thaw("go", "ann")
        assert (await office.desk.freeze("worm", "ann")).since == office.board.frozen == NOON
        with pytest.raises(IllegalTransition, match="stopped already"):
            await office.desk.freeze("worm", "ann")
        await office.desk.thaw("over", "ann")
        assert (office.board.frozen, await office.book.freeze()) == (None, None)
    for call in (office.desk.freeze, office.desk.thaw):
        with pytest.raises(BadOrder, match="reason"):
            await call("", "ann")
