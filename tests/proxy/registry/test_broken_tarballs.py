"""Small tarballs are verified before their headers go out, so whatever is wrong with them has a status of its own."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from proxy.registry.quarantined import MISMATCH_REMEMBERED
from quarantine.package import PackageName
from tests.fakes.simulator import Fault
from tests.proxy.registry.world import MINUTE, world

TARBALL = "/left-pad/-/left-pad-1.0.0.tgz"


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.truncate(), 503),
        (Fault.truncate(framing="chunked"), 503),
        (Fault.truncate(framing="close"), 403),
        (Fault.wrong_length(10), 503),
        (Fault.wrong_length(-10), 403),
        (Fault.corrupt(), 403),
        (Fault.html(), 502),
        (Fault.answer(b"<html>", content_type="application/octet-stream"), 403),
        (Fault.answer(b""), 403),
        (Fault.reset(), 503),
        (Fault.reset(after=10), 503),
        (Fault.status(500), 503),
        (Fault.status(206), 502),
    ],
    ids=[
        "cut",
        "cut-chunks",
        "closed-early",
        "too-short",
        "too-long",
        "corrupt",
        "page",
        "page-in-disguise",
        "empty",
        "reset",
        "late-reset",
        "500",
        "206",
    ],
)
async def test_nothing_wrong_is_sent_or_kept(tmp_path: Path, fault: Fault, status: int) -> None:
    async with world(tmp_path, upstream={"retries": 0}) as there:
        published = there.publish()
        there.upstream.fault(TARBALL, fault)
        async with there.proxy.get(TARBALL) as response:
            assert response.status == status
            assert response.headers["Cache-Control"] == "no-store"
            assert set(await response.json()) >= {"error", "code"}
        assert there.blobs("tarballs") == []

        there.upstream.clear_faults()
        there.advance(MISMATCH_REMEMBERED + timedelta(seconds=1))
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 200
            assert await response.read() == published.tarball
        assert len(there.blobs("tarballs")) == 1


async def test_one_bad_copy_is_not_noticed(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        published = there.publish()
        there.upstream.fault(TARBALL, Fault.corrupt(times=1))
        async with there.proxy.get(TARBALL) as response:
            assert await response.read() == published.tarball
        assert await there.metric("pratique_tarball_mismatches_total") == 0


async def test_a_mismatch_is_remembered_and_lapses(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.upstream.fault(TARBALL, Fault.corrupt())
        assert await there.status(TARBALL) == 403
        asked = there.upstream.count(TARBALL)

        there.upstream.clear_faults()
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 403
            (finding,) = (await response.json())["findings"]
            assert finding["rule"] == "integrity"
            assert finding["effect"] == "block"
            assert finding["until"]
        assert await there.status("/left-pad") == 403
        held = await there.proxy.json("/-/pratique/v1/held")
        assert [(row["version"], row["beyond_age"]) for row in held["held"]] == [("1.0.0", True)]
        assert there.upstream.count(TARBALL) == asked

        there.advance(MISMATCH_REMEMBERED)
        assert await there.status(TARBALL) == 200
        assert await there.versions() == ["1.0.0"]


async def test_other_versions_are_not_concerned(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0")
        there.upstream.fault("/left-pad/-/left-pad-1.1.0.tgz", Fault.corrupt())
        assert await there.status("/left-pad/-/left-pad-1.1.0.tgz") == 403
        document = await there.proxy.json("/left-pad")
        assert list(document["versions"]) == ["1.0.0"]
        assert document["dist-tags"] == {"latest": "1.0.0"}
        assert await there.status(TARBALL) == 200


async def test_a_mismatch_is_remembered_once_for_all_who_asked(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.publish()
        await there.versions()
        ledger = there.proxy.built.services.ledger
        before = await ledger.record(PackageName("left-pad"))
        there.upstream.fault(TARBALL, Fault.corrupt())
        assert set(await asyncio.gather(*[there.status(TARBALL) for _ in range(20)])) == {403}
        after = await ledger.record(PackageName("left-pad"))
        assert before is not None
        assert after is not None
        assert after.revision - before.revision <= 2


async def test_what_only_sha1_vouches_for_is_served_with_a_note(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        published = there.publish()
        del published.manifest["dist"]["integrity"]
        assert await there.status(TARBALL) == 200
        told = await there.proxy.json("/-/pratique/v1/packages/left-pad/versions/1.0.0")
        assert told["verdict"] == "admitted"
        assert [(each["rule"], each["effect"]) for each in told["findings"]] == [("weak-integrity", "note")]


async def test_sha1_alone_still_catches_wrong_bytes(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        del there.publish().manifest["dist"]["integrity"]
        there.upstream.fault(TARBALL, Fault.corrupt())
        assert await there.status(TARBALL) == 403


async def test_digests_that_name_different_bytes_are_withheld(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        published = there.publish()
        published.manifest["dist"]["shasum"] = "0" * 40
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 403
            assert [each["rule"] for each in (await response.json())["findings"]] == ["integrity"]
        assert there.blobs("tarballs") == []


async def test_a_version_without_any_digest_is_withheld(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        published = there.publish()
        del published.manifest["dist"]["integrity"], published.manifest["dist"]["shasum"]
        async with there.proxy.get(TARBALL) as response:
            assert response.status == 403
            assert "unknown-fact" in [each["rule"] for each in (await response.json())["findings"]]
        assert there.upstream.count(TARBALL) == 0


async def test_a_mismatch_in_observe_mode_is_not_served_either(tmp_path: Path) -> None:
    async with world(tmp_path, quarantine={"enforce": "observe"}) as there:
        there.publish(ago=MINUTE)
        there.upstream.fault(TARBALL, Fault.corrupt())
        assert await there.status(TARBALL) == 403
        assert await there.status(TARBALL) == 403
