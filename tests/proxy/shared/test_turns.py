"""Turns: the most urgent first, nobody lost."""

from __future__ import annotations

import asyncio

import pytest

from proxy.shared.turns import Turns, Urgency


class Row:
    """People who want a turn, and the order in which they had it."""

    def __init__(self, at_once: int = 1) -> None:
        self.turns = Turns(at_once)
        self.had: list[str] = []
        self.open = asyncio.Event()
        self.inside = 0
        self.most = 0

    async def want(self, name: str, urgency: Urgency) -> None:
        async with self.turns.take(name, urgency):
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.had.append(name)
            await self.open.wait()
            self.inside -= 1

    async def begin(self, *wanted: tuple[str, Urgency]) -> list[asyncio.Task[None]]:
        tasks = [asyncio.ensure_future(self.want(*each)) for each in wanted]
        for _ in range(3):
            await asyncio.sleep(0)
        return tasks


LATER, SOON, WAITED_FOR = Urgency.LATER, Urgency.SOON, Urgency.WAITED_FOR


async def test_the_most_urgent_comes_first_and_among_equals_who_came_first() -> None:
    row = Row()
    tasks = await row.begin(("a", LATER), ("b", LATER), ("c", SOON), ("d", WAITED_FOR), ("e", SOON))
    row.open.set()
    await asyncio.gather(*tasks)
    assert (row.had, row.most) == (["a", "d", "c", "e", "b"], 1)


async def test_of_equally_urgent_ones_the_lower_rank_comes_first() -> None:
    turns, had, opened = Turns(1), list[str](), asyncio.Event()

    async def want(name: str, urgency: Urgency, rank: int) -> None:
        async with turns.take(name, urgency, rank):
            had.append(name)
            await opened.wait()

    wanted = [("a", SOON, 9), ("b", SOON, 2), ("c", LATER, 0), ("d", SOON, 1), ("e", SOON, 2)]
    tasks = [asyncio.ensure_future(want(*each)) for each in wanted]
    await asyncio.sleep(0)
    opened.set()
    await asyncio.gather(*tasks)
    assert had == ["a", "d", "b", "e", "c"]


async def test_what_waits_can_be_hurried() -> None:
    row = Row()
    tasks = await row.begin(("a", LATER), ("b", LATER), ("c", LATER))
    row.turns.hurry("c", WAITED_FOR)
    row.turns.hurry("unheard of", WAITED_FOR)
    row.open.set()
    await asyncio.gather(*tasks)
    assert row.had == ["a", "c", "b"]


async def test_so_many_at_once_and_no_more() -> None:
    row = Row(at_once=2)
    tasks = await row.begin(*((name, SOON) for name in "abcde"))
    assert row.had == ["a", "b"]
    row.open.set()
    await asyncio.gather(*tasks)
    assert (row.had, row.most) == (list("abcde"), 2)


@pytest.mark.parametrize("called", [False, True], ids=["while it waits", "when it was just called"])
async def test_who_leaves_keeps_nobody_waiting(called: bool) -> None:
    row = Row()
    first, second, third = await row.begin(("a", SOON), ("b", SOON), ("c", SOON))
    if called:
        row.open.set()
        # The first goes, and calls the second, which has not come to itself yet when it is told to leave.
        await first
    second.cancel()
    row.open.set()
    await asyncio.gather(first, third)
    assert row.had in (["a", "c"], ["a", "b", "c"])
    (again,) = await row.begin(("d", LATER))
    await again
    assert row.had[-1] == "d"


async def test_who_leaves_as_it_would_have_been_called_leaves_no_turn_behind() -> None:
    row = Row()
    first, second = await row.begin(("a", SOON), ("b", SOON))
    row.open.set()
    # Both before anybody comes to himself: the first ends, and the second has just been told to leave.
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    row.open.clear()
    tasks = await row.begin(("c", SOON), ("d", SOON))
    assert row.inside == 1
    row.open.set()
    await asyncio.gather(*tasks)
    assert row.most == 1


async def test_a_turn_ends_with_whatever_is_raised_in_it() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="no"):
        async with turns.take("a", SOON):
            raise ValueError("no")
    async with turns.take("b", LATER):
        pass
