"""Runs of wrk against warm subjects that take turns, each checked before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.bench import wrk
from tests.bench.asks import Ask
from tests.bench.bench import Bench, Warm
from tests.bench.check import Check, Wrong
from tests.bench.ratios import Spread, ratio, spread
from tests.bench.subjects import Pratique
from tests.bench.wrk import Load

Round = dict[str, Load]

SMALL = 2000
"""Bytes that an answer without a body stays below."""


def loads(bench: Bench, warm: Sequence[Warm], asks_for: Callable[[Warm], Sequence[Ask]], connections: int = 32) -> list[Round]:
    """One run a subject and round. Raises Wrong or Failed where an answer was not what it should be."""
    asked = {each.subject.name: asks_for(each) for each in warm}
    checks: dict[str, Check] = {}
    for each in warm:
        name = each.subject.name
        try:
            checks[name] = Check(each.subject.url, bench.corpus, asked[name])
        except Wrong as error:
            if isinstance(each.subject, Pratique):
                raise
            # What others do not do right unloaded, they are not compared in.
            bench.say(f"{name} is left out: {error}")
    usable = [each for each in warm if each.subject.name in checks]
    made: list[Round] = []
    for number in range(bench.options.rounds):
        turn = number % len(usable)
        this: Round = {}
        for each in [*usable[turn:], *usable[:turn]]:
            name = each.subject.name
            pids = each.subject.pids
            before = each.subject.cpu()
            load = wrk.run(each.subject.url, asked[name], bench.folder, seconds=bench.options.seconds, connections=connections)
            spent = each.subject.cpu() - before
            if each.subject.pids != pids:
                bench.say(f"{name}'s processes changed while it was measured")
            checks[name].run()
            if all(ask.conditional for ask in asked[name]) and load.bytes / load.requests > SMALL:
                raise Wrong(f"{name} answered with bodies where 304 was right")
            this[name] = Load(load.requests, load.seconds, load.bytes, load.p50, load.p99, spent * 1000 / load.requests)
        made.append(this)
        bench.say("  ".join(f"{name} {load.rate:,.0f}/s {load.cpu:.3f} ms" for name, load in sorted(this.items())))
    return made


def compared(made: Sequence[Round], over: str, under: str, value: Callable[[Load], float]) -> Spread | None:
    """A ratio a round."""
    return ratio([_values(each, value) for each in made], over, under)


def numbers(made: Sequence[Round]) -> dict[str, Any]:
    """For JSON: medians of what was measured."""
    kinds: Mapping[str, Callable[[Load], float]] = {
        "requests/s": lambda load: load.rate,
        "MB/s": lambda load: load.throughput,
        "cpu ms": lambda load: load.cpu,
        "p50 ms": lambda load: load.p50,
        "p99 ms": lambda load: load.p99,
    }
    found: dict[str, Any] = {}
    for name in sorted({name for each in made for name in each}):
        found[name] = {}
        for kind, value in kinds.items():
            if (seen := spread([_values(each, value) for each in made], name)) is not None:
                found[name][kind] = round(seen.median, 4)
    return found


def _values(each: Round, value: Callable[[Load], float]) -> dict[str, float]:
    return {name: value(load) for name, load in each.items()}
