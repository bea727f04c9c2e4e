"""Counts of several processes as one: counters and histograms are added up, of gauges the highest counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from prometheus_client.core import Metric
from prometheus_client.registry import Collector


class Family(msgspec.Struct):
    """One metric with its samples, as it goes from process to process."""

    name: str
    text: str
    kind: str
    samples: list[tuple[str, dict[str, str], float]]


_DECODER = msgspec.json.Decoder(list[Family])


def taken(metrics: Iterable[Metric]) -> list[Family]:
    """What a registry holds now; without the times at which counts began, which mean nothing in a sum."""
    return [
        Family(
            metric.name,
            metric.documentation,
            metric.type,
            [(each.name, dict(each.labels), each.value) for each in metric.samples if not each.name.endswith("_created")],
        )
        for metric in metrics
    ]


def packed(families: list[Family]) -> bytes:
    """For another process."""
    return msgspec.json.encode(families)


def unpacked(text: bytes) -> list[Family]:
    """What another process said."""
    return _DECODER.decode(text)


def counts(families: Iterable[Family]) -> list[Family]:
    """Those that outlive the process that counted; what a gauge shows dies with it."""
    return [each for each in families if each.kind != "gauge"]


def merged(all_of_them: Iterable[list[Family]]) -> list[Family]:
    """All of them as one."""
    found: dict[str, tuple[Family, dict[tuple[str, tuple[tuple[str, str], ...]], float]]] = {}
    for families in all_of_them:
        for family in families:
            _, values = found.setdefault(family.name, (family, {}))
            for name, labels, value in family.samples:
                key = (name, tuple(labels.items()))
                before = values.get(key)
                if before is None:
                    values[key] = value
                else:
                    values[key] = max(before, value) if family.kind == "gauge" else before + value
    return [
        Family(family.name, family.text, family.kind, [(name, dict(labels), value) for (name, labels), value in values.items()])
        for family, values in found.values()
    ]


class Merged(Collector):
    """Families as prometheus_client writes them out."""

    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for family in self._families:
            metric = Metric(family.name, family.text, family.kind)
            for name, labels, value in family.samples:
                metric.add_sample(name, labels, value)
            yield metric
