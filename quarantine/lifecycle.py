"""The one table of what may be decided about a version in which state, and the states that decisions go through."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from quarantine.decision import Action, Decision
from quarantine.errors import PratiqueError
from quarantine.verdict import Verdict
from quarantine.weighing import BLOCKED


class State(StrEnum):
    """Where a version stands."""

    ADMITTED = "admitted"
    HELD = "held"
    RELEASED = "released"
    BLOCKED = "blocked"


class IllegalTransition(PratiqueError):
    """The step is not in the table."""


STEPS: dict[tuple[State, Action], State] = {
    (State.HELD, Action.RELEASE): State.RELEASED,
    (State.BLOCKED, Action.RELEASE): State.RELEASED,
    (State.ADMITTED, Action.BLOCK): State.BLOCKED,
    (State.HELD, Action.BLOCK): State.BLOCKED,
    (State.RELEASED, Action.BLOCK): State.BLOCKED,
    (State.BLOCKED, Action.BLOCK): State.BLOCKED,
    (State.ADMITTED, Action.HOLD): State.HELD,
    (State.HELD, Action.HOLD): State.HELD,
    (State.RELEASED, Action.HOLD): State.HELD,
}
"""(state, action) -> state. What is not here is refused: releasing what is admitted or released, holding what is blocked.
Blocking again makes a block that ends one that lasts; the desk refuses to say the same twice."""


def state_of(verdict: Verdict) -> State:
    """The state of one version, given its verdict after weighing."""
    if any(finding.rule == BLOCKED for finding in verdict.findings):
        return State.BLOCKED
    if verdict.withheld:
        return State.HELD
    lifted = any(finding.lifted_by is not None for finding in verdict.findings)
    return State.RELEASED if lifted else State.ADMITTED


def step(state: State, action: Action, subject: str) -> State:
    """The state after an action. Raises IllegalTransition."""
    after = STEPS.get((state, action))
    if after is None:
        raise IllegalTransition(f"{subject} is {state} and cannot be made {_WANTED[action]} by {action}")
    return after


def check_withdrawal(decision: Decision, now: datetime, frozen: datetime | None = None) -> None:
    """Raises IllegalTransition where there is nothing left to withdraw; `frozen` is since when all new admissions are stopped."""
    if decision.withdrawn is not None:
        raise IllegalTransition(f"decision {decision.number} was withdrawn already")
    if not decision.outlasting(frozen).active(now):
        raise IllegalTransition(f"decision {decision.number} has expired; there is nothing to withdraw")


_WANTED = {Action.RELEASE: State.RELEASED, Action.BLOCK: State.BLOCKED, Action.HOLD: State.HELD}
