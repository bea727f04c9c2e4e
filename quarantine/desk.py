"""The desk: everything an administrator can do. Command line, API and console all come through here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from quarantine.board import Board
from quarantine.book import Book, Draft, Freeze, UnknownDecision
from quarantine.decision import Action, Decision
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.lifecycle import STEPS, IllegalTransition, check_withdrawal, state_of, step
from quarantine.package import PackageName
from quarantine.ranges import Subject
from quarantine.verdict import Effect, Verdict
from quarantine.weighing import BLOCKED, HELD, OTHER_BYTES

MAX_REASON = 2000

BY_HAND = frozenset({BLOCKED, HELD, OTHER_BYTES})
"""Findings that come from decisions: a newer release outranks them, it need not lift them."""


class BadOrder(PratiqueError):
    """What was asked for cannot be decided so; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Order:
    """A decision as somebody asks for it."""

    action: Action
    subject: Subject
    reason: str
    expires: datetime | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A version as it stands before a decision."""

    verdict: Verdict
    digests: Digests | None
    others: Mapping[str | None, Verdict] = field(default_factory=dict)
    """How all other audiences see it; None: whoever belongs to none."""


class Standings(Protocol):
    """Where the desk looks at a version."""

    async def standing(self, name: PackageName, version: str, audience: str | None) -> Standing | None:
        """Verdict and digests after a look at the upstream; None where that lists no such version."""
        ...

    async def known(self, name: PackageName, version: str, audience: str | None) -> Standing | None:
        """The verdict by what is cached, at once; None where nothing is known. Never raises."""
        ...


class Desk:
    """Checks orders, writes them into the book, and puts them on the board before it answers."""

    def __init__(self, book: Book, board: Board, standings: Standings, now: Callable[[], datetime]) -> None:
        self._book = book
        self._board = board
        self._standings = standings
        self._now = now

    async def decide(self, order: Order, actor: str) -> Decision:
        """Carry out one order. Raises BadOrder or IllegalTransition; then nothing has changed."""
        now = self._now()
        _check_words(order.reason)
        if order.expires is not None and order.expires <= now:
            raise BadOrder(f"the decision would have expired before it was made ({order.expires.isoformat()})")
        draft = await self._draft(order, now)
        (decision,) = await self._book.decide([draft], str(order.action), actor, now)
        self._board.put(decision)
        return decision

    async def admit_pinned(self, drafts: Sequence[Draft], actor: str) -> Sequence[Decision]:
        """Admit what a lockfile pins, exact version and bytes, for rules of age only: one entry of the log for all.

        Raises IllegalTransition where a person has blocked or holds one of them, which a lockfile does not outrank.
        """
        for draft in drafts:
            self.check_pinned(draft)
        # What is in force is checked by what is at hand: the book refuses where somebody decides meanwhile.
        drafts = [replace(draft, seen=self._board.newest(draft.subject.name)) for draft in drafts]
        decisions = await self._book.decide(drafts, "adopt", actor, self._now()) if drafts else ()
        for decision in decisions:
            self._board.put(decision)
        return decisions

    def check_pinned(self, draft: Draft) -> None:
        """Raise IllegalTransition where somebody has blocked or holds it: that takes a release of its own."""
        for each in self._board.in_force(draft.subject.name, self._now()):
            if each.action is not Action.RELEASE and each.subject.covers(draft.subject.versions):
                done = "blocked" if each.action is Action.BLOCK else "held"
                raise IllegalTransition(f"it is {done} by decision {each.number}: {each.reason}")

    async def withdraw(self, number: int, reason: str, actor: str) -> Decision:
        """Take a decision back. Raises UnknownDecision, BadOrder or IllegalTransition."""
        _check_words(reason)
        decision = self._board.find(number)
        if decision is None:
            raise UnknownDecision(f"there is no decision {number}; `pratique decisions` lists those there are")
        check_withdrawal(decision, self._now(), self._board.frozen)
        withdrawn = await self._book.withdraw(number, reason, actor, self._now())
        self._board.put(withdrawn)
        return withdrawn

    async def freeze(self, reason: str, actor: str) -> Freeze:
        """Stop all new admissions. Raises BadOrder or IllegalTransition."""
        _check_words(reason)
        if self._board.frozen is not None:
            raise IllegalTransition("new admissions are stopped already; `pratique thaw` goes on")
        freeze = Freeze(self._now(), actor, reason)
        await self._book.set_freeze(freeze, reason, actor, freeze.since)
        self._board.frozen = freeze.since
        return freeze

    async def thaw(self, reason: str, actor: str) -> None:
        """Go on admitting. Raises BadOrder or IllegalTransition."""
        _check_words(reason)
        if self._board.frozen is None:
            raise IllegalTransition("new admissions are not stopped, so there is nothing to go on with")
        await self._book.set_freeze(None, reason, actor, self._now())
        self._board.frozen = None

    async def _draft(self, order: Order, now: datetime) -> Draft:
        if order.action is Action.RELEASE:
            return await self._release(order)
        self._refuse_repetition(order, now)
        if order.subject.exact:
            # Shutting a version out must neither wait for an upstream nor need one.
            standing = await self._standings.known(order.subject.name, order.subject.versions, order.audience)
            if standing is not None:
                _check_step(order, standing)
        return Draft(order.action, order.subject, order.reason.strip(), order.expires, order.audience)

    async def _release(self, order: Order) -> Draft:
        if not order.subject.exact:
            raise BadOrder("a release names one exact version, since it vouches for its bytes: write NAME@VERSION")
        seen = self._board.newest(order.subject.name)
        standing = await self._standings.standing(order.subject.name, order.subject.versions, order.audience)
        if standing is None:
            raise BadOrder(f"the upstream lists no {order.subject}, so there are no bytes to release")
        _check_step(order, standing)
        withholding = [finding for finding in standing.verdict.findings if finding.withholds and finding.rule not in BY_HAND]
        if hard := [finding.reason for finding in withholding if finding.effect is Effect.BLOCK]:
            raise BadOrder(f"{order.subject} cannot be released: {'; '.join(hard)}")
        if not standing.digests:
            raise BadOrder(f"{order.subject} is listed without a digest, so there are no bytes to bind the release to")
        # What an earlier release lifted was seen and accepted again, so that this one stands by itself; and one for everybody
        # lifts what any audience waits for.
        verdicts = [standing.verdict, *(standing.others.values() if order.audience is None else ())]
        findings = [finding for verdict in verdicts for finding in verdict.findings]
        lifts = frozenset(each.rule for each in findings if each.withholds or each.lifted_by) - BY_HAND
        reason, digests = order.reason.strip(), standing.digests
        return Draft(order.action, order.subject, reason, order.expires, order.audience, digests, lifts, seen)

    def _refuse_repetition(self, order: Order, now: datetime) -> None:
        for each in self._board.of(order.subject.name):
            same = (each.action, each.subject, each.audience) == (order.action, order.subject, order.audience)
            longer = each.expires is not None and (order.expires is None or order.expires > each.expires)
            if same and each.active(now) and not longer and not self._outranked(each, now):
                raise IllegalTransition(f"decision {each.number} says the same already; withdraw it first to shorten it")

    def _outranked(self, decision: Decision, now: datetime) -> bool:
        """Whether a newer release of the very version leaves it without effect for somebody: saying it again is no repetition."""
        return decision.subject.exact and any(
            each.action is Action.RELEASE
            and each.number > decision.number
            and each.subject == decision.subject
            and (decision.audience is None or each.audience in {None, decision.audience})
            and each.active(now)
            for each in self._board.of(decision.subject.name)
        )


def _check_step(order: Order, standing: Standing) -> None:
    """Raise IllegalTransition, which says for whom else it could be done; shutting out for all is legal while anybody has it."""
    able = [audience for audience, verdict in standing.others.items() if (state_of(verdict), order.action) in STEPS]
    if able and order.audience is None and order.action is not Action.RELEASE:
        return
    try:
        step(state_of(standing.verdict), order.action, str(order.subject))
    except IllegalTransition as error:
        if not able:
            raise
        states = [f"{state_of(standing.others[each])} for {each or 'everyone'}" for each in able]
        named = next((each for each in able if each), None)
        mend = f"--audience {named} decides for those alone" if named else "leave --audience out to decide for all"
        raise IllegalTransition(f"{error}; it is {' and '.join(states)}: {mend}") from None


def _check_words(reason: str) -> None:
    words = reason.strip()
    if not words:
        raise BadOrder("a decision needs a reason, for whoever reads the log later")
    if len(words) > MAX_REASON:
        raise BadOrder(f"the reason is longer than {MAX_REASON} characters")
