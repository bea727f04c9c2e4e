"""A version is shown if and only if it is served: every route, method, spelling and moment agrees with a slow reference."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.proxy.web import packages
from tests.proxy.web.observation import agrees
from tests.proxy.web.packages import Change, Version
from tests.proxy.web.reference import Reference
from tests.proxy.web.scene import Scene, scene


async def lives(stage: Scene, name: str, first: list[Version], changes: list[Change]) -> None:
    """One package from its first sight on, asked about after every change."""
    for each in first:
        packages.publish(stage, name, each)
    reference = Reference()
    asked: set[str] = {"9.9.9"}
    reference.look(stage.clock.now(), packages.seen(stage, name))
    await agrees(stage, name, reference, asked)
    for change in changes:
        asked |= set(reference.listed)
        stage.pass_by(change.passes)
        packages.apply(stage, name, change)
        reference.look(stage.clock.now(), packages.seen(stage, name))
        await agrees(stage, name, reference, asked)


def test_every_route_agrees_with_the_reference(tmp_path: Path) -> None:
    numbers = itertools.count()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        stage = runner.run(stack.enter_async_context(scene(tmp_path)))

        @settings(
            max_examples=40, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
        )
        @given(st.lists(packages.changes, max_size=2), packages.packages, st.booleans())
        def story(changes: list[Change], first: list[Version], scoped: bool) -> None:
            number = next(numbers)
            runner.run(lives(stage, f"@many/p{number}" if scoped else f"p{number}", first, changes))

        try:
            story()
        finally:
            runner.run(stack.aclose())
