"""Work that one process does for all: it is claimed in the ledger, and goes to another one when its holder is not heard of."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from proxy.clock import TrustedTime
from quarantine.errors import PratiqueError
from quarantine.ledger import Ledger

log = structlog.get_logger()

Work = Callable[[], Awaitable[object]]


class Leases:
    """Those of one process, under a name that it has as long as it runs."""

    def __init__(self, ledger: Ledger, time: TrustedTime) -> None:
        self._ledger = ledger
        self._time = time
        self._holder = secrets.token_hex(8)
        self._held: set[str] = set()

    async def once(self, name: str, span: timedelta, work: Work, otherwise: Work | None = None) -> None:
        """Do `work` if the lease is ours, and renew it meanwhile; it stays ours for `span` afterwards. Else `otherwise`."""
        if not await self._take(name, span):
            if otherwise is not None:
                await otherwise()
            return
        renewing = asyncio.create_task(self._renew(name, span))
        try:
            await work()
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def release(self) -> None:
        """Let others go on at once with what is ours."""
        now = self._time.now()
        with suppress(PratiqueError):
            for name in sorted(self._held):
                await self._ledger.lease(name, self._holder, now, now)
        self._held.clear()

    async def _take(self, name: str, span: timedelta) -> bool:
        now = self._time.now()
        held = await self._ledger.lease(name, self._holder, now + span, now)
        (self._held.add if held else self._held.discard)(name)
        return held

    async def _renew(self, name: str, span: timedelta) -> None:
        while True:
            await asyncio.sleep(span.total_seconds() / 3)
            try:
                await self._take(name, span)
            except PratiqueError as error:
                log.warning("lease-not-renewed", name=name, reason=str(error))
