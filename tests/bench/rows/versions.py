"""What a request costs by the number of versions: nothing, once rendered."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench import loaded, wrk
from tests.bench.asks import packument_asks
from tests.bench.bench import Bench, Warm
from tests.bench.ratios import Spread
from tests.bench.synthetic import COUNTS, synthetic_name
from tests.bench.table import Found, Target
from tests.delivery.fetched import Unavailable

ROW = "versions"
VARIANT = "abbreviated gzip"


def measure(bench: Bench) -> Iterator[Found]:
    """The most versions against the fewest, inside one round."""
    try:
        wrk.require()
    except Unavailable as error:
        yield Found(ROW, "CPU of 5,000 versions against 10", None, None, str(error))
        return
    for warm in bench.warm(["pratique", "nginx"]):
        for case in ("gzip", "304"):
            yield _line(bench, warm, case)


def _line(bench: Bench, warm: Warm, case: str) -> Found:
    bench.say(f"versions, {case}, {warm.subject.name}")
    name, costs = warm.subject.name, {}
    for count in (COUNTS[0], COUNTS[-1]):
        packages = [each for each in bench.corpus.index.packages if each.name == synthetic_name(count)]
        asks = packument_asks(packages, VARIANT, warm.etags[VARIANT] if case == "304" else None)
        made = loaded.loads(bench, [warm], lambda _, asks=asks: asks)  # type: ignore[misc]
        costs[count] = [each[name].cpu for each in made]
    pairs = zip(costs[COUNTS[0]], costs[COUNTS[-1]], strict=True)
    reached = Spread(tuple(many / few for few, many in pairs))
    # With a body, what is copied grows as well, for nginx too; 304 shows what looking at the versions would cost.
    target = Target("<=", 1.3, "x") if name == "pratique" and case == "304" else None
    numbers = {f"{count} versions, cpu ms": values for count, values in costs.items()}
    return Found(ROW, f"CPU of 5,000 versions against 10, once rendered, {case}, {name}", target, reached, "", numbers, "x")
