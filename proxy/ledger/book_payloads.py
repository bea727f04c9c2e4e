"""What the entries of the log say, as canonical text: for every change the rows that it wrote, enough to do it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from proxy.ledger.book_images import canonical, credential_image, decision_image, freeze_image, stamp
from quarantine.book import Freeze
from quarantine.credentials import Credential
from quarantine.decision import Decision

CHANGE = "change"
"""The key that tells a change from an entry that changes nothing."""


class Change(StrEnum):
    """What a change does to the tables, whatever it is called in the log."""

    DECIDE = "decide"
    WITHDRAW = "withdraw"
    ISSUE = "issue"
    REVOKE = "revoke"
    FREEZE = "freeze"
    THAW = "thaw"


WITHDRAW = "withdraw"
TOKEN_CREATED = "token-created"  # noqa: S105 (the kind of an entry)
TOKEN_REVOKED = "token-revoked"  # noqa: S105
FREEZE = "freeze"
THAW = "thaw"


def deciding(decisions: Iterable[Decision], origin: str) -> str:
    """Decisions that are made together."""
    return canonical({CHANGE: Change.DECIDE, "decisions": [decision_image(each, origin) for each in decisions]})


def withdrawing(number: int, reason: str, at: datetime) -> str:
    """A decision that is taken back."""
    return canonical({CHANGE: Change.WITHDRAW, "number": number, "reason": reason, "withdrawn": stamp(at)})


def issuing(credential: Credential) -> str:
    """A credential; of the secret only the digest, of its owner only the id."""
    return canonical({CHANGE: Change.ISSUE, "credential": credential_image(credential)})


def revoking(id: str, reason: str, at: datetime) -> str:
    """A credential that ends."""
    return canonical({CHANGE: Change.REVOKE, "id": id, "reason": reason, "revoked": stamp(at)})


def freezing(freeze: Freeze | None, reason: str) -> str:
    """Admissions that stop, or go on."""
    if freeze is None:
        return canonical({CHANGE: Change.THAW, "reason": reason})
    return canonical({CHANGE: Change.FREEZE, "freeze": freeze_image(freeze), "reason": reason})


def saying(payload: Mapping[str, object]) -> str:
    """Something that changes no table, and cannot be taken for a change. Raises ValueError where it could."""
    if CHANGE in payload:
        raise ValueError(f"an entry that changes nothing cannot have the key {CHANGE!r}: name it otherwise")
    return canonical(payload)
