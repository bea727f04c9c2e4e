"""The first admin's token: from a secret that the operator names, or made at the first start and printed once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from config.problem import ConfigError, Problem
from config.settings import Settings
from proxy.access.keyring import Keyring
from proxy.access.tokens import digest_of, new_token
from quarantine.book import Book
from quarantine.credentials import Credential

SYSTEM = "system"
"""The actor of what the server does by itself."""

SHORTEST = 32


def credential_from_environment(settings: Settings, env: Mapping[str, str], now: datetime) -> Credential | None:
    """The admin whose token a secret holds; it is in no table, and goes with the secret. Raises ConfigError."""
    name = settings.access.admin_token_env
    if not name:
        return None
    token = env.get(name, "").strip()
    if len(token) < SHORTEST:
        text = f"the environment variable {name} holds no token of at least {SHORTEST} characters"
        raise ConfigError([Problem("error", "access.admin_token_env", text)])
    return Credential(id="environment", digest=digest_of(token), label=f"the token in {name}", roles=("admin",), created=now)


async def first_token(book: Book, keyring: Keyring, now: datetime) -> str | None:
    """Make an admin's token where there is none yet, neither in the ledger nor from a secret; its secret, or None."""
    if keyring.all():
        return None
    token = new_token()
    admin = Credential(id=f"c{secrets.token_hex(6)}", digest=digest_of(token), label="first admin", roles=("admin",), created=now)
    await book.issue(admin, None, SYSTEM, now)
    keyring.put(admin)
    return token
