"""What only an audit named is looked at in the background, so that the next audit knows what is withheld."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from tests.fakes.clock import FakeClock
from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Simulator

BULK = "/-/npm/v1/security/advisories/bulk"


async def test_the_second_audit_knows_what_the_first_one_brought(tmp_path: Path) -> None:
    clock = FakeClock()
    body = json.dumps({"left-pad": ["1.1.0"]}).encode()
    async with Simulator() as upstream:
        upstream.now = clock.now()
        upstream.publish("left-pad", "1.0.0", at=clock.now() - timedelta(days=400))
        upstream.publish("left-pad", "1.1.0", at=clock.now() - timedelta(days=1))
        async with running_proxy(upstream.url, tmp_path, clock) as proxy:
            async with proxy.request("POST", BULK, data=body) as first:
                assert "npm-notice" not in first.headers
            assert await proxy.built.refresher.round(10) == 1
            assert await proxy.built.refresher.round(10) == 0
            async with proxy.request("POST", BULK, data=body) as second:
                assert "left-pad@1.1.0" in second.headers["npm-notice"]
