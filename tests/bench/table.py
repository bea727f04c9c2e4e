"""What was found, as a table for docs/performance.md and as JSON."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench.ratios import Spread

COMPARE = {">=": operator.ge, "<=": operator.le}


@dataclass(frozen=True)
class Target:
    """What the median must reach."""

    relation: str
    value: float
    unit: str = ""
    """With a space in front where one belongs there."""

    @property
    def text(self) -> str:
        """As the table shows it."""
        return f"{'≥' if self.relation == '>=' else '≤'} {self.value:g}{self.unit}"

    def met(self, found: float) -> bool:
        """Whether it is."""
        result: bool = COMPARE[self.relation](found, self.value)
        return result


@dataclass(frozen=True)
class Found:
    """One line of the table."""

    row: str
    what: str
    target: Target | None
    reached: Spread | None
    """None where it could not be measured."""
    why: str = ""
    """Why not; or what to know beside the number."""
    numbers: dict[str, Any] = field(default_factory=dict)
    """What it was made of."""
    unit: str = ""

    @property
    def passed(self) -> bool | None:
        """None where there is nothing to say."""
        if self.reached is None or self.target is None:
            return None
        return self.target.met(self.reached.median)

    def cells(self) -> list[str]:
        """what | target | reached | pass?"""
        unit = self.target.unit if self.target else self.unit
        reached = self.reached.text(unit) if self.reached is not None else "not measured"
        said = f"{reached}; {self.why}" if self.why else reached
        verdict = {True: "yes", False: "**no**", None: ""}[self.passed]
        return [self.what, self.target.text if self.target else "", said, verdict]

    def value(self) -> dict[str, Any]:
        """For JSON."""
        reached = self.reached
        return {
            "row": self.row,
            "what": self.what,
            "target": self.target.text if self.target else None,
            "median": reached.median if reached else None,
            "rounds": list(reached.values) if reached else [],
            "passed": self.passed,
            "why": self.why,
            "numbers": self.numbers,
        }


def markdown(found: Sequence[Found]) -> str:
    """The table."""
    lines = ["| what | target | reached: median (min–max) | pass? |", "| --- | --- | --- | --- |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in each.cells()) + " |" for each in found]
    return "\n".join(lines)
