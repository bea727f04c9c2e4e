"""The credentials in memory: who a token belongs to, and whether it counts here and now."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from proxy.access.errors import NotAllowed, NotPermitted
from proxy.access.permissions import ANONYMOUS, UNLIMITED, Permission, permissions_of
from proxy.access.tokens import digest_of, is_token, presented
from quarantine.credentials import Credential

ANONYMOUS_ACTOR = "anonymous"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking, as far as permissions and records go."""

    actor: str
    """The credential's id, or `anonymous`."""
    label: str
    permissions: frozenset[Permission]
    packages: tuple[str, ...] = ()
    audience: str | None = None
    limited: bool = False
    """Whether its credential is for some packages or networks only: such a one hands out no others, and stops nobody else."""

    def require(self, permission: Permission, package: str | None = None) -> None:
        """Raise NotPermitted unless this may be done, with this package where one is meant."""
        if permission not in self.permissions and self.actor == ANONYMOUS_ACTOR:
            raise NotAllowed(f"to {permission} takes a token: //host/:_authToken=… for npm, PRATIQUE_TOKEN for pratique")
        if permission not in self.permissions:
            raise NotPermitted(f"{self.label} may not {permission}: it takes a token whose role has that permission")
        if self.limited and permission in UNLIMITED:
            raise NotPermitted(f"{self.label} is limited to packages or networks, and to {permission} takes a token that is not")
        if package is not None and not self.concerns(package):
            raise NotPermitted(f"{self.label} is for {', '.join(self.packages)} only, and not for {package}")

    def concerns(self, package: str) -> bool:
        """Whether the package is one that its credential is for."""
        return not self.packages or any(fnmatchcase(package, pattern) for pattern in self.packages)


ANYBODY = Identity(ANONYMOUS_ACTOR, "an anonymous reader", ANONYMOUS)
NOBODY = Identity(ANONYMOUS_ACTOR, "an anonymous reader", frozenset())


class Keyring:
    """Looks tokens up; never asks the database."""

    def __init__(self, credentials: Iterable[Credential] = (), *, anonymous: bool = False) -> None:
        self._by_digest: dict[str, Credential] = {}
        self.anonymous = anonymous
        """Whether requests without a credential are answered."""
        self._used: dict[str, datetime] = {}
        self.fill(credentials)

    def fill(self, credentials: Iterable[Credential]) -> None:
        """Take over all credentials of the book."""
        self._by_digest = {credential.digest: credential for credential in credentials}

    def put(self, credential: Credential) -> None:
        """Add a credential, or replace the one of its digest; effective with the next request."""
        self._by_digest[credential.digest] = credential

    def all(self) -> list[Credential]:
        """Every credential, with the time of its last use as known by now."""
        return sorted(self._by_digest.values(), key=lambda each: each.created)

    def find(self, id: str) -> Credential | None:
        """The credential of an id."""
        return next((each for each in self._by_digest.values() if each.id == id), None)

    def identify(self, authorization: str | None, address: str, now: datetime, *, known: bool = False) -> Identity:
        """Who presents this header from this address; with `known` nobody is let in as anonymous.

        Raises NotAllowed for a token that does not count.
        """
        anonymous = self.anonymous and not known
        token = presented(authorization)
        if token is None:
            if authorization and not anonymous:
                raise NotAllowed("the Authorization header holds no token; npm sends one with //host/:_authToken=…")
            return ANYBODY if anonymous else NOBODY
        digest = digest_of(token)
        credential = self._by_digest.get(digest)
        if credential is None and anonymous and not is_token(token):
            # Left over from another registry at this address; it gives nothing, and takes nothing away.
            return ANYBODY
        if credential is None or not hmac.compare_digest(credential.digest, digest):
            raise NotAllowed("this token is not one of this registry; ask whoever runs it for another")
        if not credential.live(now):
            raise NotAllowed(f"the token {credential.label!r} was revoked or has expired; ask whoever runs this registry")
        if credential.networks and not _inside(address, credential.networks):
            raise NotAllowed(f"the token {credential.label!r} may not be used from {address}")
        self._used[credential.id] = now
        return Identity(
            credential.id,
            credential.label,
            permissions_of(credential.roles),
            credential.packages,
            credential.audience,
            limited=bool(credential.packages or credential.networks),
        )

    def was_used(self, id: str, now: datetime) -> None:
        """A credential was used that had been looked up before."""
        self._used[id] = now

    def take_used(self) -> dict[str, datetime]:
        """Which credentials were used since this was last asked."""
        used, self._used = self._used, {}
        return used


def _inside(address: str, networks: tuple[str, ...]) -> bool:
    try:
        ip: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return any(ip in ip_network(network, strict=False) for network in networks)
