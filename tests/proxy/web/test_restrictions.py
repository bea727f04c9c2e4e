"""What waits is named where npm looks for it, without anything that could be installed from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.proxy.web.scene import ABBREVIATED, DAY, scene

FIELD = "policyRestrictions"


@pytest.mark.parametrize("accept", ["application/json", ABBREVIATED])
async def test_versions_that_wait_are_named_and_no_more_than_named(tmp_path: Path, accept: str) -> None:
    async with scene(tmp_path) as stage:
        document = await stage.proxy.json("/lib", Accept=accept)
        assert document[FIELD]["versions"] == {"1.2.0": {"name": "lib", "version": "1.2.0"}}
        assert "lib@1.2.0 (until 2026-06-07T12:00Z)" in document[FIELD]["message"]
        assert "lib-1.2.0.tgz" not in json.dumps(document)
        stage.pass_by(7 * DAY)
        assert FIELD not in await stage.proxy.json("/lib", Accept=accept)


@pytest.mark.parametrize("theirs", [None, 7, [], {}, {"versions": 7}, {"message": "x", "versions": {"0.0.1": {}}}])
async def test_what_the_upstream_restricts_stays_restricted(tmp_path: Path, theirs: object) -> None:
    async with scene(tmp_path) as stage:
        stage.upstream.package("lib")[FIELD] = theirs
        document = await stage.proxy.json("/lib")
        kept = theirs.get("versions") if isinstance(theirs, dict) else None
        assert set(document[FIELD]["versions"]) == {"1.2.0", *(kept if isinstance(kept, dict) else {})}
