"""Whether the server lives, whether it can work, and what it has counted."""

from __future__ import annotations

from aiohttp import web

from proxy.web.answers import NO_STORE, SAFE, json_answer
from proxy.web.metrics import CONTENT_TYPE
from proxy.web.services import Services
from quarantine.errors import PratiqueError

PROBE = "probe"


def live() -> web.Response:
    """The process answers."""
    return json_answer({"status": "live"})


async def ready(services: Services) -> web.Response:
    """Whether the ledger can be written; a clock in doubt or an upstream that is down is told, but does not take us out."""
    try:
        await services.ledger.write_note(PROBE, services.time.now().isoformat())
    except PratiqueError as error:
        return json_answer({"status": "not ready", "reason": str(error)}, status=503)
    return json_answer({"status": "ready", "alarms": [services.time.alarm] if services.time.alarm else []})


def metrics(services: Services) -> web.Response:
    """For Prometheus."""
    return web.Response(body=services.metrics.text(), headers={**SAFE, "Content-Type": CONTENT_TYPE, "Cache-Control": NO_STORE})
