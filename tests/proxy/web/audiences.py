"""Everything that a reader can see of a registry, so that two readers, or two proxies, can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tests.fakes.simulator import Simulator
from tests.proxy.web.api import Answer, Caller
from tests.proxy.web.scene import ABBREVIATED, BULK

HOLDS: dict[str | None, dict[str, str]] = {
    None: {},
    "quick": {"hold": "2d", "new_package_hold": "2d"},
    "slow": {"hold": "30d", "new_package_hold": "30d"},
    "watching": {"enforce": "observe"},
}
"""What is set for each audience; None is everyone."""

AUDIENCES = [{"name": name, "quarantine": quarantine} for name, quarantine in HOLDS.items() if name is not None]


def sections_for(audience: str | None) -> dict[str, Any]:
    """A configuration that gives everybody what one audience has."""
    return {"quarantine": HOLDS[audience]}


def paths_of(upstream: Simulator, names: Iterable[str]) -> list[str]:
    """Every route that npm's clients have about these packages."""
    paths = []
    for name in names:
        escaped, document = quote(name, safe="@"), upstream.package(name)
        paths += [f"/{escaped}", f"/-/package/{escaped}/dist-tags", f"/-/v1/search?text={quote(name, safe='')}"]
        paths += [f"/{escaped}/{selector}" for selector in (*document["dist-tags"], *document["versions"], "9.9.9")]
        for version in (*document["versions"], "9.9.9"):
            paths += [f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz", f"/-/npm/v1/attestations/{escaped}@{version}"]
    return paths


async def seen(caller: Caller, paths: Iterable[str], tree: dict[str, list[str]]) -> dict[str, Any]:
    """What each of these answers: status, body and the headers that tell of verdicts, in the same words for every proxy."""
    found: dict[str, Any] = {}
    for path in paths:
        full = await caller.ask("GET", path)
        found[path] = _told(caller, full)
        found[f"HEAD {path}"] = (await caller.ask("HEAD", path)).status
        if "/-/" in path and path.endswith(".tgz"):
            found[f"part {path}"] = _told(caller, await caller.ask("GET", path, Range="bytes=3-9"))
            for method in ("GET", "HEAD"):
                found[f"any {method} {path}"] = await caller.status(method, path, If_None_Match="*")
        elif path.count("/") == 1 and not path.startswith("/-"):
            found[f"short {path}"] = _told(caller, await caller.ask("GET", path, Accept=ABBREVIATED))
            found[f"ci {path}"] = _told(caller, await caller.ask("GET", path, npm_command="ci"))
        if full.status == 200 and "ETag" in full.headers:
            found[f"same {path}"] = await caller.status("GET", path, If_None_Match=full.headers["ETag"])
    found["audit"] = _told(caller, await caller.ask("POST", BULK, tree))
    held = (await caller.ask("GET", "/-/pratique/v1/held")).body
    found["held"] = held["held"]
    return found


def _told(caller: Caller, answer: Answer) -> Any:
    body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body)
    if isinstance(body, str):
        body = _plain(caller, body)
        if '"objects"' in body:
            body = json.loads(body)["objects"]
    notice = answer.headers.get("npm-notice")
    return answer.status, body, _plain(caller, notice) if notice else None


def _plain(caller: Caller, text: str) -> str:
    """Without what is each proxy's own: its address, and which audience its pages are asked about."""
    text = text.replace(caller.proxy.url, "URL")
    for name in HOLDS:
        text = text.replace(f"?audience={name}", "")
    return text
