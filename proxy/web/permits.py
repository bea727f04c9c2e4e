"""Which permission an ask of npm's own routes takes; our own routes have theirs in `proxy.web.routes`."""

from __future__ import annotations

from proxy.access.keyring import Identity
from proxy.access.permissions import Permission
from proxy.npm import asks

FREE = (asks.LoginAsk, asks.OwnAsk)
"""Told to everybody, or checked by the table of routes."""


def permit(ask: asks.Ask, identity: Identity) -> None:
    """Raise NotAllowed or NotPermitted unless this may be asked."""
    if isinstance(ask, FREE):
        return
    match ask:
        case asks.PackumentAsk(name) | asks.ManifestAsk(name) | asks.TarballAsk(name) | asks.DistTagsAsk(name):
            identity.require(Permission.READ, name)
        case asks.AttestationsAsk(id):
            identity.require(Permission.READ, id.name)
        case _:
            identity.require(Permission.READ)
