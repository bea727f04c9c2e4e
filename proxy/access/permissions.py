"""What may be done, and which role may do it: the one place where both are written down."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One thing that somebody may or may not do. Every route names the one it needs."""

    READ = "read"
    """Packuments, tarballs, search, attestations, audits: what installing needs."""
    EXPLAIN = "explain"
    """Why versions are held, and which are."""
    METRICS = "metrics"
    EXPOSURE = "exposure"
    """Who fetched what, from where: personal data."""
    READ_DECISIONS = "read-decisions"
    RELEASE = "release"
    BLOCK = "block"
    HOLD = "hold"
    WITHDRAW = "withdraw"
    ADOPT = "adopt"
    FREEZE = "freeze"
    READ_LOG = "read-log"
    TOKENS = "tokens"
    """Create, list and revoke credentials."""


_READER = frozenset({Permission.READ, Permission.EXPLAIN})
_REVIEWER = _READER | {
    Permission.METRICS,
    Permission.EXPOSURE,
    Permission.READ_DECISIONS,
    Permission.RELEASE,
    Permission.BLOCK,
    Permission.HOLD,
    Permission.WITHDRAW,
    Permission.ADOPT,
    Permission.FREEZE,
    Permission.READ_LOG,
}

ROLES: dict[str, frozenset[Permission]] = {
    "reader": _READER,
    "ci": _READER,
    "monitor": frozenset({Permission.METRICS}),
    "reviewer": _REVIEWER,
    "admin": frozenset(Permission),
}
"""Role -> permissions."""

ANONYMOUS = _READER | {Permission.METRICS}
"""What everybody may do where anonymous readers are let in."""


UNLIMITED = frozenset({Permission.TOKENS, Permission.FREEZE, Permission.READ_LOG})
"""What reaches beyond any package or network, and so takes a credential without such limits."""


def permissions_of(roles: tuple[str, ...]) -> frozenset[Permission]:
    """All that these roles may do; a role that there is none of gives nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
