"""`POST v1/relock`: what a lockfile may pin of each version."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from proxy.registry.scripts import rewrite_of
from quarantine.package import PackageName
from quarantine.rewrite import Rewrite
from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import Scene, scene

SERVED = b"without scripts"


def sri(data: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


async def asked(who: Caller, *ids: str) -> list[dict[str, Any]]:
    entries = [dict(zip(("name", "version"), id.rsplit("@", 1), strict=True)) for id in ids]
    answer = await who.ask("POST", f"{V1}/relock", {"entries": entries})
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["entries"]
    return found


def dist(stage: Scene, name: str, version: str) -> dict[str, Any]:
    found: dict[str, Any] = stage.upstream.package(name)["versions"][version]["dist"]
    return found


async def put_on_record(stage: Scene, name: str, version: str) -> Rewrite:
    """As if it had been rewritten."""
    services = stage.proxy.built.services
    shown = await services.quarantined.view(PackageName.parse(name))
    made = Rewrite(
        of=dist(stage, name, version)["integrity"],
        recipe=1,
        integrity=sri(SERVED),
        shasum=hashlib.sha1(SERVED).hexdigest(),
        size=len(SERVED),
        unpacked=1,
        files=1,
        removed=("scripts.postinstall",),
        at=services.time.now(),
    )
    record = await services.ledger.rewritten(shown.name, version, made)
    assert record is not None
    services.routed.replace_record(shown.name, record)
    shown = await services.quarantined.view(shown.name)
    assert rewrite_of(shown.packument, version) == made
    return made


async def test_what_is_served_as_it_is_has_one_digest(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        told = await asked(Caller(stage.proxy), "lib@1.0.0", "@s/p@2.0.0", "lib@9.9.9", "nothing@1.0.0", "a b@1.0.0", "lib@1.0.0")
        first, withheld, unlisted, unknown, nameless, again = told
        own = dist(stage, "lib", "1.0.0")
        assert first["upstream"] == {"integrity": own["integrity"], "shasum": own["shasum"], "scripts": False}
        assert first["served"] == first["upstream"]
        assert (first["rewritten"], first["withheld"], first["reason"]) == (None, False, None)
        assert first["tarball"] == f"{stage.proxy.url}/lib/-/lib-1.0.0.tgz"
        assert again == first
        assert withheld["withheld"] is True
        assert "is withheld until" in withheld["reason"]
        assert withheld["upstream"]["integrity"] == dist(stage, "@s/p", "2.0.0")["integrity"]
        for each, words in ((unlisted, "no version 9.9.9"), (unknown, "nothing"), (nameless, "not an npm package name")):
            assert (each["upstream"], each["served"], each["tarball"]) == (None, None, None)
            assert words in each["reason"]
        assert [each["package"] for each in told] == ["lib", "@s/p", "lib", "nothing", "a b", "lib"]


async def test_what_is_on_record_as_rewritten_is_told_whether_it_is_served_or_not(tmp_path: Path) -> None:
    served = {"integrity": sri(SERVED), "shasum": hashlib.sha1(SERVED).hexdigest(), "scripts": False}
    for mode, expected in (("strip", served), ("flag", None)):
        async with scene(tmp_path / mode, scripts={"mode": mode}) as stage:
            stage.publish("runs", "1.0.0", 400, manifest={"scripts": {"postinstall": "node ."}})
            await put_on_record(stage, "runs", "1.0.0")
            (told,) = await asked(Caller(stage.proxy), "runs@1.0.0")
            own = dist(stage, "runs", "1.0.0")
            assert told["upstream"] == {"integrity": own["integrity"], "shasum": own["shasum"], "scripts": True}
            assert told["served"] == (expected or told["upstream"])
            assert told["rewritten"] == served


async def test_more_than_one_request_takes_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        entries = [{"name": "lib", "version": "1.0.0"}] * 501
        answer = await Caller(stage.proxy).ask("POST", f"{V1}/relock", {"entries": entries})
        assert (answer.status, answer.body["code"]) == (400, "bad-body")
        assert "500" in answer.body["error"]


async def test_a_limited_token_learns_of_its_packages_only(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        limited = await credential(stage.proxy, "ci", packages=("@s/*",))
        other, own = await asked(limited, "lib@1.0.0", "@s/p@1.0.0")
        assert other["upstream"] is None
        assert "lib" in other["reason"]
        assert own["upstream"] is not None
