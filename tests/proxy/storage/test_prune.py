"""Pruning deletes the least recently used blobs, and not one too many."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.storage.blobs import BlobInfo
from proxy.storage.prune import plan_prune

START = datetime(2026, 11, 1, tzinfo=UTC)


def blob(name: str, size: int, minutes: int) -> BlobInfo:
    return BlobInfo(f"a/{name}", size, START + timedelta(minutes=minutes))


def test_deletes_the_least_recently_used_first() -> None:
    infos = [blob("new", 10, 3), blob("old", 10, 1), blob("middle", 10, 2)]
    assert plan_prune(infos, 30) == []
    assert plan_prune(infos, 29) == [infos[1]]
    assert plan_prune(infos, 15) == [infos[1], infos[2]]
    assert plan_prune(infos, 0) == [infos[1], infos[2], infos[0]]


def test_nothing_stored_needs_no_pruning() -> None:
    assert plan_prune([], 0) == []


def test_a_negative_budget_is_an_error() -> None:
    with pytest.raises(ValueError, match="budget"):
        plan_prune([], -1)


infos = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5))).map(
    lambda found: [blob(str(number), size, minutes) for number, (size, minutes) in enumerate(found)]
)


@given(infos, st.integers(0, 400), st.randoms())
def test_a_plan_is_enough_and_not_more(infos: list[BlobInfo], budget: int, random: object) -> None:
    plan = plan_prune(iter(infos), budget)
    stays = [info for info in infos if info not in plan]
    total = sum(info.size for info in stays)
    assert total <= budget
    assert not plan or total + plan[-1].size > budget
    assert all(info.size for info in plan)
    assert len(set(plan)) == len(plan)
    used = [info for info in stays if info.size]
    assert not plan or not used or plan[-1].modified <= min(info.modified for info in used)
    shuffled = list(infos)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plan_prune(shuffled, budget) == plan
