"""Metrics, and the id by which an answer is found in the log."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.proxy.web.scene import Scene, scene


async def samples(stage: Scene) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What Prometheus reads."""
    async with stage.proxy.get("/-/pratique/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        families = list(text_string_to_metric_families(await response.text()))
    assert all(family.documentation for family in families if not family.name.endswith("_created"))
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def labelled(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """A key of `samples`."""
    return name, frozenset(labels.items())


async def test_what_was_asked_is_counted_by_kind_and_outcome(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for path in ("/lib", "/lib", "/fresh", "/lib/1.2.0", "/nothing", "/lib/-/lib-1.0.0.tgz", "/%ff"):
            async with stage.proxy.get(path):
                pass
        counted = await samples(stage)
        assert counted[labelled("pratique_requests_total", kind="packument", outcome="served")] == 2
        assert counted[labelled("pratique_requests_total", kind="packument", outcome="withheld")] == 1
        assert counted[labelled("pratique_requests_total", kind="packument", outcome="not-found")] == 1
        assert counted[labelled("pratique_requests_total", kind="manifest", outcome="withheld")] == 1
        assert counted[labelled("pratique_requests_total", kind="tarball", outcome="served")] == 1
        assert counted[labelled("pratique_requests_total", kind="other", outcome="failed")] == 1
        assert counted[labelled("pratique_withheld_total", rule="age", observed="false")] >= 1
        assert counted[labelled("pratique_request_seconds_count", kind="packument")] == 4
        assert counted[labelled("pratique_tarball_downloads_total")] == 1
        assert counted[labelled("pratique_clock_in_doubt")] == 0


async def test_labels_do_not_grow_with_what_strangers_send(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        counts = []
        for number in range(6):
            for path in (f"/none{number}", f"/lib/0.0.{number}", f"/-/x{number}"):
                for method in ("GET", f"GET{'A' * number}"):
                    async with stage.proxy.request(method, path):
                        pass
            counts.append(len(await samples(stage)))
        assert counts[1:] == counts[1:2] * 5


async def test_in_observe_mode_what_would_have_been_withheld_is_counted(tmp_path: Path) -> None:
    async with scene(tmp_path, quarantine={"enforce": "observe"}) as stage:
        async with stage.proxy.get("/lib/-/lib-1.2.0.tgz") as response:
            assert response.status == 200
        counted = await samples(stage)
        assert counted[labelled("pratique_withheld_total", rule="age", observed="true")] == 1
        assert counted[labelled("pratique_requests_total", kind="tarball", outcome="would-withhold")] == 1


async def test_each_answer_has_an_id_of_its_own_and_takes_none_from_clients(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        ids = set()
        for path in ("/lib", "/lib", "/nothing", "/lib/1.2.0", "/%ff", "/lib/-/lib-1.0.0.tgz"):
            async with stage.proxy.get(path, X_Request_Id="mine") as response:
                ids.add(response.headers["X-Request-Id"])
        assert len(ids) == 6
        assert all(re.fullmatch(r"[0-9a-f]{12,16}", each) for each in ids)


async def test_a_request_that_has_been_here_before_goes_no_further(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        async with stage.proxy.get("/lib"):
            pass
        via = stage.upstream.requests[0].headers["Via"]
        for value in (via, f"1.0 front, {via}"):
            async with stage.proxy.get("/@s%2fp", Via=value) as response:
                assert (response.status, (await response.json())["code"]) == (508, "loop")
        assert len(stage.upstream.requests) == 1
