"""Decisions for tests: about left-pad@1.0.0, taken at noon, and what differs from it."""

from __future__ import annotations

from typing import Any

from quarantine.decision import Action, Decision
from quarantine.ranges import Subject
from tests.quarantine.examples import NOON, SHA512

EXACT = Subject.parse("left-pad@1.0.0")


def decision(number: int, action: Action, subject: str = "left-pad@1.0.0", **facts: Any) -> Decision:
    """One decision; releases are of the ordinary bytes and lift what the rule of age says."""
    ordinary = {"digests": SHA512, "lifts": frozenset({"age"})} if action is Action.RELEASE else {}
    return Decision(**{"number": number, "action": action, "subject": Subject.parse(subject), "reason": f"reason {number}",
                       "actor": "ann", "at": NOON, **ordinary, **facts})  # fmt: skip


def release(number: int, subject: str = "left-pad@1.0.0", **facts: Any) -> Decision:
    return decision(number, Action.RELEASE, subject, **facts)


def block(number: int, subject: str = "left-pad@1.0.0", **facts: Any) -> Decision:
    return decision(number, Action.BLOCK, subject, **facts)


def hold(number: int, subject: str = "left-pad@1.0.0", **facts: Any) -> Decision:
    return decision(number, Action.HOLD, subject, **facts)
