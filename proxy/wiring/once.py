"""What is done once for all workers of a server, by the process that starts them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack

from config.places import database_url
from config.settings import Settings
from proxy.access.keyring import Keyring
from proxy.clock import SystemClock, TrustedTime
from proxy.ledger.book import SqlBook
from proxy.ledger.sql import SqlLedger
from proxy.registry.origins import Origins
from proxy.shared.counters import Counters
from proxy.wiring.build import build
from proxy.wiring.credentials import credential_from_environment, first_token


async def open_once(settings: Settings, upstream: str, env: Mapping[str, str]) -> None:
    """Open everything and close it again: databases are migrated then, keys made, and what is wrong is said once."""
    async with AsyncExitStack() as stack:
        await build(settings, upstream, env, stack)


async def token_once(settings: Settings, upstream: str, env: Mapping[str, str], counters: Counters) -> str | None:
    """The first admin's token, which every worker knows from then on."""
    origin = Origins.of(upstream, settings.upstream.allowed_hosts).origin
    ledger = await SqlLedger.open(database_url(settings.storage, env), origin, counters=counters)
    try:
        book, time = await SqlBook.beside(ledger), TrustedTime(SystemClock(), await ledger.last_entry())
        secret = credential_from_environment(settings, env, time.now())
        keyring = Keyring([*await book.credentials(), *([secret] if secret else [])])
        return await first_token(book, keyring, time.stamping())
    finally:
        await ledger.close()
