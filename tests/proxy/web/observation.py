"""Asking about one package on every route and in every spelling, and saying which versions each answer let through."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.proxy.web.reference import Reference
from tests.proxy.web.scene import ABBREVIATED, Scene


def spellings(name: str) -> list[str]:
    """A name as clients write it into paths."""
    if not name.startswith("@"):
        return [name, f"%{ord(name[0]):02x}{name[1:]}"]
    scope, _, rest = name.partition("/")
    return [f"{scope}%2f{rest}", f"{scope}%2F{rest}", name, f"%40{scope[1:]}%2f{rest}"]


async def status(scene: Scene, path: str, method: str = "GET", **headers: str) -> int:
    """Only what came of it."""
    async with scene.proxy.request(method, path, **headers) as response:
        await response.read()
        return int(response.status)


async def agrees(scene: Scene, name: str, reference: Reference, asked: set[str]) -> None:
    """Every route shows and serves exactly what the reference says."""
    served = reference.served(scene.clock.now())
    for spelling in spellings(name):
        await _documents(scene, spelling, served, listed=bool(reference.listed))
    for version in asked | set(reference.listed):
        expected = 404 if version not in reference.listed else 200 if version in served else 403
        await _version(scene, name, version, expected)
    await _tags(scene, name, served)
    await _search(scene, name, served)


async def _documents(scene: Scene, spelling: str, served: list[str], *, listed: bool) -> None:
    for accept in ("application/json", ABBREVIATED):
        async with scene.proxy.get(f"/{spelling}", Accept=accept) as response:
            if not served:
                assert response.status == (403 if listed else 404), (spelling, response.status)
                continue
            assert response.status == 200, await response.text()
            document = json.loads(await response.read())
        assert list(document["versions"]) == served
        assert set(document["time"]) == {"created", "modified", *served}
        assert set(document["dist-tags"].values()) <= set(served)
        assert "latest" in document["dist-tags"]
        for version, manifest in document["versions"].items():
            assert manifest["dist"]["tarball"].startswith(scene.proxy.url + "/")
            assert manifest["version"] == version


async def _version(scene: Scene, name: str, version: str, expected: int) -> None:
    file = f"{name.rpartition('/')[2]}-{version}.tgz"
    places = [f"/{spelling}/-/{each}" for spelling in spellings(name)[-2:] for each in (file, quote(file, safe=""))]
    for path in (*places, f"/{name}%2f-%2f{file}"):
        assert await status(scene, path) == expected, (path, expected)
        assert await status(scene, path, "HEAD") == expected
    path = places[0]
    assert await status(scene, path, Range="bytes=0-9") == (206 if expected == 200 else expected)
    assert await status(scene, path, If_None_Match="*") == (304 if expected == 200 else expected)
    for spelling in spellings(name):
        assert await status(scene, f"/{spelling}/{version}") == expected, (spelling, version)
        assert await status(scene, f"/-/npm/v1/attestations/{spelling}@{version}") == expected, (spelling, version)
    if expected == 404:
        return
    for path in (f"/-/pratique/v1/packages/{quote(name, safe='@')}/versions/{version}", f"/-/pratique/why/{name}@{version}"):
        told = await scene.proxy.json(path, Accept="application/json")
        assert told["verdict"] == ("admitted" if expected == 200 else "withheld")


async def _tags(scene: Scene, name: str, served: list[str]) -> None:
    upstream = scene.upstream.package(name)["dist-tags"]
    for spelling in spellings(name):
        if not served:
            assert await status(scene, f"/-/package/{spelling}/dist-tags") in {403, 404}
            continue
        tags: dict[str, str] = await scene.proxy.json(f"/-/package/{spelling}/dist-tags")
        assert set(tags) <= {*upstream, "latest"}
        assert "latest" in tags
    for tag in {*upstream, "latest"}:
        if served and tag in tags:
            assert tags[tag] in served
            assert upstream.get(tag) not in served or tags[tag] == upstream[tag]
            manifest: dict[str, Any] = await scene.proxy.json(f"/{name}/{tag}")
            assert manifest["version"] == tags[tag]
        else:
            assert await status(scene, f"/{name}/{tag}") in {403, 404}


async def _search(scene: Scene, name: str, served: list[str]) -> None:
    found = await scene.proxy.json(f"/-/v1/search?text={quote(name, safe='')}")
    hits = [hit["package"]["version"] for hit in found["objects"] if hit["package"]["name"] == name]
    if served and scene.upstream.package(name)["versions"]:
        assert hits == [(await scene.proxy.json(f"/-/package/{quote(name, safe='@')}/dist-tags"))["latest"]]
    else:
        assert hits == []
