"""The table of states and actions, whole: what is not in it is refused, and says what it was about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quarantine.decision import Action
from quarantine.lifecycle import STEPS, IllegalTransition, State, check_withdrawal, state_of, step
from quarantine.verdict import ADMITTED, Effect, Finding, Verdict
from quarantine.weighing import weigh
from tests.quarantine.decided import block, hold, release
from tests.quarantine.examples import DAY, HOUR, MICRO, NOON, SHA512

TABLE = {
    (State.ADMITTED, Action.RELEASE): None,
    (State.ADMITTED, Action.BLOCK): State.BLOCKED,
    (State.ADMITTED, Action.HOLD): State.HELD,
    (State.HELD, Action.RELEASE): State.RELEASED,
    (State.HELD, Action.BLOCK): State.BLOCKED,
    (State.HELD, Action.HOLD): State.HELD,
    (State.RELEASED, Action.RELEASE): None,
    (State.RELEASED, Action.BLOCK): State.BLOCKED,
    (State.RELEASED, Action.HOLD): State.HELD,
    (State.BLOCKED, Action.RELEASE): State.RELEASED,
    (State.BLOCKED, Action.BLOCK): State.BLOCKED,
    (State.BLOCKED, Action.HOLD): None,
}


def test_the_table_is_whole() -> None:
    assert TABLE.keys() == {(state, action) for state in State for action in Action}
    assert {pair: after for pair, after in TABLE.items() if after is not None} == STEPS


@pytest.mark.parametrize(("state", "action"), TABLE)
def test_every_step(state: State, action: Action) -> None:
    after = TABLE[state, action]
    if after is not None:
        assert step(state, action, "left-pad@1.0.0") is after
        return
    with pytest.raises(IllegalTransition, match=rf"left-pad@1\.0\.0 is {state} and cannot be made \w+ by {action}"):
        step(state, action, "left-pad@1.0.0")


AGE = Finding("age", "too young", Effect.HOLD)
HARD = Finding("integrity", "other bytes", Effect.BLOCK)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (ADMITTED, State.ADMITTED),
        (Verdict((Finding("weak-integrity", "sha1 only", Effect.NOTE),)), State.ADMITTED),
        (Verdict((AGE,)), State.HELD),
        (Verdict((HARD,)), State.HELD),
        (weigh(Verdict((AGE,)), [release(1)], SHA512), State.RELEASED),
        (weigh(Verdict((AGE, HARD)), [release(1)], SHA512), State.HELD),
        (weigh(Verdict((AGE,)), [release(1), hold(2)], SHA512), State.HELD),
        (weigh(Verdict((AGE,)), [release(1), block(2)], SHA512), State.BLOCKED),
        (weigh(ADMITTED, [block(1)], SHA512), State.BLOCKED),
    ],
)
def test_the_state_is_read_off_the_verdict(verdict: Verdict, state: State) -> None:
    assert state_of(verdict) is state


def test_only_what_counts_can_be_withdrawn() -> None:
    expiring = block(7, expires=NOON + DAY)
    check_withdrawal(expiring, NOON + DAY - MICRO)
    with pytest.raises(IllegalTransition, match="decision 7 has expired"):
        check_withdrawal(expiring, NOON + DAY)
    with pytest.raises(IllegalTransition, match="decision 7 was withdrawn already"):
        check_withdrawal(replace(expiring, withdrawn=NOON), NOON + HOUR)


def test_a_block_that_a_freeze_keeps_in_force_can_be_withdrawn() -> None:
    expiring = block(7, expires=NOON + DAY)
    check_withdrawal(expiring, NOON + 2 * DAY, frozen=NOON + HOUR)
    for frozen in (None, NOON + DAY):
        with pytest.raises(IllegalTransition, match="decision 7 has expired"):
            check_withdrawal(expiring, NOON + 2 * DAY, frozen)
