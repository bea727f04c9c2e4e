"""A token that somebody puts where none belongs is kept nowhere and told to nobody: `running_proxy` and the suite's own look at
logs fail these tests otherwise (see tests/leaks.py)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from proxy.access.tokens import new_token
from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import BULK, Scene, scene

LOST = new_token()
"""Of another installation, or of this one and long revoked: nobody here knows it."""

PATHS = (
    "/{}",
    "/@{}/x",
    "/lib/{}",
    "/lib/-/{}.tgz",
    "/lib?token={}",
    "/-/{}",
    "/-/v1/search?text={}",
    "/-/npm/v1/attestations/lib@{}",
    "/-/package/{}/dist-tags",
    "/-/user/token/{}",
    "/-/user/org.couchdb.user:{}",
    "/-/pratique/{}",
    "/-/pratique/why/{}",
    "/-/pratique/why/lib@{}",
    "/-/pratique/v1/held?package={}",
    "/-/pratique/v1/held?audience={}",
    "/-/pratique/v1/packages/{}/versions/1.0.0",
    "/-/pratique/v1/packages/lib/versions/{}",
    "/-/pratique/v1/decisions?package={}",
    "/-/pratique/v1/decisions/{}",
    "/-/pratique/v1/tokens/{}",
    "/-/pratique/v1/exposure?subject={}",
    "/-/pratique/v1/report?since={}",
    "/-/pratique/v1/log?after={}",
    "/-/pratique/v1/log/verify?number=1&hash={}",
)
HEADERS = ("User_Agent", "Npm_Command", "Referer", "Cookie", "X_Forwarded_For", "Npm_Session", "Accept", "If_None_Match", "Via")


async def ask(stage: Scene, who: Caller, path: str, **headers: str) -> None:
    for method in ("GET", "DELETE", "POST", "PUT"):
        await who.ask(method, path, b"{}" if method in {"POST", "PUT"} else None, **headers)


@pytest.mark.parametrize("own", [False, True], ids=["a stranger's", "one's own"])
async def test_in_an_address_or_in_another_header(tmp_path: Path, own: bool) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        token = (await credential(stage.proxy, "ci")).token if own else LOST
        assert token is not None
        for path in PATHS:
            for written in {quote(token), "".join(f"%{ord(each):02x}" for each in token)}:
                await ask(stage, admin, path.format(written))
        for header in HEADERS:
            for path in ("/lib", "/fresh", "/lib/-/lib-1.0.0.tgz"):
                await ask(stage, admin, path, **{header: token})
        await stage.proxy.built.records.flush()
        assert stage.upstream.requests
        assert not [each for each in stage.upstream.requests if token in str(each)]
        await told_by(admin)


@pytest.mark.parametrize("scheme", ["Bearer {}", "Basic {}", "{}", "Token {}"])
async def test_in_a_header_for_credentials_that_does_not_count(tmp_path: Path, scheme: str) -> None:
    async with scene(tmp_path, access={"anonymous": False}) as stage:
        admin = await credential(stage.proxy, "admin")
        value = base64.b64encode(f"npm:{LOST}".encode()).decode() if "Basic" in scheme else LOST
        for path in ("/lib", "/-/whoami", f"{V1}/held", "/-/pratique/metrics"):
            await ask(stage, Caller(stage.proxy), path, Authorization=scheme.format(value))
        await told_by(admin)


BODIES: tuple[tuple[str, Any], ...] = (
    (f"{V1}/decisions", {"action": LOST, "subject": "lib@1.2.0", "reason": "x"}),
    (f"{V1}/decisions", {"action": "release", "subject": LOST, "reason": "x"}),
    (f"{V1}/decisions", {"action": "release", "subject": f"lib@{LOST}", "reason": "x"}),
    (f"{V1}/decisions", {"action": "release", "subject": "lib@1.2.0", "reason": f"asked with {LOST}"}),
    (f"{V1}/decisions", {"action": "release", "subject": "lib@1.2.0", "reason": "x", "expires": LOST}),
    (f"{V1}/decisions", {"action": "release", "subject": "lib@1.2.0", "reason": "x", "audience": LOST}),
    (f"{V1}/decisions", {"action": "release", "subject": "lib@1.2.0", "reason": "x", LOST: 1}),
    (f"{V1}/freeze", {"reason": LOST}),
    (f"{V1}/adoptions", {"entries": [{"name": LOST, "version": LOST, "integrity": LOST}], "reason": "x", "source": LOST}),
    (f"{V1}/adoptions", {"entries": [{"name": "lib", "version": "1.2.0"}], "reason": LOST}),
    (f"{V1}/dry-run", {"policy": {LOST: LOST}}),
    (f"{V1}/dry-run", {"policy": {"quarantine": {"hold": LOST, LOST: "7d"}}}),
    (f"{V1}/tokens", {"label": LOST, "roles": ["ci"]}),
    (f"{V1}/tokens", {"label": "x", "roles": [LOST]}),
    (f"{V1}/tokens", {"label": "x", "roles": ["ci"], "owner": LOST}),
    (f"{V1}/tokens", {"label": "x", "roles": ["ci"], "packages": [LOST]}),
    (f"{V1}/tokens", {"label": "x", "roles": ["ci"], "networks": [LOST]}),
    (BULK, {LOST: [LOST], "lib": ["1.0.0", LOST]}),
)


@pytest.mark.parametrize(("path", "body"), BODIES, ids=[f"{path} {number}" for number, (path, _) in enumerate(BODIES)])
async def test_in_a_body(tmp_path: Path, path: str, body: Any) -> None:
    async with scene(tmp_path) as stage:
        admin = await credential(stage.proxy, "admin")
        await admin.ask("POST", path, json.dumps(body).encode())
        await admin.ask("DELETE", f"{V1}/freeze?reason={LOST}")
        assert not [each for each in stage.upstream.requests if LOST in str(each)]
        await told_by(admin)


async def told_by(admin: Caller) -> None:
    """Ask whatever could tell it again."""
    for path in ("tokens", "log", "decisions?all=true", "held", "report", "exposure?subject=lib", "exposure?subject=fresh"):
        await admin.get(path)
