"""Rewritten bytes: made once, the same for everybody and for good, or nothing is served at all."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxy.registry.stripped_file import NEWEST
from proxy.signing.key import SigningKey
from quarantine.digests import Digests
from quarantine.package import PackageName
from quarantine.rewrite import Rewrite
from tests.fakes import tars
from tests.fakes.clock import FakeClock
from tests.fakes.proxy import Proxy, running_proxy
from tests.fakes.simulator import Fault, Simulator
from tests.fakes.simulator.tarball import build_tarball, integrity_of
from tests.fakes.workers import two_workers
from tests.proxy.web.scene import DAY, NOW, Scene
from tests.proxy.web.stripped import (
    RUNS,
    STRIP,
    UPSTREAM_KEY,
    files_of,
    is_signed,
    manifest_in,
    npm_key,
    sign,
    sri,
    stripping,
    tarball_of,
)

RUNS_1 = tarball_of("runs", "1.0.0")


async def fetch(proxy: Proxy, path: str) -> bytes:
    """The body of a 200."""
    async with proxy.get(path) as response:
        assert response.status == 200, await response.text()
        return bytes(await response.read())


async def refused(proxy: Proxy, path: str) -> str:
    """The error of a 403."""
    async with proxy.get(path) as response:
        assert response.status == 403, await response.text()
        return str((await response.json())["error"])


async def rewrite_of(stage: Scene, name: str = "runs", version: str = "1.0.0") -> Rewrite:
    """What is on record."""
    record = await stage.proxy.built.services.ledger.record(PackageName(name))
    assert record is not None
    return record.rewrites[version]


def blob_of(stage: Scene, body: bytes) -> Path:
    """Where these bytes are stored."""
    sums = {"sha512": hashlib.sha512(body), "sha1": hashlib.sha1(body, usedforsecurity=False)}
    digests = Digests({name: base64.b64encode(each.digest()).decode() for name, each in sums.items()})
    path = stage.proxy.built.services.routed.public.tarballs.local(digests)
    assert path is not None
    return path


async def test_many_who_ask_at_once_cause_one_download_and_get_the_same(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        bodies = await asyncio.gather(*(fetch(stage.proxy, RUNS_1) for _ in range(20)))
        assert len(set(bodies)) == 1
        assert stage.upstream.count(RUNS_1) == 1


async def test_two_workers_and_a_restart_serve_the_same_bytes(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    async with Simulator() as upstream:
        upstream.now = clock.now()
        upstream.publish("runs", "1.0.0", at=clock.now() - 400 * DAY, manifest=RUNS)
        async with two_workers(upstream, tmp_path, clock, scripts=STRIP) as workers:
            bodies = {await fetch(each, RUNS_1) for each in workers}
            documents = {json.dumps((await each.json("/runs"))["versions"]["1.0.0"]["dist"]["integrity"]) for each in workers}
        async with running_proxy(upstream.url, tmp_path, clock, scripts=STRIP) as again:
            bodies.add(await fetch(again, RUNS_1))
        assert len(bodies) == len(documents) == 1
        assert upstream.count(RUNS_1) == 1


async def test_lost_bytes_are_made_again(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        before = await fetch(stage.proxy, RUNS_1)
        blob = blob_of(stage, before)
        blob.unlink()
        async with running_proxy(stage.upstream.url, tmp_path, stage.clock, scripts=STRIP) as again:
            assert await fetch(again, RUNS_1) == before
        assert blob.exists()


async def test_damaged_bytes_are_made_again_too(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        before = await fetch(stage.proxy, RUNS_1)
        blob = blob_of(stage, before)
        blob.write_bytes(before[:-1] + b"x")
        async with running_proxy(stage.upstream.url, tmp_path, stage.clock, scripts=STRIP) as again:
            assert await fetch(again, RUNS_1) == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"integrity": integrity_of(b"others"), "shasum": "0" * 40}, "making them again gives others"),
        ({"integrity": integrity_of(b"others"), "shasum": "0" * 40, "recipe": NEWEST + 1000}, "does not know how they were made"),
    ],
)
async def test_bytes_that_cannot_be_made_again_are_withheld_and_never_others_served(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    async with stripping(tmp_path) as stage:
        listed = await stage.proxy.json("/plain/1.0.0")
        ledger = stage.proxy.built.services.ledger
        theirs = stage.upstream.shelf.tarballs[RUNS_1]
        await stage.proxy.json("/-/package/plain/dist-tags")
        first = Rewrite(integrity_of(theirs), NEWEST, "", "", 1, 1, 1, ("scripts.postinstall",), stage.clock.now())
        # Somebody else was first, with other bytes that are in no store.
        await ledger.rewritten(PackageName("plain"), listed["version"], replace(first, **changes))
        assert reason in await refused(stage.proxy, RUNS_1)
        assert reason in await refused(stage.proxy, RUNS_1)
        document = (await stage.proxy.json("/runs"))["versions"]["1.0.0"]
        assert document["dist"]["integrity"] == changes["integrity"]


async def test_an_archive_that_can_be_read_in_two_ways_is_withheld_with_the_reason(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        own = json.dumps({"name": "odd", "version": "1.0.0", **RUNS}).encode()
        twice = tars.gz(tars.tar(tars.member("package/package.json", own), tars.member("package/package.json", b"{}")))
        stage.publish("odd", "1.0.0", 400, manifest=RUNS, tarball=twice)
        assert "more than one way" in await refused(stage.proxy, tarball_of("odd", "1.0.0"))
        assert "more than one way" in await refused(stage.proxy, "/odd/1.0.0")
        await refused(stage.proxy, "/odd")
        assert stage.upstream.count(tarball_of("odd", "1.0.0")) == 1


async def test_what_is_no_archive_is_withheld_and_not_an_error_of_ours(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        stage.publish("junk", "1.0.0", 400, manifest=RUNS, tarball=b"not an archive at all")
        assert "cannot be taken out" in await refused(stage.proxy, tarball_of("junk", "1.0.0"))


async def test_a_script_in_the_document_alone_leaves_the_bytes_and_the_signature_alone(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        published = stage.upstream.publish(
            "told", "1.0.0", at=stage.clock.now() - 400 * DAY, manifest=RUNS, tarball=build_tarball({"name": "told"}, {})
        )
        sign(published)
        stage.upstream.attestations["told@1.0.0"] = {"attestations": []}
        listed = await stage.proxy.json("/told/1.0.0")
        assert listed["scripts"] == {"test": "true"}
        assert "hasInstallScript" not in listed
        assert is_signed(listed, UPSTREAM_KEY)
        assert listed["dist"]["integrity"] == published.integrity
        assert await fetch(stage.proxy, tarball_of("told", "1.0.0")) == published.tarball
        assert await stage.proxy.json("/-/npm/v1/attestations/told@1.0.0") == {"attestations": []}
        assert (await rewrite_of(stage, "told")).untouched


@pytest.mark.parametrize("inside", ["package.json", "binding.gyp"])
async def test_a_script_that_no_document_tells_of_reaches_nobody(tmp_path: Path, inside: str) -> None:
    async with stripping(tmp_path) as stage:
        own = {"name": "silent", "version": "1.0.0", **(RUNS if inside == "package.json" else {})}
        packed = build_tarball(own, {"binding.gyp": "{}"} if inside == "binding.gyp" else {})
        stage.publish("silent", "1.0.0", 400, tarball=packed)
        assert "1.0.0" in (await stage.proxy.json("/silent"))["versions"]
        for _ in range(2):
            assert "of which its document says nothing" in await refused(stage.proxy, tarball_of("silent", "1.0.0"))
        assert stage.upstream.count(tarball_of("silent", "1.0.0")) == 1


async def test_once_it_was_looked_into_nobody_is_shown_it(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        stage.publish("silent", "1.0.0", 400, tarball=build_tarball({"name": "silent", "version": "1.0.0", **RUNS}, {}))
        await refused(stage.proxy, tarball_of("silent", "1.0.0"))
        examination = stage.proxy.built.examination
        assert examination is not None
        assert await examination.examiner.hear(10) == 1
        assert "of which its document says nothing" in await refused(stage.proxy, "/silent")


async def test_that_there_is_nothing_is_found_out_once(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        path = tarball_of("plain", "1.0.0")
        await fetch(stage.proxy, path)
        assert (await rewrite_of(stage, "plain")).untouched
        async with running_proxy(
            stage.upstream.url, tmp_path, stage.clock, examiner={"enabled": True, "timeout": "1ms"}, scripts=STRIP
        ) as again:
            # Nothing can be looked into there.
            assert await fetch(again, path)


async def test_packages_inside_are_stripped_before_anybody_sees_the_version(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        own = {"name": "outer", "version": "1.0.0", "bundleDependencies": ["inner"], "dependencies": {"inner": "1"}}
        inner = json.dumps({"name": "inner", "version": "1.0.0", **RUNS})
        packed = build_tarball(own, {"node_modules/inner/package.json": inner, "node_modules/inner/binding.gyp": "{}"})
        stage.publish("outer", "1.0.0", 400, tarball=packed, manifest={"bundleDependencies": ["inner"]})
        listed = (await stage.proxy.json("/outer"))["versions"]["1.0.0"]
        body = await fetch(stage.proxy, tarball_of("outer", "1.0.0"))
        assert listed["dist"]["integrity"] == sri(hashlib.sha512(body).digest()) != integrity_of(packed)
        files = files_of(body)
        assert json.loads(files["node_modules/inner/package.json"])["scripts"] == {"test": "true"}
        assert "node_modules/inner/binding.gyp" not in files


async def test_more_versions_than_anybody_waits_for_come_in_the_background(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        for patch in range(30):
            stage.publish("many", f"1.0.{patch}", 400, manifest=RUNS)
        first = list((await stage.proxy.json("/many"))["versions"])
        assert len(first) >= 12
        assert "1.0.29" in first
        async with asyncio.timeout(20):
            while len((await stage.proxy.json("/many"))["versions"]) < 30:  # noqa: ASYNC110 - as a client sees it
                await asyncio.sleep(0.05)


async def test_a_tarball_that_cannot_be_had_hides_its_version_and_no_other(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        stage.upstream.fault(tarball_of("runs", "1.1.0"), Fault.status(404))
        document = await stage.proxy.json("/runs")
        assert list(document["versions"]) == ["1.0.0"]
        assert document["dist-tags"] == {"latest": "1.0.0"}
        async with stage.proxy.get(tarball_of("runs", "1.1.0")) as response:
            assert response.status == 404


async def test_bytes_that_are_not_the_promised_ones_are_told_as_that(tmp_path: Path) -> None:
    async with stripping(tmp_path) as stage:
        stage.upstream.replace_bytes("runs", "1.1.0", build_tarball({"name": "other"}, {}))
        assert "not what its packument promises" in await refused(stage.proxy, tarball_of("runs", "1.1.0"))
        assert list((await stage.proxy.json("/runs"))["versions"]) == ["1.0.0"]


async def test_a_version_that_is_held_is_not_even_fetched(tmp_path: Path) -> None:
    async with stripping(tmp_path, examiner={"enabled": False}) as stage:
        stage.publish("runs", "1.2.0", 1, manifest=RUNS)
        assert "1.2.0" not in (await stage.proxy.json("/runs"))["versions"]
        await refused(stage.proxy, tarball_of("runs", "1.2.0"))
        assert stage.upstream.count(tarball_of("runs", "1.2.0")) == 0
        stage.pass_by(7 * DAY)
        assert "1.2.0" in (await stage.proxy.json("/runs"))["versions"]


async def test_observing_serves_no_other_bytes_than_enforcing(tmp_path: Path) -> None:
    async with stripping(tmp_path, quarantine={"enforce": "observe"}) as stage:
        stage.publish("runs", "1.2.0", 1, manifest=RUNS)
        versions = (await stage.proxy.json("/runs"))["versions"]
        assert list(versions) == ["1.0.0", "1.1.0", "1.2.0"]
        assert all(each["scripts"] == {"test": "true"} for each in versions.values())


async def test_packages_of_a_namespace_are_rewritten_where_it_says_so(tmp_path: Path) -> None:
    async with Simulator() as own:
        own.now = NOW
        own.publish("@acme/runs", "1.0.0", at=NOW - 400 * DAY, manifest=RUNS)
        entry = {"match": "@acme/*", "upstream": own.url, "scripts": {"mode": "strip"}}
        async with stripping(tmp_path, namespaces=[entry], scripts={"mode": "flag"}) as stage:
            listed = await stage.proxy.json("/@acme%2fruns/1.0.0")
            assert is_signed(listed, stage.proxy.built.services.signing)
            body = await fetch(stage.proxy, tarball_of("@acme/runs", "1.0.0"))
            assert listed["dist"]["integrity"] == sri(hashlib.sha512(body).digest())
            assert "postinstall" not in manifest_in(body)["scripts"]


async def test_another_signing_key_signs_everything_anew_and_the_former_is_shown_on(tmp_path: Path) -> None:
    async with stripping(tmp_path / "data") as stage:
        before = await stage.proxy.json("/runs")
        former = stage.proxy.built.services.signing
    file = tmp_path / "key.pem"
    file.write_bytes(SigningKey.generate().pem)
    async with stripping(tmp_path / "data", signing={"key_file": str(file)}) as stage:
        # The simulator has moved, and with it what it published: the same bytes all the same.
        key = stage.proxy.built.services.signing
        after = await stage.proxy.json("/runs")
        for version in before["versions"]:
            assert is_signed(before["versions"][version], former)
            assert is_signed(after["versions"][version], key)
        _, ours, earlier = (await stage.proxy.json("/-/npm/v1/keys"))["keys"]
        assert ours == npm_key(key)
        assert earlier == {**npm_key(former), "expires": "2026-07-01T12:00:00.000Z"}
