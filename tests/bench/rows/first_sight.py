"""The largest document, seen for the first time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from tests.bench.bench import Bench
from tests.bench.ratios import Spread
from tests.bench.rows.rerender import HUGE
from tests.bench.table import Found, Target
from tests.bench.upstream import ROOT

ROW = "first-sight"


def measure(bench: Bench) -> Iterator[Found]:
    """A proxy of its own each round."""
    packages = sorted(bench.corpus.recorded, key=lambda each: each.size)
    huge = next((each for each in packages if each.name == HUGE), packages[-1])
    warm_up = next((each for each in packages if each.size > 300_000 and each.name != huge.name), packages[-2])
    found = []
    for number in range(bench.options.rounds):
        bench.say(f"first sight of {huge.name}, {number + 1}")
        command = [sys.executable, "-m", "tests.bench.heartbeat", bench.upstream.url, str(bench.place("heartbeat")), huge.name]
        done = subprocess.run(
            [*command, warm_up.name],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        found.append(json.loads(done.stdout.splitlines()[-1]))
    what = f"first sight of {huge.name} ({huge.size / 1e6:.0f} MB)"
    reader, lag, busy, own, wall = (
        Spread(tuple(each[key] * 1000 for each in found)) for key in ("reader", "lag", "busy", "own", "wall")
    )
    numbers = {"rounds": found}
    aside = f"{own.text(' ms')} in the serving process, {wall.text(' ms')} until the answer"
    yield Found(ROW, f"{what}, CPU in a worker process", Target("<=", 250, " ms"), reader, aside, numbers)
    aside = f"{busy.text(' ms')} by its own processor time"
    yield Found(ROW, f"{what}, longest pause of the event loop", Target("<=", 20, " ms"), lag, aside, numbers)
