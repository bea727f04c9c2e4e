"""What an upstream takes back or changes: older documents, vanished packages, other digests."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from quarantine.package import PackageName
from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Fault
from tests.proxy.registry.world import MINUTE, World, flip, world

TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"
LEFT_PAD = PackageName("left-pad")


async def test_an_older_document_is_discarded_and_counted(tmp_path: Path) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        there.publish()
        older = json.dumps(there.upstream.package("left-pad")).encode()
        there.publish(version="1.1.0", ago=timedelta(days=300))
        assert await there.versions() == ["1.0.0", "1.1.0"]
        there.advance(6 * MINUTE)
        there.upstream.raw("left-pad", older)
        async with there.proxy.get("/left-pad") as response:
            assert list((await response.json())["versions"]) == ["1.0.0", "1.1.0"]
            assert "Warning" in response.headers
        assert await there.metric("pratique_rollbacks_total") == 1
        record = await there.proxy.built.services.ledger.record(LEFT_PAD)
        assert record is not None
        assert not any(each.missing_since for each in record.sightings.values())

        # It is asked again after a while, not for each client.
        assert await there.versions() == ["1.0.0", "1.1.0"]
        assert there.upstream.count("/left-pad") == 2
        there.upstream.raw("left-pad", None)
        there.advance(MINUTE)
        async with there.proxy.get("/left-pad") as response:
            assert "Warning" not in response.headers


async def vanish(there: World) -> None:
    del there.upstream.shelf.packuments["left-pad"]


async def test_a_package_is_gone_only_after_two_looks(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine={"hold": "0", "new_package_hold": "0"}) as there:
        there.publish()
        assert await there.status(TARBALL) == 200
        there.advance(6 * MINUTE)
        await vanish(there)
        async with there.proxy.get("/left-pad") as response:
            assert response.status == 200
        assert await there.status(TARBALL) == 200
        there.advance(6 * MINUTE)
        assert await there.status("/left-pad") == 404
        assert there.upstream.asked("/left-pad")[-1].headers["Cache-Control"] == "no-cache"


async def test_one_404_of_a_package_that_is_back_is_forgotten(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine={"hold": "0", "new_package_hold": "0"}) as there:
        there.publish()
        await there.versions()
        there.advance(6 * MINUTE)
        there.upstream.fault("/left-pad", Fault.status(404, times=1))
        assert await there.status("/left-pad") == 200
        there.advance(6 * MINUTE)
        async with there.proxy.get("/left-pad") as response:
            assert "Warning" not in response.headers
        record = await there.proxy.built.services.ledger.record(LEFT_PAD)
        assert record is not None
        assert record.sightings["1.0.0"].missing_since is None


@pytest.mark.parametrize("times", [1, 3])
async def test_a_package_that_was_not_found_for_a_while_comes_back_unchanged(tmp_path: Path, times: int) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        there.upstream.fault("/left-pad", Fault.status(404, times=times))
        for _ in range(times):
            there.advance(6 * MINUTE)
            await there.status("/left-pad")
        there.advance(6 * MINUTE)
        # The same bytes under the same ETag as before: a 304 would not tell that its versions are there again.
        assert await there.versions() == ["1.0.0"]
        assert await there.status(TARBALL) == 200


async def test_a_version_that_two_looks_have_missed_is_no_longer_served(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0")
        there.publish(version="1.2.0", ago=MINUTE)
        assert await there.status("/left-pad/-/left-pad-1.1.0.tgz") == 200
        for version in ("1.1.0", "1.2.0"):
            there.upstream.unpublish("left-pad", version)
        there.advance(6 * MINUTE)
        # One look may be a slip; nothing new gets in by it either.
        assert await there.versions() == ["1.0.0", "1.1.0"]
        assert await there.status("/left-pad/-/left-pad-1.1.0.tgz") == 200
        assert (await there.proxy.json("/left-pad/1.1.0"))["version"] == "1.1.0"
        assert await there.status("/left-pad/-/left-pad-1.2.0.tgz") == 403
        record = await there.proxy.built.services.ledger.record(LEFT_PAD)
        assert record is not None
        assert (record.sightings["1.1.0"].missing_since is not None, record.sightings["1.1.0"].gone) == (True, False)
        there.advance(6 * MINUTE)
        document = await there.proxy.json("/left-pad")
        assert list(document["versions"]) == ["1.0.0"]
        assert document["dist-tags"] == {"latest": "1.0.0"}
        assert there.upstream.asked("/left-pad")[-1].headers["Cache-Control"] == "no-cache"
        for version in ("1.1.0", "1.2.0"):
            assert await there.status(f"/left-pad/-/left-pad-{version}.tgz") == 404
        record = await there.proxy.built.services.ledger.record(LEFT_PAD)
        assert record is not None
        assert record.sightings["1.1.0"].gone


async def test_a_missed_version_stays_over_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0")
        await there.versions()
        there.upstream.unpublish("left-pad", "1.0.0")
        there.advance(6 * MINUTE)
        assert await there.versions() == ["1.1.0", "1.0.0"]
        await there.settle()
        async with running_proxy(there.upstream.url, tmp_path, there.proxy.clock) as again:
            assert list((await again.json("/left-pad"))["versions"]) == ["1.1.0", "1.0.0"]
            there.advance(6 * MINUTE)
            assert list((await again.json("/left-pad"))["versions"]) == ["1.1.0"]


async def test_versions_that_are_missed_one_after_the_other_stay_in_one_order(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine={"hold": "0", "new_package_hold": "0"}) as there:
        for version in ("1.0.0", "1.1.0", "2.0.0"):
            there.publish(version=version)
        assert await there.versions() == ["1.0.0", "1.1.0", "2.0.0"]
        there.upstream.unpublish("left-pad", "1.0.0")
        there.advance(6 * MINUTE)
        assert await there.versions() == ["1.1.0", "2.0.0", "1.0.0"]
        there.upstream.unpublish("left-pad", "1.1.0")
        there.advance(MINUTE)
        assert await there.status("/left-pad/9.9.9") == 404
        # Behind what there is comes what has just been missed, then what was missed before.
        assert await there.versions() == ["2.0.0", "1.1.0", "1.0.0"]
        async with there.proxy.get("/left-pad", Host="127.0.0.1") as response:
            before = response.headers["ETag"], await response.read()
        await there.settle()
        restarted = running_proxy(there.upstream.url, tmp_path, there.proxy.clock)
        async with restarted as again, again.get("/left-pad", Host="127.0.0.1") as response:
            assert (response.headers["ETag"], await response.read()) == before
        there.advance(MINUTE + MINUTE / 2)
        assert await there.status("/left-pad/9.9.9") == 404
        assert await there.versions() == ["2.0.0", "1.1.0"]


async def test_what_was_kept_of_a_missed_version_may_be_damaged(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0")
        await there.versions()
        there.upstream.unpublish("left-pad", "1.0.0")
        there.advance(6 * MINUTE)
        await there.versions()
        await there.settle()
        (blob,) = there.blobs("missed")
        flip(blob)
        async with running_proxy(there.upstream.url, tmp_path, there.proxy.clock) as again:
            assert list((await again.json("/left-pad"))["versions"]) == ["1.1.0"]
        there.publish(version="1.2.0")
        there.advance(6 * MINUTE)
        await there.versions()
        await there.settle()
        assert there.blobs("missed") == []


async def test_a_missed_version_that_is_back_is_as_it_was(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0")
        await there.versions()
        listed = dict(there.upstream.package("left-pad")["versions"])
        del there.upstream.package("left-pad")["versions"]["1.0.0"]
        # The same document twice, within minutes: still one look, as far as being gone goes.
        for span in (6 * MINUTE, MINUTE):
            there.advance(span)
            await there.proxy.built.services.routed.packument(LEFT_PAD, there.proxy.clock.now())
            assert await there.versions() == ["1.1.0", "1.0.0"]
        there.upstream.package("left-pad")["versions"] = listed
        there.advance(6 * MINUTE)
        assert await there.versions() == ["1.0.0", "1.1.0"]
        record = await there.proxy.built.services.ledger.record(LEFT_PAD)
        assert record is not None
        assert not any(each.missing_since for each in record.sightings.values())


async def test_one_that_is_gone_does_not_outlive_a_404_of_the_rest(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0")
        await there.versions()
        there.upstream.unpublish("left-pad", "1.0.0")
        there.advance(6 * MINUTE)
        await there.versions()
        there.upstream.fault("/left-pad", Fault.status(404, times=1))
        there.advance(6 * MINUTE)
        assert await there.versions() == ["1.1.0"]


async def test_what_nobody_has_heard_of_costs_no_look_each_time_while_nothing_is_listed(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine={"hold": "0", "new_package_hold": "0"}) as there:
        there.publish()
        assert await there.versions() == ["1.0.0"]
        there.advance(6 * MINUTE)
        there.upstream.package("left-pad").update({"versions": {}, "dist-tags": {}})
        assert await there.versions() == ["1.0.0"]
        for _ in range(5):
            assert await there.status("/left-pad/9.9.9") == 404
        assert there.upstream.count("/left-pad") == 2
        there.advance(MINUTE)
        assert await there.status("/left-pad/9.9.9") == 404
        assert there.upstream.count("/left-pad") == 3


async def test_an_unpublished_package_says_so(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        there.upstream.unpublish("left-pad", "1.0.0")
        there.advance(6 * MINUTE)
        for _ in range(3):
            assert await there.status("/left-pad") == 200
        assert there.upstream.count("/left-pad") == 2
        there.advance(6 * MINUTE)
        assert await there.status("/left-pad") == 404
        assert await there.status(TARBALL) == 404
        asked = there.upstream.count("/left-pad")
        for _ in range(3):
            assert await there.status("/left-pad") == 404
        assert there.upstream.count("/left-pad") == asked


@pytest.mark.parametrize("field", ["integrity", "shasum"])
async def test_other_digests_under_a_known_version_are_withheld(tmp_path: Path, field: str) -> None:
    async with world(tmp_path) as there:
        published = there.publish()
        assert await there.status(TARBALL) == 200
        (blob,) = there.blobs("tarballs")

        there.advance(6 * MINUTE)
        other = there.upstream.publish("left-pad", "1.0.0", at=there.upstream.now - timedelta(days=400), tarball=b"other bytes")
        if field == "shasum":
            other.manifest["dist"]["integrity"] = published.integrity
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 403
            assert "other bytes" in (await response.json())["error"]
        assert await there.metric("pratique_integrity_changes_total") == 1
        assert blob.read_bytes() == published.tarball
        assert there.upstream.count(TARBALL) == 1
        (row,) = (await there.proxy.json("/-/pratique/v1/held?package=left-pad"))["held"]
        assert row["beyond_age"]

        # Time does not heal it.
        there.advance(timedelta(days=60))
        assert await there.status(TARBALL) == 403
