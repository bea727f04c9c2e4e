"""This process among those of one server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proxy.shared.claims import Claims
from proxy.shared.counters import Counters
from proxy.shared.folder import claims_of, counters_of, metrics_of
from proxy.shared.snapshots import Snapshots


@dataclass(frozen=True, slots=True)
class Place:
    """What it shares with the others; alone it shares nothing, and does by itself what else is done once for all."""

    counters: Counters
    claims: Claims
    snapshots: Snapshots | None = None
    workers: int = 1

    @property
    def alone(self) -> bool:
        """Whether there is no other."""
        return self.snapshots is None


@contextmanager
def alone() -> Iterator[Place]:
    """The only process."""
    counters = Counters.private()
    try:
        yield Place(counters, Claims.alone())
    finally:
        counters.close()


@contextmanager
def among(folder: Path, number: int, workers: int) -> Iterator[Place]:
    """One of several, which meet in a folder."""
    counters, claims = Counters.open(counters_of(folder)), Claims.beside(claims_of(folder))
    try:
        yield Place(counters, claims, Snapshots(metrics_of(folder), number), workers)
    finally:
        claims.close()
        counters.close()
