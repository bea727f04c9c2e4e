"""A least-recently-used store that is bounded by bytes, not by entries."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """Keeps what was used last within `budget` bytes, as told by `weight` at `put`."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.weight = 0

    def get(self, key: Key) -> Value | None:
        """The value, now the most recently used."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        """Keep a value; one that is heavier than the whole budget is not kept."""
        self.drop(key)
        if weight > self._budget:
            return
        self._entries[key] = (value, weight)
        self.weight += weight
        while self.weight > self._budget:
            _, (_, lightest) = self._entries.popitem(last=False)
            self.weight -= lightest

    def drop(self, key: Key) -> None:
        """Forget a value."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.weight -= entry[1]

    def __len__(self) -> int:
        return len(self._entries)
