"""What the first request after a block pays for: judging again, joining, packing."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from proxy.npm.packument import Variant
from proxy.npm.rendering import render
from proxy.npm.split import split
from proxy.web.packing import pack
from quarantine.record import Look, absorb
from tests.bench.asks import VARIANTS
from tests.bench.bench import Bench
from tests.bench.corpus import Package
from tests.bench.ratios import Spread
from tests.bench.subjects import Pratique
from tests.bench.table import Found, Target
from tests.bench.wire import Wire

ROW = "rerender"
VARIANT = "abbreviated gzip"
HUGE = "next"


def measure(bench: Bench) -> Iterator[Found]:
    """The largest document there is, and one with the median number of versions, a round each."""
    packages = sorted(bench.corpus.recorded, key=lambda each: each.size)
    several = [each for each in packages if each.versions > 2]
    if not several:
        yield Found(ROW, "rendering again", None, None, "no package with several versions is recorded")
        return
    largest = next((each for each in packages if each.name == HUGE), packages[-1])
    with bench.fresh("pratique") as subject, Wire(subject.url) as wire:
        assert isinstance(subject, Pratique)
        bench.say(f"rendering {largest.name} again")
        found = [_again(wire, subject.token, largest.path, n) for n in range(2 * bench.options.rounds)]
        reached = Spread(tuple(max(0.0, first - warm) * 1000 for first, warm in found))
        what = f"first answer after a block, {largest.name} ({largest.size / 1e6:.0f} MB, {largest.versions:,} versions)"
        numbers = {"first ms": [first * 1000 for first, _ in found], "warm ms": [warm * 1000 for _, warm in found]}
        yield Found(ROW, what, Target("<=", 15, " ms"), reached, "over HTTP, less the warm request", numbers)

        middle = packages.index(several[0]) + (len(packages) - packages.index(several[0])) // 2
        near = [each for each in packages[middle:] if each.versions > 2][: 10 * bench.options.rounds]
        bench.say("rendering the median package again")
        found = [_again(wire, subject.token, each.path, 0) for each in near]
        reached = Spread((statistics.median(max(0.0, first - warm) * 1000 for first, warm in found),))
        what = f"first answer after a block, median package ({near[0].size / 1e3:.0f} kB, {near[0].versions} versions)"
        numbers = {"first ms": [first * 1000 for first, _ in found], "warm ms": [warm * 1000 for _, warm in found]}
        why = f"median of {len(found)} packages, over HTTP, less the warm request"
        yield Found(ROW, what, None, reached, why, numbers)
        joined, packed = _joining(bench, near[0], 100 * bench.options.rounds)
        what = f"joining and packing it again, median package ({near[0].size / 1e3:.0f} kB, {near[0].versions} versions)"
        why = f"by itself, in one process; without packing {joined:.3f} ms"
        yield Found(ROW, what, Target("<=", 0.05, " ms"), Spread((packed,)), why, {"joined ms": joined, "packed ms": packed})


def _joining(bench: Bench, package: Package, times: int) -> tuple[float, float]:
    """Milliseconds for a document of which each time another version is hidden: joined, and joined and packed; medians."""
    document = split(bench.corpus.packument_file(package.name).read_bytes(), package.name)
    seen = Look(datetime.now(UTC), document.seen(), document.tags)
    record, versions = absorb(document.package, None, seen).record, list(document.versions)
    joined, packed = [], []
    for number in range(times):
        shown = frozenset(versions) - {versions[number % len(versions)]}
        begun = time.perf_counter()
        body = render(document, record, shown, document.tags, "http://127.0.0.1:4873", Variant.ABBREVIATED)
        between = time.perf_counter()
        pack(body)
        packed.append(time.perf_counter() - begun)
        joined.append(between - begun)
    return statistics.median(joined) * 1000, statistics.median(packed) * 1000


def _again(wire: Wire, token: str, path: str, nth: int) -> tuple[float, float]:
    """Seconds of the first request after a block, and of a warm one."""
    headers = VARIANTS[VARIANT]
    shown = json.loads(wire.get(path, headers).content)
    warm = statistics.median(wire.get(path, headers).seconds for _ in range(9))
    latest = shown["dist-tags"].get("latest")
    version = [each for each in shown["versions"] if each != latest][nth]
    _decide(wire, token, f"{shown['name']}@{version}")
    first = wire.get(path, headers)
    if version in json.loads(first.content)["versions"]:
        raise RuntimeError(f"{shown['name']}@{version} was served after it was blocked")
    return first.seconds, warm


def _decide(wire: Wire, token: str, subject: str) -> None:
    body: Mapping[str, str] = {"action": "block", "subject": subject, "reason": "a measurement"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = wire.ask("POST", "/-/pratique/v1/decisions", headers, json.dumps(body).encode())
    if answer.status != 201:
        raise RuntimeError(f"a block was answered with {answer.status}: {answer.body[:300]!r}")
