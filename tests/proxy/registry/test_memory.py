"""The store that is bounded by bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proxy.registry.memory import Memory

STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "get", "drop"]), st.integers(0, 5), st.integers(0, 12)),
    max_size=60,
)


@given(st.integers(0, 20), STEPS)
def test_the_weight_is_that_of_what_is_kept_and_never_over_the_budget(budget: int, steps: list[tuple[str, int, int]]) -> None:
    memory: Memory[int, tuple[int, int]] = Memory(budget)
    order: dict[int, tuple[int, int]] = {}
    for number, (step, key, weight) in enumerate(steps):
        if step == "put":
            memory.put(key, (number, weight), weight)
            order.pop(key, None)
            if weight <= budget:
                order[key] = (number, weight)
                while sum(kept for _, kept in order.values()) > budget:
                    order.pop(next(iter(order)))
        elif step == "drop":
            memory.drop(key)
            order.pop(key, None)
        else:
            assert memory.get(key) == order.get(key)
            if key in order:
                order[key] = order.pop(key)
        assert memory.weight == sum(weight for _, weight in order.values()) <= budget
        assert len(memory) == len(order)


def test_what_was_used_last_stays() -> None:
    memory: Memory[str, str] = Memory(2)
    memory.put("a", "A", 1)
    memory.put("b", "B", 1)
    memory.get("a")
    memory.put("c", "C", 1)
    assert (memory.get("a"), memory.get("b"), memory.get("c")) == ("A", None, "C")


def test_what_is_too_heavy_takes_nobodys_place_and_does_not_leave_an_older_value() -> None:
    memory: Memory[str, str] = Memory(2)
    memory.put("a", "A", 1)
    memory.put("b", "B", 1)
    memory.put("b", "heavy", 3)
    assert (memory.get("a"), memory.get("b")) == ("A", None)
