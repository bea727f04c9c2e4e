"""The counters as they were before something was made: what was made is void once they are others."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.shared.counters import EPOCH, Counters


@dataclass(frozen=True, slots=True)
class Stamp:
    """To be taken before anything about a package is looked up."""

    epoch: int
    slot: int
    changes: int

    @classmethod
    def of(cls, counters: Counters, name: str) -> Stamp:
        """As things are now."""
        slot = counters.package_slot(name)
        return cls(counters.read(EPOCH), slot, counters.read(slot))
