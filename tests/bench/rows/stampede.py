"""200 clients ask for the same thing at once, and the proxy does not have it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from tests.bench import gulp
from tests.bench.asks import Ask, packument_asks, tarball_asks
from tests.bench.bench import Bench
from tests.bench.ratios import Spread, ratio
from tests.bench.table import Found, Target
from tests.delivery.fetched import Unavailable

ROW = "stampede"
CLIENTS = 200
LATENCY = 30.0
SIZE = 1_600_000
NAMES = ("nginx", "pratique")


def measure(bench: Bench) -> Iterator[Found]:
    """Another tarball and another packument each round, the same for all."""
    tarballs = sorted(tarball_asks(bench.corpus.index.tarballs), key=_far_from_size)
    packages = sorted(bench.corpus.recorded, key=lambda each: abs(each.size - SIZE))
    # A tarball's own packument must be cold as well, so no name may come twice.
    packuments = packument_asks(packages[: 2 * bench.options.rounds], "abbreviated gzip")
    taken = {ask.name for ask in packuments}
    bench.upstream.slow(LATENCY)
    try:
        yield from _lines(bench, "tarball", _distinct([ask for ask in tarballs if ask.name not in taken]))
        yield from _lines(bench, "packument", packuments)
    finally:
        bench.upstream.slow(0)


def _lines(bench: Bench, kind: str, asks: Sequence[Ask]) -> Iterator[Found]:
    warm_up = _warm_up(bench, {ask.name for ask in asks[: bench.options.rounds]})
    slowest: list[dict[str, float]] = []
    fetches: list[int] = []
    everything: list[dict[str, int]] = []
    try:
        for number, ask in zip(range(bench.options.rounds), asks, strict=False):
            this: dict[str, float] = {}
            for name in NAMES if number % 2 == 0 else tuple(reversed(NAMES)):
                with bench.fresh(name) as subject:
                    # What starts once in a server's life has started.
                    gulp.run(gulp.swallow(subject.url, warm_up, ask.headers, 16))
                    bench.upstream.reset()
                    this[name] = _all_at_once(subject.url, ask)
                    counts = bench.upstream.counts()
                if name == "pratique":
                    fetches.append(counts.get(ask.path.replace("%2f", "/"), 0))
                    everything.append(counts)
            slowest.append(this)
            bench.say(f"stampede for {ask.path}: {this}")
    except Unavailable as error:
        yield Found(ROW, f"stampede of {CLIENTS}, {kind}", None, None, str(error))
        return
    numbers = {"slowest s": slowest, "fetched": everything}
    what = f"{CLIENTS} cold askers of one {kind}"
    yield Found(ROW, f"{what}, upstream fetches", Target("<=", 1), Spread(tuple(map(float, fetches))), "", numbers)
    reached = ratio(slowest, "pratique", "nginx")
    ours = Spread(tuple(each["pratique"] for each in slowest))
    yield Found(ROW, f"{what}, slowest answer", Target("<=", 0.7, "x nginx"), reached, ours.text(" s"), numbers)


def _all_at_once(url: str, ask: Ask) -> float:
    """Seconds of the slowest."""
    answers = gulp.run(gulp.swallow(url, ask.path, ask.headers, CLIENTS))
    if {answer.status for answer in answers} != {200} or len({answer.body for answer in answers}) != 1:
        raise RuntimeError(f"{ask.path} was answered with {sorted({answer.status for answer in answers})}")
    if ask.tarball is not None and hashlib.sha256(answers[0].body).hexdigest() != ask.tarball.sha256:
        raise RuntimeError(f"{ask.path} is not the tarball that upstream has")
    return max(answer.seconds for answer in answers)


def _warm_up(bench: Bench, but: set[str]) -> str:
    """A large document that is not asked for otherwise."""
    return min((each for each in bench.corpus.recorded if each.name not in but), key=lambda each: abs(each.size - SIZE // 3)).path


def _far_from_size(ask: Ask) -> int:
    return abs(ask.tarball.size - SIZE) if ask.tarball else SIZE


def _distinct(asks: Sequence[Ask]) -> list[Ask]:
    return list({ask.name: ask for ask in reversed(asks)}.values())[::-1]
