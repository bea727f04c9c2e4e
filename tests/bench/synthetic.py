"""Packages that are made up: documents of any number of versions, and a small corpus for a machine without a recording."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.bench.corpus import Corpus, Tarball
from tests.fakes.simulator.clock import npm_time
from tests.fakes.simulator.publishing import manifest_of, package_json
from tests.fakes.simulator.tarball import build_tarball

BEGUN = datetime(2015, 1, 1, tzinfo=UTC)
COUNTS = (10, 100, 1000, 5000)


def synthetic_name(versions: int) -> str:
    """The package with that many versions."""
    return f"bench-of-{versions}"


def add_synthetic(corpus: Corpus, counts: Sequence[int] = COUNTS) -> None:
    """One document for each count."""
    for count in counts:
        corpus.put_packument(document(synthetic_name(count), count), synthetic=True)


def document(name: str, count: int) -> dict[str, Any]:
    """Versions as a busy package has them; their tarballs do not exist."""
    random = Random(count)
    made: dict[str, Any] = {}
    times: dict[str, str] = {}
    for n in range(count):
        version = f"{n // 400}.{n // 20 % 20}.{n % 20}"
        needs = {f"dependency-{random.randrange(200)}": f"^{random.randrange(9)}.{random.randrange(30)}.0" for _ in range(8)}
        own = package_json(name, version, needs, {"engines": {"node": ">=18"}, "description": "A package of many versions"})
        digest = random.randbytes(64)
        made[version] = manifest_of(own, b"", "")
        made[version]["dist"] |= {
            "integrity": "sha512-" + base64.b64encode(digest).decode(),
            "shasum": digest[:20].hex(),
            "signatures": [{"keyid": "SHA256:" + "A" * 43, "sig": base64.b64encode(random.randbytes(70)).decode()}],
        }
        times[version] = npm_time(BEGUN + timedelta(hours=n * 8))
    last = list(made)[-1]
    return _packument(name, made, times, last)


def small_corpus(corpus: Corpus, packages: int = 60, counts: Sequence[int] = COUNTS, seed: int = 5) -> None:
    """Packages with tarballs whose sizes are spread as those of a real application (median 7 kB, a few large ones)."""
    random = Random(seed)
    for n in range(packages):
        name = f"made-up-{n}" if n % 5 else f"@made-up/package-{n}"
        made: dict[str, Any] = {}
        times: dict[str, str] = {}
        for k in range(1 + int(random.paretovariate(0.6)) % 400):
            version = f"1.{k // 10}.{k % 10}"
            own = package_json(name, version, {}, {})
            last = build_tarball(own, {"index.js": random.randbytes(min(int(3000 * random.paretovariate(0.7)), 4_000_000))})
            made[version] = manifest_of(own, last, "")
            times[version] = npm_time(BEGUN + timedelta(days=k))
        corpus.tarball_file(name, version).write_bytes(last)
        corpus.index.tarballs.append(Tarball(name, version, len(last), hashlib.sha256(last).hexdigest()))
        corpus.put_packument(_packument(name, made, times, version))
    add_synthetic(corpus, counts)
    corpus.save()


def _packument(name: str, versions: dict[str, Any], times: dict[str, str], latest: str) -> dict[str, Any]:
    ends = sorted(times.values())
    return {
        "_id": name,
        "name": name,
        "dist-tags": {"latest": latest},
        "versions": versions,
        "time": {"created": ends[0], "modified": ends[-1], **times},
        "maintainers": [{"name": "someone", "email": "someone@registry.example"}],
        "readme": f"# {name}\n" * 50,
    }
