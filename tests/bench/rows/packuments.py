"""Warm packuments: requests a second, and what a request costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.bench import loaded, wrk
from tests.bench.asks import Ask, packument_asks
from tests.bench.bench import Bench, Warm
from tests.bench.ratios import Spread
from tests.bench.table import Found, Target
from tests.delivery.fetched import Unavailable

ROW = "packuments"
CASES = ("abbreviated gzip", "full gzip", "abbreviated 304", "full 304")


def measure(bench: Bench) -> Iterator[Found]:
    """Three lines a case."""
    try:
        wrk.require()
    except Unavailable as error:
        yield Found(ROW, "warm packuments", None, None, str(error))
        return
    warm = bench.warm(["nginx", "verdaccio", "pratique"])
    for case in CASES:
        bench.say(f"packuments, {case}")
        made = loaded.loads(bench, warm, _asks(bench, case))
        numbers = loaded.numbers(made)
        rate = loaded.compared(made, "pratique", "verdaccio", lambda load: load.rate)
        faster = Target(">=", 150, "x Verdaccio")
        yield _found(bench, f"warm packuments, {case}, requests/s", faster, rate, "verdaccio", numbers)
        rate = loaded.compared(made, "pratique", "nginx", lambda load: load.rate)
        near = Target(">=", 0.5, "x nginx")
        yield _found(bench, f"warm packuments, {case}, requests/s", near, rate, "nginx", numbers)
        cost = loaded.compared(made, "pratique", "nginx", lambda load: load.cpu)
        cheap = Target("<=", 3, "x nginx")
        yield _found(bench, f"CPU of a warm packument, {case}", cheap, cost, "nginx", numbers, "cpu ms")


def _asks(bench: Bench, case: str) -> Callable[[Warm], Sequence[Ask]]:
    form, _, kind = case.partition(" ")
    variant = f"{form} gzip"
    if kind == "304":
        return lambda warm: packument_asks(bench.corpus.recorded, variant, warm.etags[variant])
    return lambda warm: packument_asks(bench.corpus.recorded, variant)


def _found(
    bench: Bench,
    what: str,
    target: Target,
    reached: Spread | None,
    under: str,
    numbers: dict[str, dict[str, float]],
    unit: str = "requests/s",
) -> Found:
    why = bench.missing.get(under, "" if under in numbers else f"{under} does not answer this rightly")
    if reached is not None:
        why = f"{numbers['pratique'][unit]:,.4g} against {numbers[under][unit]:,.4g} {unit.replace('cpu ', '')}"
    return Found(ROW, what, target, reached, why, numbers)
