"""Packages of one's own, on every route: from their own registry, and never a word to the public one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.proxy.web.api import V1, credential
from tests.proxy.web.namespaced import KINDS, Namespaced, namespaced
from tests.proxy.web.scene import ABBREVIATED, BULK


def spellings(name: str) -> Iterator[str]:
    """The ways in which clients and others write a name in a path."""
    yield from {name, name.replace("/", "%2f"), name.replace("/", "%2F"), quote(name, safe=""), name.replace("a", "%61")}


def file(name: str, version: str) -> str:
    return f"{name.rpartition('/')[2]}-{version}.tgz"


@pytest.mark.parametrize(("match", "name"), KINDS)
async def test_every_route_answers_out_of_the_own_registry(tmp_path: Path, match: str, name: str) -> None:
    async with namespaced(tmp_path, match, name) as there:
        bytes_ = there.own.shelf.tarballs[f"/{name}/-/{file(name, '1.1.0')}"]
        for written in spellings(name):
            for accept in ("application/json", ABBREVIATED):
                document = await there.proxy.json(f"/{written}", Accept=accept)
                assert sorted(document["versions"]) == ["1.0.0", "1.1.0"]
                assert document["dist-tags"] == {"latest": "1.1.0"}
                assert document["versions"]["1.1.0"]["dist"]["tarball"].startswith(there.proxy.url)
            assert (await there.proxy.json(f"/{written}/1.1.0"))["version"] == "1.1.0"
            assert (await there.proxy.json(f"/{written}/latest"))["version"] == "1.1.0"
            assert await there.proxy.json(f"/-/package/{written}/dist-tags") == {"latest": "1.1.0"}
            tarball = f"/{written}/-/{file(name, '1.1.0')}"
            assert await there.status(tarball, "HEAD") == 200
            async with there.proxy.get(tarball) as response:
                assert (response.status, await response.read()) == (200, bytes_)
            async with there.proxy.get(tarball, Range="bytes=2-5") as response:
                assert (response.status, await response.read()) == (206, bytes_[2:6])
            assert await there.status(f"/{written}/-/{file(name, '9.9.9')}") == 404
            assert await there.status(f"/{written}/9.9.9") == 404
            assert await there.status(f"/-/npm/v1/attestations/{written}@1.0.0") == 404
            assert await there.status(f"/-/npm/v1/attestations/{written}@9.9.9") == 404
            assert await there.status(f"/-/pratique/why/{written}@1.1.0") == 200
            assert await there.status(f"/-/pratique/why/{written}") == 200
            shown = await there.proxy.json(f"{V1}/packages/{written.replace('/', '%2f')}/versions/1.1.0")
            assert shown["verdict"] == "admitted"
        assert there.leaks() == []
        assert there.stray_tokens() == []
        assert there.own.requests


@pytest.mark.parametrize(("match", "name"), KINDS)
async def test_another_case_of_the_name_is_no_way_to_the_public_registry(tmp_path: Path, match: str, name: str) -> None:
    async with namespaced(tmp_path, match, name) as there:
        for path in (f"/{name.upper()}", f"/{name.upper()}/9.9.9", f"/{name.upper()}/-/{file(name.upper(), '9.9.9')}"):
            assert await there.status(path) == 404
        assert there.leaks() == []


async def test_attestations_are_the_own_registrys(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        there.own.attestations["@acme/ui@1.0.0"] = {"attestations": ["ours"]}
        assert await there.proxy.json("/-/npm/v1/attestations/@acme%2fui@1.0.0") == {"attestations": ["ours"]}
        assert await there.proxy.json("/-/npm/v1/keys") == {"keys": there.public.keys}
        assert there.leaks() == there.stray_tokens() == []


@pytest.mark.parametrize(("match", "name"), KINDS)
async def test_a_search_that_tells_is_answered_here_and_hits_of_the_name_are_left_out(
    tmp_path: Path, match: str, name: str
) -> None:
    async with namespaced(tmp_path, match, name) as there:
        for text in (name, f"react {name.upper()}", quote(name, safe=""), f"'{name}'"):
            found = await there.proxy.json(f"/-/v1/search?text={quote(text, safe='')}&size=20")
            assert (found["objects"], found["total"]) == ([], 0)
        assert await there.status(f"/-/v1/search?text=lib&from={quote(name, safe='')}") == 200
        assert there.public.requests == []
        found = await there.proxy.json("/-/v1/search?text=")
        assert [hit["package"]["name"] for hit in found["objects"]] == ["lib"]
        assert there.leaks() == there.own.requests == []


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("match", "name"), KINDS)
async def test_a_bulk_audit_leaves_without_them(tmp_path: Path, match: str, name: str, *, packed: bool) -> None:
    async with namespaced(tmp_path, match, name) as there:
        there.public.advisories["lib"] = [{"id": 1, "title": "bad", "severity": "high", "vulnerable_versions": "<2"}]
        tree: dict[str, Any] = {name: ["1.1.0"], name.upper(): ["1"], "lib": ["1.0.0", f"npm:{name}@1.1.0"], f"{name}/": ["1"]}
        body = json.dumps(tree).encode()
        headers = {"Content-Type": "application/json", **({"Content-Encoding": "gzip"} if packed else {})}
        async with there.proxy.request("POST", BULK, data=gzip.compress(body) if packed else body, **headers) as response:
            assert response.status == 200
            assert list(await response.json()) == ["lib"]
        assert [json.loads(each.body) for each in there.public.requests] == [{"lib": ["1.0.0"]}]
        assert there.leaks() == there.stray_tokens() == []


@pytest.mark.parametrize("route", ["audits", "audits/quick"])
@pytest.mark.parametrize(("match", "name"), KINDS)
async def test_an_older_audit_leaves_without_them(tmp_path: Path, match: str, name: str, route: str) -> None:
    async with namespaced(tmp_path, match, name) as there:
        below = {"version": "1.1.0", "requires": {"lib": "^1"}, "dependencies": {"lib": {"version": "1.0.0"}}}
        alias = {"version": f"npm:{name}@1.1.0", "resolved": f"{there.proxy.url}/{name}/-/x.tgz"}
        body = {"name": name, "version": "0.0.1", "requires": {name: "^1", "x": f"npm:{name}@1"}}
        body |= {"dependencies": {name: below, "x": alias}, "install": [f"{name}@^1"], "remove": [name], "metadata": {}}
        assert await there.audit(route, body) == 200
        (asked,) = there.public.requests
        assert json.loads(asked.body)["dependencies"] == {"lib": {"version": "1.0.0"}}
        assert there.leaks() == there.stray_tokens() == []


async def test_what_else_there_is_tells_nobody(tmp_path: Path) -> None:
    async with namespaced(tmp_path) as there:
        await _everything(there)
        assert there.leaks() == there.stray_tokens() == []


async def _everything(there: Namespaced) -> None:
    """Routes that ask nobody, and methods that no route takes."""
    admin = await credential(there.proxy, "admin")
    for path in ("/-/ping", "/-/whoami", "/", "/-/pratique/metrics", "/-/pratique/health/ready", f"{V1}/held?package=@acme%2fui"):
        assert await admin.status("GET", path) == 200
    for method in ("PUT", "DELETE", "POST", "PATCH"):
        assert await there.status("/@acme%2fui", method) in {404, 405}
        assert await there.status("/-/package/@acme%2fui/dist-tags/latest", method) in {404, 405}
    assert await there.status("/@acme/ui/-/other-1.0.0.tgz") == 404
    assert await there.status("/@acme/../lib") in {400, 404}
    assert await there.status("/@acme%2f..%2flib") in {400, 404}
    assert await there.status("/@acme") in {400, 404}
    assert await there.status("/%40acme%252fui") in {400, 404}
