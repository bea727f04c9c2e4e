"""Tokens through the API: shown once, limited to packages and networks, revoked and rotated at once, and in no other place."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import DAY, scene

CLOSED = {"anonymous": False}
FRONTED = {"trusted_proxies": ["127.0.0.1"]}


async def made(admin: Caller, **body: Any) -> Caller:
    answer = await admin.ask("POST", f"{V1}/tokens", {"label": "a build", "roles": ["ci"], **body})
    assert answer.status == 201, answer
    return Caller(admin.proxy, answer.body["secret"], answer.body["token"]["id"])


def routes(name: str, base: str) -> list[str]:
    return [
        f"/{name.replace('/', '%2f')}",
        f"/{name}/1.0.0",
        f"/{name}/latest",
        f"/{name}/-/{base}-1.0.0.tgz",
        f"/-/package/{name}/dist-tags",
        f"/-/npm/v1/attestations/{name}@1.0.0",
    ]


async def test_package_patterns_hold_on_every_route(tmp_path: Path) -> None:
    async with scene(tmp_path, access=CLOSED) as stage:
        admin = await credential(stage.proxy, "admin")
        scoped, plain = await made(admin, packages=["@s/*"]), await made(admin, packages=["lib", "other"])
        for mine, others, caller in (("@s/p", "lib", scoped), ("lib", "@s/p", plain)):
            for path in routes(mine, mine.rpartition("/")[2]):
                assert await caller.status("GET", path) == 200, path
            for path in routes(others, others.rpartition("/")[2]):
                for method, headers in (
                    ("GET", {}),
                    ("HEAD", {}),
                    ("GET", {"If_None_Match": "*"}),
                    ("GET", {"Range": "bytes=0-1"}),
                ):
                    answer = await caller.ask(method, path, **headers)
                    assert answer.status == 403, (method, path)
            told = await caller.ask("GET", f"/{others}")
            assert told.body["code"] == "not-permitted"
            assert others in told.body["error"]
            assert await caller.status("GET", f"{V1}/packages/{others.replace('/', '%2f')}/versions/1.0.0") == 403


async def test_a_limited_reviewer_decides_about_its_own_packages_only(tmp_path: Path) -> None:
    async with scene(tmp_path, access=CLOSED) as stage:
        everywhere, scoped = (
            await credential(stage.proxy, "reviewer"),
            await credential(stage.proxy, "reviewer", packages=("@s/*",)),
        )
        assert (await scoped.decide("block", "lib@1.0.0")).status == 403
        assert (await scoped.decide("block", "@s/p@1.0.0")).status == 201
        foreign = (await everywhere.decide("block", "lib@1.0.0")).body["decision"]["id"]
        assert (await scoped.withdraw(foreign)).status == 403
        assert (await everywhere.withdraw(foreign)).status == 200


async def test_networks(tmp_path: Path) -> None:
    async with scene(tmp_path, access=CLOSED, server=FRONTED) as stage:
        admin = await credential(stage.proxy, "admin")
        caller = await made(admin, networks=["10.1.0.0/16", "2001:db8::/32"])
        for address, status in {
            "10.1.2.3": 200,
            "::ffff:10.1.2.3": 200,
            "2001:db8::1": 200,
            "10.2.0.1": 401,
            "2001:db9::1": 401,
            "127.0.0.1": 401,
            "10.1.2.3, 10.2.0.1": 401,
        }.items():
            for path in [*routes("lib", "lib"), "/-/pratique/v1/held", "/-/whoami"]:
                assert await caller.status("GET", path, X_Forwarded_For=address) == status, (address, path)


async def test_a_revoked_token_is_of_no_use_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path, access=CLOSED) as stage:
        admin = await credential(stage.proxy, "admin")
        caller = await made(admin)
        first = await caller.ask("GET", "/lib/-/lib-1.0.0.tgz")
        assert first.status == 200
        answer = await admin.ask("DELETE", f"{V1}/tokens/{caller.id}?reason=lost")
        assert answer.body["token"]["revoked"]
        for path in routes("lib", "lib"):
            assert await caller.status("GET", path) == 401
            assert await caller.status("GET", path, If_None_Match=first.headers["ETag"]) == 401
        assert await admin.status("DELETE", f"{V1}/tokens/{caller.id}") == 409
        assert await admin.status("DELETE", f"{V1}/tokens/nobody") == 404
        assert await admin.status("POST", f"{V1}/tokens/{caller.id}/rotate") == 404


async def test_a_rotated_token_has_the_same_rights_and_another_secret(tmp_path: Path) -> None:
    async with scene(tmp_path, access=CLOSED) as stage:
        admin = await credential(stage.proxy, "admin")
        old = await made(admin, packages=["@s/*"], owner="Somebody", expires="7d")
        answer = await admin.ask("POST", f"{V1}/tokens/{old.id}/rotate")
        assert answer.status == 201
        new = Caller(stage.proxy, answer.body["secret"], answer.body["token"]["id"])
        assert (new.token != old.token, new.id != old.id) == (True, True)
        assert await old.status("GET", "/@s/p") == 401
        assert (await new.status("GET", "/@s/p"), await new.status("GET", "/lib")) == (200, 403)
        stage.pass_by(7 * DAY)
        assert await new.status("GET", "/@s/p") == 401


async def test_a_token_expires(tmp_path: Path) -> None:
    async with scene(tmp_path, access=CLOSED) as stage:
        caller = await made(await credential(stage.proxy, "admin"), expires="1h")
        stage.pass_by(timedelta(minutes=59))
        assert await caller.status("GET", "/lib") == 200
        stage.pass_by(timedelta(minutes=1))
        assert await caller.status("GET", "/lib") == 401


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"label": "x"}, "roles"), ({"label": "", "roles": ["ci"]}, "label"), ({"label": "x" * 101, "roles": ["ci"]}, "label"),
        ({"label": "x", "roles": []}, "roles"), ({"label": "x", "roles": ["root"]}, "root"),
        ({"label": "x", "roles": "ci"}, "roles"),
        ({"label": "x", "roles": ["ci"], "networks": ["10.0.0/33"]}, "networks"), ({"label": 1, "roles": ["ci"]}, "$.label"),
        ({"label": "x", "roles": ["ci"], "packages": [1]}, "$.packages[0]"),
        ({"label": "x", "roles": ["ci"], "admin": 1}, "admin"),
        ({"label": "x", "roles": ["ci"], "expires": "soon"}, "expires"),
        ({"label": "x", "roles": ["ci"], "expires": "2026-01-01T00:00Z"}, "expires"),
        ({"label": "x", "roles": ["ci"], "expires": "2027-01-01T00:00"}, "expires"),
    ],
)  # fmt: skip
async def test_a_body_that_does_not_fit_is_told_where(tmp_path: Path, body: Any, place: str) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        answer = await admin.ask("POST", f"{V1}/tokens", body)
        assert answer.status == 400, answer
        assert place in answer.body["error"]
        assert len((await admin.get("tokens"))["tokens"]) == 1


async def test_a_secret_is_shown_once_and_is_nowhere_else(tmp_path: Path) -> None:
    with capture_logs() as lines:
        async with scene(tmp_path, access=CLOSED) as stage:
            admin = await credential(stage.proxy, "admin")
            caller, lost = await made(admin), await made(admin)
            rotated = await admin.ask("POST", f"{V1}/tokens/{lost.id}/rotate")
            secrets = [caller.token or "", lost.token or "", admin.token or "", rotated.body["secret"]]
            for path in (
                *routes("lib", "lib"),
                "/fresh",
                "/-/whoami",
                "/-/pratique/v1/tokens",
                f"/-/pratique/v1/tokens/{lost.token}",
            ):
                for who in (caller, lost):
                    answer = await who.ask("GET", path, Npm_Command=who.token or "")
                    assert not any(each in str(answer) for each in secrets), path
            told = [await admin.get(each) for each in ("tokens", "log", "decisions", "exposure?subject=lib")]
            told += [(await admin.ask("GET", "/-/pratique/metrics")).body, (await admin.ask("POST", f"{V1}/tokens", b"{")).body]
            assert await admin.status("DELETE", f"{V1}/tokens/{caller.id}") == 200
            told.append(await admin.get("log"))
            everything = json.dumps(told, default=str).replace(json.dumps([caller.token, lost.token])[1:-1], "")
    records = [row for row in told[3]["rows"] if row["credential"] == caller.id]
    assert records
    assert records[0]["label"] == "a build"
    for secret in (admin.token or "", rotated.body["secret"]):
        assert secret not in everything
        assert secret not in str(lines)
    kept = _kept(tmp_path)
    assert all(each.encode() not in kept for each in (admin.token or "", rotated.body["secret"]))


def _kept(folder: Path) -> bytes:
    """All bytes of all files."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
