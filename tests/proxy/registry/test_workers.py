"""Several processes on one ledger: a record is never paired with another one's document."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Fault
from tests.proxy.registry.world import MINUTE, world

FREE = {"hold": "0", "new_package_hold": "0"}


async def test_a_304_does_not_confirm_a_document_that_was_overtaken(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine=FREE) as one:
        one.publish()
        await one.versions()
        one.advance(6 * MINUTE)
        async with running_proxy(one.upstream.url, tmp_path, one.proxy.clock, quarantine=FREE) as two:
            one.publish(version="1.1.0")
            assert list((await two.json("/left-pad"))["versions"]) == ["1.0.0", "1.1.0"]
            await two.built.services.routed.public.packuments.settle()
            one.advance(6 * MINUTE)
            # A cache before the upstream still knows the first document.
            one.upstream.fault("/left-pad", Fault.status(304, times=1))
            assert await one.versions() == ["1.0.0", "1.1.0"]


async def test_a_mismatch_does_not_pair_an_old_document_with_a_new_record(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine=FREE) as one:
        one.publish()
        await one.versions()
        async with running_proxy(one.upstream.url, tmp_path, one.proxy.clock, quarantine=FREE) as two:
            one.advance(6 * MINUTE)
            one.publish(version="1.1.0")
            await two.json("/left-pad")
            await two.built.services.routed.public.packuments.settle()
            one.upstream.fault("/left-pad/-/", Fault.corrupt())
            one.upstream.fault("/left-pad", Fault.status(503, times=3))
            assert await one.status("/left-pad/-/left-pad-1.0.0.tgz") == 403
            one.advance(6 * MINUTE)
            assert await one.versions() == ["1.0.0", "1.1.0"]


async def test_both_serve_what_either_has_stored(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine=FREE) as one:
        one.publish()
        assert await one.status("/left-pad/-/left-pad-1.0.0.tgz") == 200
        await one.settle()
        async with running_proxy(one.upstream.url, tmp_path, one.proxy.clock, quarantine=FREE) as two:
            async with two.get("/left-pad/-/left-pad-1.0.0.tgz") as response:
                assert response.status == 200
            assert len(one.upstream.requests) == 2
