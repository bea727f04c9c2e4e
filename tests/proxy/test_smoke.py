"""The shortest way through everything."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.fakes.clock import FakeClock
from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Simulator


async def test_old_versions_are_served_and_young_ones_wait(tmp_path: Path) -> None:
    clock = FakeClock()
    async with Simulator() as upstream:
        upstream.now = clock.now()
        upstream.publish("left-pad", "1.0.0", at=clock.now() - timedelta(days=400))
        upstream.publish("left-pad", "1.1.0", at=clock.now() - timedelta(days=1))
        async with running_proxy(upstream.url, tmp_path, clock) as proxy:
            document = await proxy.json("/left-pad")
            assert list(document["versions"]) == ["1.0.0"]
            assert document["dist-tags"] == {"latest": "1.0.0"}
            async with proxy.get("/left-pad/-/left-pad-1.1.0.tgz") as response:
                assert response.status == 403
                assert response.reason.startswith("left-pad@1.1.0 withheld until 20")
                body = await response.json()
                assert body["code"] == "withheld"
                assert [finding["rule"] for finding in body["findings"]] == ["age"]
            async with proxy.get("/left-pad/-/left-pad-1.0.0.tgz") as response:
                assert response.status == 200

            held = await proxy.json("/-/pratique/v1/held")
            assert [(row["package"], row["version"]) for row in held["held"]] == [("left-pad", "1.1.0")]

            clock.advance(timedelta(days=6, minutes=1))
            upstream.now = clock.now()
            document = await proxy.json("/left-pad")
            assert list(document["versions"]) == ["1.0.0", "1.1.0"]
            assert document["dist-tags"] == {"latest": "1.1.0"}
