"""Registries that come with a code host as a namespace's upstream: GitHub's, GitLab's, and those that want `Basic`."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.forges import Forge, GitHub, GitLab
from tests.fakes.proxy import Proxy, running_proxy
from tests.fakes.simulator import Simulator
from tests.proxy.web.api import credential

BEARER = "Bearer s3cret"
BASIC = "Basic " + base64.b64encode(b"reader:p4ss").decode()
TARBALL = "/@acme/ui/-/ui-1.0.0.tgz"
OLD = timedelta(days=400)


@dataclass
class Company:
    """A forge with `@acme/ui` 1.0.0, and a public registry with 9.9.9 of that name."""

    public: Simulator
    own: Forge
    proxy: Proxy
    bytes: bytes

    async def get(self, path: str) -> tuple[int, str]:
        async with self.proxy.get(path) as response:
            return int(response.status), await response.text(errors="replace")

    def leaks(self) -> list[str]:
        return [each.path for each in self.public.requests if "acme" in each.path or "acme" in str(each.headers)]


@asynccontextmanager
async def company(
    kind: type[Forge], data: Path, *, authorization: str = BEARER, variable: str = "s3cret", **entry: Any
) -> AsyncIterator[Company]:
    clock = FakeClock()
    async with Simulator() as public:
        public.now = clock.now()
        forge = GitLab(authorization, public.url) if kind is GitLab else kind(authorization)
        for version in ("1.0.0", "9.9.9"):
            public.publish("@acme/ui", version, at=clock.now() - OLD)
        public.publish("@acme/gone", "9.9.9", at=clock.now() - OLD)
        async with forge as own:
            own.now = clock.now()
            made = own.publish("@acme/ui", "1.0.0", at=clock.now() - OLD)
            if isinstance(own, GitHub):
                entry.setdefault("allowed_hosts", [own.blobs])
            namespace = {"match": "@acme/*", "upstream": own.url, "token_env": "OWN", **entry}
            sections: dict[str, Any] = {"upstream": {"retries": 0}, "namespaces": [namespace]}
            async with running_proxy(public.url, data, clock, {"OWN": variable}, **sections) as proxy:
                yield Company(public, own, proxy, made.tarball)


@pytest.mark.parametrize("kind", [GitHub, GitLab])
@pytest.mark.parametrize(("authorization", "variable"), [(BEARER, "s3cret"), (BEARER, BEARER), (BASIC, BASIC)])
async def test_documents_and_tarballs_come_with_the_credential_as_it_was_given(
    tmp_path: Path, kind: type[Forge], authorization: str, variable: str
) -> None:
    async with company(kind, tmp_path, authorization=authorization, variable=variable) as there:
        document = await there.proxy.json("/@acme%2fui")
        assert list(document["versions"]) == ["1.0.0"]
        assert document["versions"]["1.0.0"]["dist"]["tarball"] == there.proxy.url + TARBALL
        async with there.proxy.get(TARBALL) as response:
            assert (response.status, await response.read()) == (200, there.bytes)
        assert {each.headers.get("Authorization") for each in there.own.asked} == {authorization}
        assert there.leaks() == []


@pytest.mark.parametrize("kind", [GitHub, GitLab])
async def test_a_wrong_credential_is_an_error_that_names_the_setting(tmp_path: Path, kind: type[Forge]) -> None:
    async with company(kind, tmp_path, variable="an-old-one") as there:
        for path in ("/@acme%2fui", TARBALL):
            status, text = await there.get(path)
            assert status == 502
            assert "namespaces[0].token_env" in text
            assert "an-old-one" not in text
        assert there.leaks() == []


async def test_the_blob_host_gets_the_signed_address_as_it_is_and_no_credential(tmp_path: Path) -> None:
    async with company(GitHub, tmp_path) as there:
        assert isinstance(there.own, GitHub)
        assert (await there.get(TARBALL))[0] == 200
        (fetched,) = there.own.fetched
        assert fetched.path.endswith(f"?{GitHub.SIGNATURE}")
        assert "Authorization" not in fetched.headers
        assert "s3cret" not in str(fetched.headers)
        assert (await there.get(TARBALL))[0] == 200
        assert len(there.own.fetched) == 1


async def test_a_blob_host_that_was_not_allowed_is_not_asked_and_the_error_names_the_setting(tmp_path: Path) -> None:
    async with company(GitHub, tmp_path, allowed_hosts=[]) as there:
        assert isinstance(there.own, GitHub)
        status, text = await there.get(TARBALL)
        assert status == 502
        assert there.own.blobs in text
        assert "namespaces[0].allowed_hosts" in text
        assert "sig=" not in text
        assert there.own.fetched == []


@pytest.mark.parametrize("path", ["/@acme%2fgone", "/@acme%2fgone/9.9.9", "/@acme/gone/-/gone-9.9.9.tgz"])
async def test_what_gitlab_forwards_is_refused_and_what_github_lacks_is_not_there(tmp_path: Path, path: str) -> None:
    async with company(GitLab, tmp_path / "gitlab") as there:
        status, text = await there.get(path)
        assert status == 502
        assert "namespaces[0].allowed_hosts" in text
        assert there.leaks() == []
    async with company(GitHub, tmp_path / "github") as there:
        assert (await there.get(path))[0] == 404
        assert there.leaks() == []


@pytest.mark.parametrize("kind", [GitHub, GitLab])
async def test_none_of_the_other_routes_of_npm_is_needed(tmp_path: Path, kind: type[Forge]) -> None:
    async with company(kind, tmp_path) as there:
        assert (await there.get("/-/npm/v1/attestations/@acme%2fui@1.0.0"))[0] == 404
        assert (await there.get("/-/npm/v1/keys"))[0] == 200
        assert (await there.get("/-/package/@acme%2fui/dist-tags")) == (200, '{"latest":"1.0.0"}')
        assert (await there.get("/@acme%2fui/latest"))[0] == 200
        assert (await there.get("/-/pratique/why/@acme%2fui@1.0.0"))[0] == 200
        assert there.leaks() == []


async def test_a_document_without_times_gets_in_at_once_and_is_held_in_full_where_a_hold_is_set(tmp_path: Path) -> None:
    async with company(GitLab, tmp_path / "none") as there:
        assert "time" not in there.own.document("@acme/ui")  # type: ignore[operator]
        assert (await there.get(TARBALL))[0] == 200
    async with company(GitLab, tmp_path / "some", quarantine={"hold": "3d"}) as there:
        assert (await there.get("/@acme%2fui"))[0] == 403
        assert isinstance(there.proxy.clock, FakeClock)
        there.own.now = there.proxy.clock.advance(timedelta(days=2, hours=23))
        assert (await there.get("/@acme%2fui"))[0] == 403
        there.own.now = there.proxy.clock.advance(timedelta(hours=1, minutes=1))
        assert (await there.get(TARBALL))[0] == 200


async def test_bytes_that_are_not_those_of_the_sha1_are_refused(tmp_path: Path) -> None:
    async with company(GitLab, tmp_path) as there:
        there.own.shelf.tarballs["/@acme/ui/-/@acme/ui-1.0.0.tgz"] = b"something else"
        status, text = await there.get(TARBALL)
        assert status == 403
        assert "integrity" in text


async def test_decisions_and_lockfiles_work_where_there_is_nothing_but_a_sha1(tmp_path: Path) -> None:
    async with company(GitLab, tmp_path, quarantine={"hold": "3d"}) as there:
        admin = await credential(there.proxy, "admin")
        assert (await there.get(TARBALL))[0] == 403
        sha1 = bytes.fromhex(there.own.shelf.packuments["@acme/ui"]["versions"]["1.0.0"]["dist"]["shasum"])
        entry = {"name": "@acme/ui", "version": "1.0.0", "integrity": f"sha1-{base64.b64encode(sha1).decode()}"}
        answer = await admin.ask("POST", "/-/pratique/v1/adoptions", {"reason": "in use", "entries": [entry]})
        assert (answer.status, answer.body["adopted"]) == (201, 1)
        assert (await there.get(TARBALL))[0] == 200
        assert (await admin.decide("block", "@acme/ui@1.0.0")).status == 201
        assert (await there.get(TARBALL))[0] == 403
        assert (await admin.decide("release", "@acme/ui@1.0.0")).status == 201
        assert (await there.get(TARBALL))[0] == 200
