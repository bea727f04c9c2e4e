"""What Prometheus sees. One registry an application, so that several in one process keep apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Reading = tuple[str, str, str, float]
"""Type (`counter` or `gauge`), name, help, value."""


class Metrics:
    """Counts requests as they end, and reads the stages' own counts when it is scraped."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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
        self._withheld = Counter(
            "pratique_withheld",
            "Answers that policy withheld, or would have in observe mode.",
            ["rule", "observed"],
            registry=self.registry,
        )

    def request(self, kind: str, outcome: str, seconds: float) -> None:
        """One request has been answered."""
        self._requests.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)

    def withheld(self, rules: Iterable[str], *, observed: bool) -> None:
        """One version was not served, or would not have been."""
        for rule in rules:
            self._withheld.labels(rule, "true" if observed else "false").inc()

    def read_from(self, readings: Callable[[], Iterable[Reading]]) -> None:
        """Add readings that are taken when Prometheus asks."""
        self.registry.register(_Readings(readings))

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self.registry)


class _Readings(Collector):
    def __init__(self, readings: Callable[[], Iterable[Reading]]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        for kind, name, text, value in self._readings():
            family = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
            yield family(name, text, value=value)
