"""Warm tarballs: requests and megabytes a second, and how long the slowest wait."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import loaded, wrk
from tests.bench.asks import tarball_asks
from tests.bench.bench import Bench
from tests.bench.table import Found, Target
from tests.delivery.fetched import Unavailable

ROW = "tarballs"


def measure(bench: Bench) -> Iterator[Found]:
    """Against both."""
    try:
        wrk.require()
    except Unavailable as error:
        yield Found(ROW, "warm tarballs", None, None, str(error))
        return
    bench.say("tarballs")
    warm = bench.warm(["nginx", "verdaccio", "pratique"])
    asks = tarball_asks(bench.corpus.index.tarballs)
    made = loaded.loads(bench, warm, lambda _: asks)
    numbers = loaded.numbers(made)
    lines = (
        ("warm tarballs, requests/s", "verdaccio", Target(">=", 5, "x Verdaccio"), lambda load: load.rate),
        ("warm tarballs, MB/s", "verdaccio", Target(">=", 5, "x Verdaccio"), lambda load: load.throughput),
        ("warm tarballs, requests/s", "nginx", Target(">=", 0.6, "x nginx"), lambda load: load.rate),
        ("warm tarballs, MB/s", "nginx", Target(">=", 0.6, "x nginx"), lambda load: load.throughput),
        ("warm tarballs, p99 at 32 connections", "nginx", Target("<=", 3, "x nginx"), lambda load: load.p99),
    )
    for what, under, target, value in lines:
        yield Found(
            ROW,
            what,
            target,
            loaded.compared(made, "pratique", under, value),
            bench.missing.get(under, "" if under in numbers else f"{under} does not answer this rightly"),
            numbers,
        )
