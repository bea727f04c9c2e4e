"""The decisions in force, at hand for every verdict: the book's content in memory, changed the moment the book is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from quarantine.decision import Decision
from quarantine.package import PackageName


class Board:
    """Decisions by package, and the freeze. What `of` gives for a package stays the same object until it changes."""

    def __init__(self, decisions: Iterable[Decision] = (), frozen: datetime | None = None) -> None:
        self._by_name: dict[PackageName, tuple[Decision, ...]] = {}
        self.frozen = frozen
        """Since when all new admissions are stopped; None when they are not."""
        self.fill(decisions)

    def fill(self, decisions: Iterable[Decision]) -> None:
        """Take over all decisions of the book."""
        gathered: dict[PackageName, list[Decision]] = {}
        for decision in decisions:
            gathered.setdefault(decision.subject.name, []).append(decision)
        self._by_name = {name: tuple(each) for name, each in gathered.items()}

    def put(self, decision: Decision) -> None:
        """Add a decision, or replace the one of its number; one that is known to be withdrawn stays so."""
        name = decision.subject.name
        known = {each.number: each for each in self._by_name.get(name, ())}
        before = known.pop(decision.number, None)
        if before is not None and (before == decision or before.withdrawn is not None):
            return
        others = known.values()
        self._by_name[name] = tuple(sorted((*others, decision), key=lambda each: each.number))

    def of(self, name: PackageName) -> tuple[Decision, ...]:
        """Everything decided about a package, withdrawn and expired decisions too, oldest first."""
        return self._by_name.get(name, ())

    def in_force(self, name: PackageName, now: datetime) -> list[Decision]:
        """What of it counts at this instant, oldest first; under a freeze, blocks and holds that it keeps from lapsing, too."""
        standing = (each.outlasting(self.frozen) for each in self.of(name))
        return [each for each in standing if each.active(now)]

    def newest(self, name: PackageName) -> int:
        """The number of the latest decision about a package; 0 where there is none."""
        return max((each.number for each in self.of(name)), default=0)

    def names(self) -> list[PackageName]:
        """The packages about which anything was decided."""
        return sorted(self._by_name)

    def find(self, number: int) -> Decision | None:
        """The decision of a number."""
        return next((each for group in self._by_name.values() for each in group if each.number == number), None)
