"""A credential as the ledger keeps it: what it may do and where, never the secret itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Credential:
    """One token. Its owner is the actor whose id it carries."""

    id: str
    """Opaque and public: what lists, records and the audit log show."""
    digest: str
    """sha256 of the secret, in hex: 256 random bits need no salt and no slow hash."""
    label: str
    roles: tuple[str, ...]
    """Names of roles (`reader`, `ci`, `reviewer`, `admin`)."""
    created: datetime
    packages: tuple[str, ...] = ()
    """Patterns of the packages it may ask for; empty: all."""
    networks: tuple[str, ...] = ()
    """CIDR blocks it may come from, IPv4 or IPv6; empty: anywhere."""
    expires: datetime | None = None
    audience: str | None = None
    revoked: datetime | None = None
    last_used: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether it counts at this instant."""
        return self.revoked is None and (self.expires is None or now < self.expires)
