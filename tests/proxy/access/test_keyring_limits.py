"""A credential for some packages or networks hands out no others, and stops nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.access.errors import NotPermitted
from proxy.access.keyring import Keyring
from proxy.access.permissions import Permission
from proxy.access.tokens import digest_of, new_token
from quarantine.credentials import Credential

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("limits", [{"packages": ("@acme/*",)}, {"networks": ("10.0.0.0/8",)}])
@pytest.mark.parametrize("permission", [Permission.TOKENS, Permission.FREEZE])
def test_a_limited_admin_is_no_admin_of_everything(limits: dict[str, tuple[str, ...]], permission: Permission) -> None:
    token = new_token()
    keyring = Keyring([Credential("c1", digest_of(token), "acme", ("admin",), NOW, **limits)])
    identity = keyring.identify(f"Bearer {token}", "10.0.0.1", NOW)
    with pytest.raises(NotPermitted, match="limited"):
        identity.require(permission)
    identity.require(Permission.BLOCK, "@acme/x")


def test_an_admin_without_limits_may() -> None:
    token = new_token()
    identity = Keyring([Credential("c1", digest_of(token), "all", ("admin",), NOW)]).identify(f"Bearer {token}", "10.0.0.1", NOW)
    identity.require(Permission.TOKENS)
