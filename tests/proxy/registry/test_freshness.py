"""How long an answer of the upstream counts: a good one, and a bad one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Fault
from tests.proxy.registry.world import MINUTE, world

SECOND = timedelta(seconds=1)


async def test_one_look_serves_everybody_until_the_window_ends(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"fresh": "5m"}) as there:
        there.publish()
        await there.versions()
        there.advance(5 * MINUTE - SECOND)
        await there.versions()
        assert there.upstream.count("/left-pad") == 1
        there.advance(SECOND)
        await there.versions()
        assert there.upstream.count("/left-pad") == 2
        await there.versions()
        assert there.upstream.count("/left-pad") == 2


async def test_a_changed_document_is_taken_after_the_window(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        there.publish(version="0.9.0")
        assert await there.versions() == ["1.0.0"]
        there.advance(6 * MINUTE)
        # Listed by a document that did not list it at the last look: its clock starts there.
        assert await there.versions() == ["1.0.0"]
        there.advance(timedelta(days=8))
        assert set(await there.versions()) == {"1.0.0", "0.9.0"}


async def test_the_copy_outlives_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        await there.settle()
        async with running_proxy(there.upstream.url, tmp_path, there.proxy.clock) as again:
            assert list((await again.json("/left-pad"))["versions"]) == ["1.0.0"]
        assert there.upstream.count("/left-pad") == 1


async def test_not_found_is_believed_for_seconds_only(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"negative": "10s"}) as there:
        assert await there.status("/left-pad") == 404
        assert await there.status("/left-pad") == 404
        assert there.upstream.count("/left-pad") == 1
        there.publish()
        there.advance(11 * SECOND)
        assert await there.status("/left-pad") == 200


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.html(), 502),
        (Fault.answer(b"{not json"), 502),
        (Fault.answer(b'{"name":"other","versions":{}}'), 502),
        (Fault.status(418), 502),
        (Fault.status(500), 503),
        (Fault.reset(), 503),
        (Fault.truncate(), 503),
        (Fault.corrupt(), 503),
    ],
    ids=["web page", "no json", "other package", "418", "500", "reset", "truncated", "bad gzip"],
)
async def test_a_failure_is_told_and_believed_for_seconds_only(tmp_path: Path, fault: Fault, status: int) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        there.publish()
        there.upstream.fault("/left-pad", fault)
        assert await there.status("/left-pad") == status
        asked = there.upstream.count("/left-pad")
        assert await there.status("/left-pad") == status
        assert there.upstream.count("/left-pad") == asked
        assert there.blobs("packuments") == []
        there.upstream.clear_faults()
        there.advance(11 * SECOND)
        assert await there.status("/left-pad") == 200


async def test_a_document_over_the_limit_is_refused(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0, "max_packument": "64KiB"}) as there:
        there.publish(manifest={"description": "x" * 70_000})
        async with there.proxy.get("/left-pad") as response:
            assert response.status == 502
            assert "upstream.max_packument" in (await response.json())["error"]


async def test_a_document_that_never_ends_is_cut_off(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0, "max_packument": "1MiB"}) as there:
        there.upstream.style(gzip=False)
        there.publish()
        there.upstream.fault("/left-pad", Fault.endless())
        assert await there.status("/left-pad") == 502
