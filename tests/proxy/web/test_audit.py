"""Audits in the shapes of every client: passed on, never told as clean when they failed, with one line about the whole tree."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.simulator import Fault
from tests.proxy.web.scene import BULK, Scene, scene

ADVISORY = {"id": 7, "title": "bad", "severity": "high", "vulnerable_versions": "<1.1.0", "url": "http://advisories.example/7"}
TREE = {"name": "app", "version": "1.0.0", "requires": {}, "dependencies": {"lib": {"version": "1.0.0"}}}


async def ask(stage: Scene, body: Any, path: str = BULK, *, packed: bool = False) -> tuple[int, Any, str | None]:
    """Status, body and notice of one audit."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content_Type": "application/json", **({"Content_Encoding": "gzip"} if packed else {})}
    async with stage.proxy.request("POST", path, data=gzip.compress(data) if packed else data, **headers) as response:
        return response.status, await response.json(), response.headers.get("npm-notice")


@pytest.mark.parametrize("packed", [False, True])
async def test_bulk_plain_and_gzipped(tmp_path: Path, packed: bool) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.advisories["lib"] = [ADVISORY]
        status, body, _ = await ask(stage, {"lib": ["1.0.0"], "@s/p": ["1.0.0"]}, packed=packed)
        assert (status, body) == (200, {"lib": [ADVISORY]})
        assert stage.upstream.asked(BULK)[0].json() == {"lib": ["1.0.0"], "@s/p": ["1.0.0"]}


@pytest.mark.parametrize("path", ["/-/npm/v1/security/audits", "/-/npm/v1/security/audits/quick"])
@pytest.mark.parametrize("packed", [False, True])
async def test_the_older_forms(tmp_path: Path, path: str, packed: bool) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.advisories["lib"] = [ADVISORY]
        status, body, _ = await ask(stage, TREE, path, packed=packed)
        assert status == 200
        assert body["metadata"]["vulnerabilities"]["high"] == 1
        assert stage.upstream.asked(path)[0].json() == TREE


FAULTS = {
    "404": Fault.status(404),
    "500": Fault.status(500),
    "503": Fault.status(503),
    "429": Fault.status(429),
    "401": Fault.status(401),
    "redirect": Fault.redirect("http://elsewhere.example/"),
    "page": Fault.html(),
    "reset": Fault.reset(),
    "truncated": Fault.truncate(0),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("path", [BULK, "/-/npm/v1/security/audits/quick"])
async def test_a_failure_is_an_error_that_nobody_tries_again_and_never_clean(tmp_path: Path, path: str, fault: str) -> None:
    async with scene(tmp_path) as stage:
        await stage.proxy.json("/lib")
        stage.upstream.fault(path, FAULTS[fault])
        status, body, notice = await ask(stage, {"lib": ["1.1.0"]}, path)
        assert 400 <= status < 500
        assert status not in {401, 423, 429, 451}
        assert "the audit cannot be had" in body["error"]
        assert (notice is not None) == (path == BULK)


async def test_an_upstream_that_is_down_is_no_clean_tree_either(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await stage.proxy.json("/lib")
        await stage.upstream.stop()
        status, body, notice = await ask(stage, {"lib": ["1.2.0"]})
        assert status == 404
        assert body["code"] == "no-audit"
        assert notice is not None
        assert "lib@1.2.0" in notice


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"{", b"\xff", b'{"lib":', b"[" * 100_000])
@pytest.mark.parametrize("path", [BULK, "/-/npm/v1/security/audits"])
async def test_a_body_that_is_no_tree_goes_nowhere(tmp_path: Path, path: str, data: bytes) -> None:
    async with scene(tmp_path) as stage:
        status, body, _ = await ask(stage, data, path)
        assert (status, body["code"]) == (400, "bad-body")
        assert stage.upstream.requests == []


async def test_a_body_that_unpacks_to_more_than_any_tree_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        bomb = gzip.compress(b'{"a":["' + bytes(64 * 2**20))
        async with stage.proxy.request("POST", BULK, data=bomb, Content_Encoding="gzip") as response:
            assert response.status in {400, 413}
        async with stage.proxy.request("POST", BULK, data=b"not gzip at all", Content_Encoding="gzip") as response:
            assert response.status == 400
        assert stage.upstream.requests == []
        assert (await ask(stage, {}))[0] == 200


async def test_odd_names_and_versions_in_a_tree_are_passed_over(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await stage.proxy.json("/lib")
        tree = {"../x": ["1"], "": [], "lib": ["1.1.0"], "@s": ["1"], "x": [1, None]}
        status, _, notice = await ask(stage, tree)
        assert status in {200, 404}
        assert notice is not None
        assert "lib@1.2.0" in notice


async def test_an_audit_costs_no_look_at_packages(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        assert (await ask(stage, {"lib": ["1.2.0"], "fresh": ["0.1.0"]}))[2] is None
        assert [each.path for each in stage.upstream.requests] == [BULK]
