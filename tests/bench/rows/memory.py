"""What a worker holds after it has served everything, and whether its cap holds when there is ten times as much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.bench.bench import Bench
from tests.bench.processes import memory, serving
from tests.bench.ratios import Spread
from tests.bench.subjects import Subject
from tests.bench.table import Found, Target

ROW = "memory"
MB = 1_000_000
COPIES = 10
CAP = {"PRATIQUE_STORAGE__MEMORY": "64MiB", "PRATIQUE_EXAMINER__ENABLED": "false"}
"""Copies of packages name themselves otherwise than their tarballs do, which the examiner would refuse."""


def measure(bench: Bench) -> Iterator[Found]:
    """One round: memory does not depend on what else runs. One worker, so that it has served everything."""
    bench.say("memory")
    with bench.fresh("pratique", workers=1) as subject:
        bench.make_warm(subject)
        now, peak, numbers = _largest(subject)
        what = f"memory of a worker after serving {len(bench.corpus.recorded):,} packages"
        yield Found(ROW, what, Target("<=", 150, " MB"), Spread((now,)), f"at most {peak:.0f} MB meanwhile", numbers)
    if bench.options.quick:
        return
    peaks = []
    every = {}
    for copies in ([""], [f"x{n}-" for n in range(COPIES)]):
        bench.say(f"memory, {len(copies)} x the corpus, capped")
        with bench.fresh("pratique", CAP, workers=1) as subject:
            _serve_copies(bench, subject, copies)
            _, peak, numbers = _largest(subject)
            peaks.append(peak)
            every[f"{len(copies)}x"] = numbers
    what = f"memory under {COPIES}x the corpus against 1x, capped at {CAP['PRATIQUE_STORAGE__MEMORY']}"
    why = f"{peaks[1]:.0f} MB against {peaks[0]:.0f} MB"
    yield Found(ROW, what, Target("<=", 1.2, "x"), Spread((peaks[1] / peaks[0],)), why, every)


def _serve_copies(bench: Bench, subject: Subject, copies: Sequence[str]) -> None:
    bench.make_warm(subject, copies)


def _largest(subject: Subject) -> tuple[float, float, dict[str, object]]:
    """Of the processes that answer requests the largest, now and at its peak, in MB; and what all have."""
    answering = set(serving(subject.pids, subject.port))
    all_ = [memory(pid) for pid in subject.pids]
    numbers: dict[str, object] = {
        ("serving" if each.pid in answering else "other") + f" {n}": {"now MB": each.now / MB, "peak MB": each.peak / MB}
        for n, each in enumerate(all_)
    }
    found = [each for each in all_ if each.pid in answering]
    return max(each.now for each in found) / MB, max(each.peak for each in found) / MB, numbers
