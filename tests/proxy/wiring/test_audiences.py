"""What is said at start of audiences that somebody names and nobody configured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from tests.fakes.clock import FakeClock
from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Simulator
from tests.proxy.web.api import credential
from tests.proxy.web.scene import DAY, NOW

THERE: dict[str, Any] = {"audiences": [{"name": "research", "quarantine": {"hold": "3d"}}, {"name": "lab"}]}


async def test_live_tokens_and_decisions_of_a_removed_audience_are_warned_of(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    async with Simulator() as upstream:
        upstream.now = NOW
        upstream.publish("lib", "1.0.0", at=NOW - 400 * DAY)
        with capture_logs() as logs:
            async with running_proxy(upstream.url, tmp_path, clock, **THERE) as proxy:
                admin = await credential(proxy, "admin")
                kept = [await credential(proxy, "ci", audience=name) for name in ("research", "research", "lab")]
                gone = await credential(proxy, "ci", audience="lab", expires=NOW + DAY)
                assert await admin.status("DELETE", f"/-/pratique/v1/tokens/{kept[1].id}?reason=x") == 200
                numbers = [
                    (await admin.decide("block", "lib@1.0.0", audience=name, **more)).body["decision"]["id"]
                    for name, more in (("research", {}), ("lab", {"expires": "1d"}), (None, {}))
                ]
        assert warnings(logs) == []
        upstream.now = clock.advance(2 * DAY)
        with capture_logs() as logs:
            async with running_proxy(upstream.url, tmp_path, clock):
                pass
        lab, research = warnings(logs)
        assert (lab["audience"], lab["tokens_refused"], lab["decisions_without_effect"]) == ("lab", [kept[2].id], [])
        assert (research["tokens_refused"], research["decisions_without_effect"]) == ([kept[0].id], [numbers[0]])
        assert '[[audiences]] name = "research"' in research["mend"]
        assert gone.token is not None
        assert all(gone.token not in str(each) for each in logs)
        with capture_logs() as logs:
            async with running_proxy(upstream.url, tmp_path, clock, **THERE):
                pass
        assert warnings(logs) == []


def warnings(logs: Any) -> list[Any]:
    return [each for each in logs if each["event"] == "unknown-audience" and each["log_level"] == "warning"]
