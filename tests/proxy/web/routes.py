"""Every route of the proxy in the scene, and what it answers."""

from __future__ import annotations

from tests.proxy.web.scene import BULK

ANSWERS: dict[str, int] = {
    "/": 200,
    "/lib": 200,
    "/@s%2fp": 200,
    "/fresh": 403,
    "/nothing": 404,
    "/lib/1.0.0": 200,
    "/lib/latest": 200,
    "/lib/1.2.0": 403,
    "/lib/9.9.9": 404,
    "/@s/p/-/p-1.0.0.tgz": 200,
    "/@s%2fp/-/p-2.0.0.tgz": 403,
    "/lib/-/lib-9.9.9.tgz": 404,
    "/-/package/lib/dist-tags": 200,
    "/-/package/fresh/dist-tags": 403,
    "/-/npm/v1/attestations/lib@1.0.0": 200,
    "/-/npm/v1/attestations/lib@1.2.0": 403,
    "/-/npm/v1/attestations/lib@9.9.9": 404,
    "/-/npm/v1/keys": 200,
    "/-/v1/search?text=lib": 200,
    "/-/ping": 200,
    "/-/whoami": 200,
    "/-/v1/login": 403,
    "/-/user/org.couchdb.user:me": 403,
    "/-/pratique/health/live": 200,
    "/-/pratique/health/ready": 200,
    "/-/pratique/metrics": 200,
    "/-/pratique/v1/held": 200,
    "/-/pratique/v1/packages/lib/versions/1.2.0": 200,
    "/-/pratique/v1/packages/@s%2fp/versions/2.0.0": 200,
    "/-/pratique/v1/packages/lib/versions/9.9.9": 404,
    "/-/pratique/v1/packages/lib/diff?new=1.2.0": 200,
    "/-/pratique/v1/packages/@s%2fp/diff?new=2.0.0&old=1.0.0": 200,
    "/-/pratique/v1/packages/lib/diff": 400,
    "/-/pratique/v1/packages/lib/diff?new=9.9.9": 404,
    "/-/pratique/why/lib@1.2.0": 200,
    "/-/pratique/why/lib": 200,
    "/-/pratique/nothing": 404,
    "/-/nothing": 404,
    "/lib/": 404,
    "/..": 400,
    "/%ff": 400,
    BULK: 405,
}
"""GET -> status."""

OPEN = {path for path in ANSWERS if "/health/" in path}
UNREADABLE = {"/-/nothing", "/lib/", "/..", "/%ff"}
"""Targets that are no route at all; they are refused before anybody's rights are looked at."""
