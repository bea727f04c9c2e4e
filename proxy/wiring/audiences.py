"""Audiences that credentials or decisions name and the configuration does not have: said at start, since nothing else would."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import structlog

from quarantine.credentials import Credential
from quarantine.decision import Decision

log = structlog.get_logger()


def warn_of_unknown(
    configured: Collection[str], credentials: Iterable[Credential], decisions: Iterable[Decision], now: datetime
) -> None:
    """One warning for each audience that is not there, naming the tokens that are refused and the decisions without effect."""
    tokens: dict[str, list[str]] = {}
    numbers: dict[str, list[int]] = {}
    for each in credentials:
        if each.audience is not None and each.audience not in configured and each.live(now):
            tokens.setdefault(each.audience, []).append(each.id)
    for decision in decisions:
        if decision.audience is not None and decision.audience not in configured and decision.active(now):
            numbers.setdefault(decision.audience, []).append(decision.number)
    for name in sorted(tokens.keys() | numbers.keys()):
        log.warning(
            "unknown-audience",
            audience=name,
            tokens_refused=tokens.get(name, []),
            decisions_without_effect=numbers.get(name, []),
            mend=f'add [[audiences]] name = "{name}", or revoke these tokens and withdraw these decisions',
        )
