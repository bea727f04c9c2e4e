"""What people decide, and what the configuration holds, counts for packages of one's own as for any other."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.simulator.tarball import integrity_of
from tests.proxy.web.api import V1, credential
from tests.proxy.web.namespaced import KINDS, namespaced

DAY = timedelta(days=1)


@pytest.mark.parametrize("action", ["block", "hold"])
@pytest.mark.parametrize(("match", "name"), KINDS)
async def test_a_block_or_a_hold_by_hand_until_it_is_withdrawn(tmp_path: Path, match: str, name: str, action: str) -> None:
    async with namespaced(tmp_path, match, name) as there:
        admin = await credential(there.proxy, "admin")
        written, tarball = name.replace("/", "%2f"), f"/{name}/-/{name.rpartition('/')[2]}-1.1.0.tgz"
        assert await there.status(tarball) == 200
        made = await admin.decide(action, f"{name}@1.1.0")
        assert made.status == 201, made
        assert await there.status(tarball) == 403
        assert await there.status(f"/{written}/1.1.0") == 403
        assert await there.status(f"/-/npm/v1/attestations/{written}@1.1.0") == 403
        document = await there.proxy.json(f"/{written}")
        assert (list(document["versions"]), document["dist-tags"]) == (["1.0.0"], {"latest": "1.0.0"})
        held = await there.proxy.json(f"{V1}/held")
        assert [(each["package"], each["version"]) for each in held["held"]] == [(name, "1.1.0")]
        assert (await admin.withdraw(made.body["decision"]["id"])).status == 200
        assert await there.status(tarball) == 200
        assert there.leaks() == []


async def test_exposure_records_who_fetched_them_and_who_has_them_installed(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        admin, build = await credential(there.proxy, "admin"), await credential(there.proxy, "ci", label="build")
        assert await build.status("GET", "/@acme/ui/-/ui-1.1.0.tgz") == 200
        assert await build.status("POST", "/-/npm/v1/security/advisories/bulk", {"@acme/ui": ["1.0.0"], "lib": ["1.0.0"]}) == 200
        told = await admin.get("exposure?subject=@acme%2fui")
        assert {(row["how"], row["version"], row["label"]) for row in told["rows"]} == {
            ("fetched", "1.1.0", "build"),
            ("installed", "1.0.0", "build"),
        }
        blocked = await admin.decide("block", "@acme/ui@1.1.0")
        assert blocked.body["exposure"]["fetched"] == 1
        assert there.leaks() == []


async def test_a_hold_of_the_namespace_applies_and_a_lockfile_goes_before_it(tmp_path: Path) -> None:
    async with namespaced(tmp_path, entry={"quarantine": {"hold": "3d"}}) as there:
        admin = await credential(there.proxy, "admin")
        tarball = "/@acme/ui/-/ui-1.1.0.tgz"
        assert await there.status(tarball) == 403
        assert list((await there.proxy.json("/@acme%2fui"))["versions"]) == ["1.0.0"]
        notice = await admin.ask("POST", "/-/npm/v1/security/advisories/bulk", {"@acme/ui": ["1.1.0"]})
        assert "@acme/ui@1.1.0" in notice.headers["npm-notice"]
        wrong = {"name": "@acme/ui", "version": "1.1.0", "integrity": integrity_of(b"other bytes")}
        assert (await admin.ask("POST", f"{V1}/adoptions", {"reason": "in use", "entries": [wrong]})).status == 201
        assert await there.status(tarball) == 403
        right = {**wrong, "integrity": integrity_of(there.own.shelf.tarballs[tarball])}
        assert (await admin.ask("POST", f"{V1}/adoptions", {"reason": "in use", "entries": [right]})).status == 201
        assert await there.status(tarball) == 200
        assert there.leaks() == []


async def test_a_hold_ends_with_a_look_at_the_own_registry(tmp_path: Path) -> None:
    async with namespaced(tmp_path, entry={"quarantine": {"hold": "3d"}}) as there:
        assert await there.status("/@acme/ui/-/ui-1.1.0.tgz") == 403
        there.pass_by(3 * DAY)
        assert await there.status("/@acme/ui/-/ui-1.1.0.tgz") == 200
        assert there.leaks() == []


@pytest.mark.parametrize(
    ("packages", "status"),
    [
        ([{"match": "@acme/ui", "quarantine": {"hold": "2d"}}], 403),
        ([{"match": "@acme/*", "quarantine": {"hold": "2d"}}], 403),
        ([{"match": "@ACME/u*", "quarantine": {"hold": "2d"}}], 403),
        ([{"match": "@acme/other", "quarantine": {"hold": "2d"}}], 200),
        ([{"match": "*", "quarantine": {"hold": "2d"}}], 200),
        ([{"match": "@*/*", "quarantine": {"hold": "2d"}}], 200),
    ],
)
async def test_entries_within_the_namespace_apply_and_wider_ones_do_not(
    tmp_path: Path, packages: list[dict[str, object]], status: int
) -> None:
    async with namespaced(tmp_path, packages=packages) as there:
        assert await there.status("/@acme/ui/-/ui-1.1.0.tgz") == status
        assert there.leaks() == []


async def test_an_audience_has_no_say_about_them(tmp_path: Path) -> None:
    audiences = [{"name": "strict", "quarantine": {"hold": "30d"}}]
    async with namespaced(tmp_path, audiences=audiences, entry={"quarantine": {"hold": "0"}}) as there:
        strict = await credential(there.proxy, "ci", audience="strict")
        assert await strict.status("GET", "/@acme/ui/-/ui-1.1.0.tgz") == 200


async def test_a_version_that_changed_its_bytes_is_withheld(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        assert await there.status("/@acme%2fui") == 200
        other = b"other bytes"
        dist = there.own.package("@acme/ui")["versions"]["1.1.0"]["dist"]
        dist["integrity"] = f"sha512-{base64.b64encode(hashlib.sha512(other).digest()).decode()}"
        there.pass_by(timedelta(hours=1))
        assert list((await there.proxy.json("/@acme%2fui"))["versions"]) == ["1.0.0"]


async def test_a_token_for_other_packages_gets_none_of_them(tmp_path: Path) -> None:
    async with namespaced(tmp_path, access={"anonymous": False}) as there:
        outsider = await credential(there.proxy, "ci", packages=("lib",))
        insider = await credential(there.proxy, "ci", packages=("@acme/*",))
        for path in ("/@acme%2fui", "/@acme/ui/-/ui-1.1.0.tgz", "/-/package/@acme%2fui/dist-tags"):
            assert await outsider.status("GET", path) == 403
            assert await insider.status("GET", path) == 200
            assert await there.status(path) == 401
        assert there.leaks() == there.stray_tokens() == []
