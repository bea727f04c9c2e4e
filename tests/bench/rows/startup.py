"""From the command to the first answer, on a data directory that has everything."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.bench.asks import VARIANTS, packument_asks
from tests.bench.bench import Bench
from tests.bench.places import free_port
from tests.bench.ratios import Spread
from tests.bench.table import Found, Target
from tests.bench.wire import Wire

ROW = "startup"
VARIANT = "abbreviated gzip"


def measure(bench: Bench) -> Iterator[Found]:
    """Started again and again on what the first run has kept."""
    subject = bench.make("pratique")
    ask = packument_asks(bench.corpus.recorded, VARIANT)[0]
    with subject:
        bench.say("warming a data directory")
        bench.make_warm(subject)
    seconds = []
    for number in range(bench.options.rounds):
        subject.port = free_port()
        begun = time.perf_counter()
        subject.program = subject.launch()
        try:
            subject.wait()
            with Wire(subject.url) as wire:
                answer = wire.get(ask.path, VARIANTS[VARIANT])
            seconds.append(time.perf_counter() - begun)
            if answer.status != 200:
                raise RuntimeError(f"the first answer was {answer.status}")
        finally:
            subject.stop()
        bench.say(f"start {number + 1}: {seconds[-1]:.2f} s")
    numbers = {"seconds": seconds}
    yield Found(ROW, "start to first answer, warm data directory", Target("<=", 1.2, " s"), Spread(tuple(seconds)), "", numbers)
