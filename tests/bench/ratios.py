"""Numbers of several rounds. Machines drift by a factor of two within minutes, so subjects take turns and ratios are taken
inside one round."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """One number a round."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The one in the middle."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The least."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The most."""
        return max(self.values)

    def text(self, unit: str = "", digits: int = 3) -> str:
        """`median (least-most) unit`."""
        numbers = [_short(value, digits) for value in (self.median, self.low, self.high)]
        spread = f" ({numbers[1]}–{numbers[2]})" if len(self.values) > 1 else ""
        return f"{numbers[0]}{unit}{spread}"


def ratio(rounds: Sequence[Mapping[str, float]], over: str, under: str) -> Spread | None:
    """`over` divided by `under` in each round that has both; None where none has."""
    both = [each[over] / each[under] for each in rounds if each.get(over) is not None and each.get(under)]
    return Spread(tuple(both)) if both else None


def spread(rounds: Sequence[Mapping[str, float]], name: str) -> Spread | None:
    """One subject's own numbers."""
    values = tuple(each[name] for each in rounds if name in each)
    return Spread(values) if values else None


def _short(value: float, digits: int) -> str:
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"
