"""What Prometheus sees. One registry an application, so that several in one process keep apart.

Of several workers each says now and then what it has counted, and whichever is scraped adds all up. The one that is scraped says
its own first, so that no later sum is smaller; who takes the place of one that died goes on from what that said last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from proxy.web.metrics_merged import Family, Merged, counts, merged, packed, taken, unpacked

log = structlog.get_logger()

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Reading = tuple[str, str, str, float]
"""Type (`counter` or `gauge`), name, help, value."""


class Peers(Protocol):
    """The other workers; see proxy.shared.snapshots."""

    def last(self) -> bytes | None:
        """What whoever had our place before said last."""
        ...

    def say(self, text: bytes) -> None:
        """Tell them what we count."""
        ...

    def others(self) -> Iterator[bytes]:
        """What each of them said last."""
        ...


class Metrics:
    """Counts requests as they end, and reads the stages' own counts when it is scraped."""

    def __init__(self, peers: Peers | None = None) -> None:
        self.registry = CollectorRegistry()
        self._peers = peers
        self._unheard = False
        before = peers.last() if peers is not None else None
        self._before = counts(unpacked(before)) if before is not None else []
        self._requests = Counter(
            "pratique_requests",
            "Requests answered, by what was asked and what came of it.",
            ["kind", "outcome"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "pratique_request_seconds",
            "Time from request to the end of the answer.",
            ["kind"],
            buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=self.registry,
        )
        # Finding the one that has these labels costs more than counting.
        self._labelled: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._withheld = Counter(
            "pratique_withheld",
            "Answers that policy withheld, or would have in observe mode.",
            ["rule", "observed"],
            registry=self.registry,
        )

    def request(self, kind: str, outcome: str, seconds: float) -> None:
        """One request has been answered."""
        known = self._labelled.get((kind, outcome))
        if known is None:
            known = self._labelled[kind, outcome] = (self._requests.labels(kind, outcome), self._seconds.labels(kind))
        known[0].inc()
        known[1].observe(seconds)

    def withheld(self, rules: Iterable[str], *, observed: bool) -> None:
        """One version was not served, or would not have been."""
        for rule in rules:
            self._withheld.labels(rule, "true" if observed else "false").inc()

    def read_from(self, readings: Callable[[], Iterable[Reading]]) -> None:
        """Add readings that are taken when Prometheus asks."""
        self.registry.register(_Readings(readings))

    def text(self) -> bytes:
        """The exposition."""
        if self._peers is None:
            return generate_latest(self.registry)
        mine = self.say()
        return generate_latest(Merged(merged([mine, *map(unpacked, self._peers.others())])))

    def say(self) -> list[Family]:
        """Tell the other workers what has been counted here; where that fails they know what they were told last."""
        mine = merged([taken(self.registry.collect()), self._before])
        if self._peers is not None:
            try:
                self._peers.say(packed(mine))
            except OSError as error:
                if not self._unheard:
                    log.warning("metrics-untold", reason=str(error))
                self._unheard = True
            else:
                self._unheard = False
        return mine


class _Readings(Collector):
    def __init__(self, readings: Callable[[], Iterable[Reading]]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        for kind, name, text, value in self._readings():
            family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
            yield family(name, text, value=value)
