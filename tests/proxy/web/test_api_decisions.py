"""Decisions through the API: in force with the next request, on every route, for cached bytes and conditions too."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.proxy.web.api import V1, Answer, Caller, credential
from tests.proxy.web.scene import ABBREVIATED, DAY, Scene, scene


async def answers(stage: Scene, name: str, version: str) -> dict[str, int]:
    """What every route that names one version answers to a reader, conditions and ranges among them."""
    reader, file = Caller(stage.proxy), f"{name.rpartition('/')[2]}-{version}.tgz"
    tarball = f"/{name}/-/{file}"
    found = {
        "listed": await reader.ask("GET", f"/{name}"),
        "abbreviated": await reader.ask("GET", f"/{name}", Accept=ABBREVIATED),
        "manifest": await reader.ask("GET", f"/{name}/{version}"),
        "manifest, HEAD": await reader.ask("HEAD", f"/{name}/{version}"),
        "manifest, known": await reader.ask("GET", f"/{name}/{version}", If_None_Match="*"),
        "attestations": await reader.ask("GET", f"/-/npm/v1/attestations/{name}@{version}"),
        "tarball": await reader.ask("GET", tarball),
        "HEAD": await reader.ask("HEAD", tarball),
        "Range": await reader.ask("GET", tarball, Range="bytes=0-9"),
        "known": await reader.ask("GET", tarball, If_None_Match="*"),
        "known, HEAD": await reader.ask("HEAD", tarball, If_None_Match="*"),
    }
    listed = {key: _lists(answer, version) for key, answer in found.items() if key in {"listed", "abbreviated"}}
    return {key: listed.get(key, answer.status) for key, answer in found.items()}


def _lists(answer: Answer, version: str) -> int:
    return 200 if answer.status == 200 and version in answer.body["versions"] else 403


def all_of(status: int) -> dict[str, int]:
    known, part = (304, 206) if status == 200 else (status, status)
    keys = ("listed", "abbreviated", "manifest", "manifest, HEAD", "attestations", "tarball", "HEAD")
    conditions = ("manifest, known", "known", "known, HEAD")
    return dict.fromkeys(keys, status) | dict.fromkeys(conditions, known) | {"Range": part}


SERVED, REFUSED = all_of(200), all_of(403)


async def sound(admin: Caller, *kinds: str) -> None:
    """The log is whole, and ends with these kinds of entries."""
    assert (await admin.get("log/verify"))["sound"] is True
    entries = (await admin.get("log?limit=1000"))["entries"]
    assert [each["kind"] for each in entries][-len(kinds) :] == list(kinds)
    assert [each["actor"] for each in entries][-len(kinds) :] == [admin.id] * len(kinds)


@pytest.mark.parametrize(("name", "version"), [("lib", "1.2.0"), ("@s/p", "2.0.0"), ("fresh", "0.1.0")])
async def test_a_release_is_served_with_the_next_request_and_its_withdrawal_withheld(
    tmp_path: Path, name: str, version: str
) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        assert await answers(stage, name, version) == REFUSED
        done = await admin.decide("release", f"{name}@{version}")
        assert done.status == 201
        assert done.body["decision"]["digests"]
        assert "age" in done.body["decision"]["lifts"]
        assert await answers(stage, name, version) == SERVED
        assert (await stage.proxy.json(f"/{name}/latest"))["version"] == version
        assert (await admin.decide("release", f"{name}@{version}")).status == 409
        assert (await admin.withdraw(done.body["decision"]["id"])).status == 200
        assert await answers(stage, name, version) == REFUSED
        assert (await admin.withdraw(done.body["decision"]["id"])).status == 409
        await sound(admin, "release", "withdraw")


async def test_a_release_expires_and_is_no_longer_needed_once_the_version_is_old_enough(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        await admin.decide("release", "lib@1.2.0", expires="1d")
        await admin.decide("release", "@s/p@2.0.0")
        stage.pass_by(DAY)
        assert await answers(stage, "lib", "1.2.0") == REFUSED
        assert await answers(stage, "@s/p", "2.0.0") == SERVED
        assert [each["subject"] for each in (await admin.get("decisions"))["decisions"]] == ["@s/p@2.0.0"]
        stage.pass_by(6 * DAY)
        assert await answers(stage, "lib", "1.2.0") == SERVED
        told = await admin.get("packages/@s%2fp/versions/2.0.0")
        assert (told["verdict"], told["state"]) == ("admitted", "admitted")
        assert (await admin.decide("release", "lib@1.2.0")).status == 409


async def test_a_release_is_for_the_bytes_that_were_looked_at(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        assert (await admin.decide("release", "lib@1.2.0")).status == 201
        dist = stage.upstream.package("lib")["versions"]["1.2.0"]["dist"]
        dist |= {"integrity": "sha512-" + "A" * 86 + "==", "shasum": "0" * 40}
        stage.pass_by(DAY)
        assert await answers(stage, "lib", "1.2.0") == REFUSED


async def test_a_block_shuts_out_what_was_served_and_no_condition_confirms_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        assert await answers(stage, "lib", "1.1.0") == SERVED
        before = [await Caller(stage.proxy).ask("GET", path) for path in ("/lib", "/lib/1.1.0", "/lib/-/lib-1.1.0.tgz")]
        done = await admin.decide("block", "lib@1.1.0")
        assert done.status == 201
        assert done.body["exposure"]["who"][0]["client"] == "127.0.0.1"
        assert await answers(stage, "lib", "1.1.0") == REFUSED
        for answer, path in zip(before[1:], ("/lib/1.1.0", "/lib/-/lib-1.1.0.tgz"), strict=True):
            for method in ("GET", "HEAD"):
                for extra in ({}, {"Range": "bytes=0-0"}, {"If_Range": answer.headers["ETag"], "Range": "bytes=0-0"}):
                    headers = {"If_None_Match": answer.headers["ETag"], **extra}
                    assert await Caller(stage.proxy).status(method, path, **headers) == 403
        again = await Caller(stage.proxy).ask("GET", "/lib", If_None_Match=before[0].headers["ETag"])
        assert (again.status, again.body["dist-tags"]["latest"]) == (200, "1.0.0")
        assert (await admin.decide("hold", "lib@1.1.0")).status == 409
        assert (await admin.decide("block", "lib@1.1.0")).status == 409
        assert (await admin.decide("release", "lib@1.1.0")).status == 201
        assert await answers(stage, "lib", "1.1.0") == SERVED
        await sound(admin, "block", "release")


async def test_ranges_and_versions_that_nobody_has_seen(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        assert (await admin.decide("block", "lib@<1.1.0")).status == 201
        assert await answers(stage, "lib", "1.0.0") == REFUSED
        assert await answers(stage, "lib", "1.1.0") == SERVED
        for subject in ("lib@1.9.9", "unheard@1.0.0", "@s/p"):
            assert (await admin.decide("block", subject)).status == 201, subject
        stage.publish("lib", "1.9.9", 100)
        stage.publish("unheard", "1.0.0", 100)
        stage.pass_by(DAY)
        for name, version in (("lib", "1.9.9"), ("unheard", "1.0.0"), ("@s/p", "1.0.0")):
            assert await answers(stage, name, version) == REFUSED, name


async def test_a_hold_waits_for_a_person(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        done = await admin.decide("hold", "lib@^1.1")
        assert await answers(stage, "lib", "1.1.0") == REFUSED
        stage.pass_by(60 * DAY)
        assert await answers(stage, "lib", "1.2.0") == REFUSED
        assert (await admin.decide("release", "lib@1.2.0")).status == 201
        assert await answers(stage, "lib", "1.2.0") == SERVED
        assert (await admin.withdraw(done.body["decision"]["id"])).status == 200
        assert await answers(stage, "lib", "1.1.0") == SERVED


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "action"), ({"action": "delete", "subject": "lib", "reason": "x"}, "$.action"), ([], "object"), (b"{", "JSON"),
        ({"action": "block", "subject": "lib@1.0.0", "reason": " "}, "reason"), (b"\xff", "JSON"), (b"", "JSON"),
        ({"action": "block", "subject": "lib@1.0.0", "reason": "x" * 2001}, "2000"),
        ({"action": "block", "subject": "lib@1.0.0", "reason": "x", "until": "7d"}, "until"),
        ({"action": "block", "subject": "../lib@1.0.0", "reason": "x"}, "lib"),
        ({"action": "block", "subject": "lib@one", "reason": "x"}, "version"),
        ({"action": "release", "subject": "lib@^1", "reason": "x"}, "exact version"),
        ({"action": "release", "subject": "lib@9.9.9", "reason": "x"}, "9.9.9"),
        ({"action": "block", "subject": "lib", "reason": "x", "expires": "soon"}, "expires"),
        ({"action": "block", "subject": "lib", "reason": "x", "expires": "2026-05-01T00:00Z"}, "expired"),
        ({"action": "block", "subject": "lib", "reason": "x", "expires": "0001-01-01T00:00+14:00"}, "expires"),
        ({"action": "block", "subject": "lib", "reason": "x", "expires": 7}, "$.expires"),
    ],
)  # fmt: skip
async def test_an_order_that_does_not_fit_is_told_why_and_changes_nothing(tmp_path: Path, body: Any, place: str) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        before = await stage.proxy.built.services.book.head()
        answer = await admin.ask("POST", f"{V1}/decisions", body)
        assert answer.status == 400, answer
        assert place in answer.body["error"]
        assert await stage.proxy.built.services.book.head() == before


async def test_there_is_nothing_to_withdraw(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        for number in ("999", "0", "one", "-1", "1.5", "9" * 400, "%C2%B2"):
            assert await admin.status("DELETE", f"{V1}/decisions/{number}?reason=x") == 404, number
        done = await admin.decide("block", "lib@1.0.0")
        assert await admin.status("DELETE", f"{V1}/decisions/{done.body['decision']['id']}") == 400


async def test_what_was_published_a_moment_ago_can_be_explained_and_released(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        await admin.get("packages/lib/versions/1.2.0")
        stage.publish("lib", "1.2.1", 0)
        stage.pass_by(timedelta(minutes=1))
        assert (await admin.get("packages/lib/versions/1.2.1"))["verdict"] == "withheld"
        stage.publish("lib", "1.2.2", 0)
        stage.pass_by(timedelta(minutes=1))
        assert (await admin.decide("release", "lib@1.2.2")).status == 201


async def test_who_decided_is_told_to_those_who_may_read_decisions(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        reviewer = await credential(stage.proxy, "reviewer")
        reader = await credential(stage.proxy, "reader")
        assert (await reviewer.decide("block", "lib@1.0.0")).status == 201
        for who, count in ((reviewer, 1), (reader, 0), (Caller(stage.proxy), 0)):
            told = await who.get("packages/lib/versions/1.0.0")
            assert told["state"] == "blocked"
            assert len(told["decisions"]) == count


async def test_during_a_freeze_a_block_that_would_have_ended_is_listed_and_outranks_a_lockfile(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        reviewer = await credential(stage.proxy, "reviewer")
        integrity = stage.upstream.package("lib")["versions"]["1.0.0"]["dist"]["integrity"]
        assert (await reviewer.decide("block", "lib@1.0.0", expires="1h")).status == 201
        assert (await reviewer.ask("POST", f"{V1}/freeze", {"reason": "an incident"})).status == 201
        stage.pass_by(timedelta(hours=2))
        assert [each["subject"] for each in (await reviewer.get("decisions"))["decisions"]] == ["lib@1.0.0"]
        pinned = {"entries": [{"name": "lib", "version": "1.0.0", "integrity": integrity}], "reason": "a lockfile"}
        adopted = await reviewer.ask("POST", f"{V1}/adoptions", pinned)
        assert (adopted.body["adopted"], len(adopted.body["refused"])) == (0, 1)
        assert await reviewer.status("GET", "/lib/1.0.0") == 403
