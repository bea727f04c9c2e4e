"""How young the things are that a version newly pulls in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from proxy.clock import TrustedTime
from proxy.examiner.dependencies import AT_ONCE, MOST, Dependencies
from proxy.npm.split import BadDocument, split
from proxy.registry.errors import NotFound, UpstreamDown, UpstreamFailed
from proxy.registry.interface import Packument
from proxy.shared.confined import Bounds, Confined
from quarantine.examination import Contents, YoungDependency
from quarantine.package import PackageName
from quarantine.record import Look, absorb
from tests.fakes.clock import FakeClock

LONGEST = timedelta(days=14)
APP = PackageName("app")


class Registry:
    """Documents by name, each asked for and counted; a name may stand for trouble."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._packuments: dict[str, Packument | Exception] = {}
        self._cached: dict[str, Packument] = {}
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0

    def publish(self, name: str, days: Mapping[str, float], *, cached: bool = False, **tags: str) -> None:
        """Versions and how many days old they are; seen already where they are cached."""
        found = self._packuments[name] = self._made(name, days, tags)
        if cached:
            self._cached[name] = found

    def publish_unseen(self, name: str, days: Mapping[str, float], *, stale: bool = False) -> None:
        """What only a look would show; `stale`: or would not."""
        self._packuments[name] = replace(self._made(name, days, {}), stale=stale)

    def _made(self, name: str, days: Mapping[str, float], tags: Mapping[str, str]) -> Packument:
        now = self._clock.now()
        body = {
            "name": name,
            "dist-tags": tags,
            "versions": {
                each: {"name": name, "version": each, "dist": {"tarball": "https://registry.example/x.tgz", "shasum": "0" * 40}}
                for each in days
            },
            "time": {each: (now - timedelta(days=age)).isoformat() for each, age in days.items()},
        }
        document = split(json.dumps(body).encode(), name)
        record = absorb(PackageName(name), None, Look(now, document.seen(), document.tags)).record
        return Packument(document, record)

    def fail(self, name: str, error: Exception) -> None:
        self._packuments[name] = error

    async def known(self, name: PackageName) -> Packument | None:
        return self._cached.get(name)

    async def packument(self, name: PackageName, newer_than: datetime | None = None) -> Packument:
        self.asked.append(name)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        found = self._packuments.get(name, NotFound(f"no {name}"))
        if isinstance(found, Exception):
            raise found
        return found


class Scene:
    """A registry, and who asks it."""

    def __init__(self, confined: Confined) -> None:
        self.clock = FakeClock()
        self.registry = Registry(self.clock)
        self.dependencies = Dependencies(self.registry, confined, TrustedTime(self.clock), LONGEST)

    async def young(self, now: Mapping[str, str], before: Mapping[str, str] | None = None) -> list[tuple[str, float, bool]]:
        """Names, ages in days, and whether it is the package."""
        found = await self.dependencies.young(APP, contents(now), contents(before) if before is not None else None)
        return [(each.name, self._days(each), each.package) for each in found]

    def _days(self, each: YoungDependency) -> float:
        return round((self.clock.now() - each.started) / timedelta(days=1), 3)


def contents(dependencies: Mapping[str, str]) -> Contents:
    return Contents(1, 1, 1, dependencies=tuple(dependencies.items()))


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    confined = Confined(Bounds(2**29))
    yield Scene(confined)
    confined.close()


async def test_a_range_that_something_old_satisfies_is_not_young(scene: Scene) -> None:
    scene.registry.publish("lib", {"1.0.0": 400, "1.1.0": 1})
    assert await scene.young({"lib": "^1.0.0"}) == []


async def test_a_range_that_only_young_versions_satisfy_is_as_old_as_the_oldest_of_them(scene: Scene) -> None:
    scene.registry.publish("lib", {"1.0.0": 400, "2.0.0": 3, "2.0.1": 1})
    assert await scene.young({"lib": "^2.0.0"}) == [("lib", 3, False)]


async def test_a_young_package_is_told_of_as_such(scene: Scene) -> None:
    scene.registry.publish("lib", {"1.0.0": 5, "1.0.1": 1})
    assert await scene.young({"lib": "^1.0.0"}) == [("lib", 5, True)]
    assert await scene.young({"lib": "1.0.1"}) == [("lib", 5, True), ("lib", 1, False)]


async def test_only_what_is_new_or_changed_is_asked_about(scene: Scene) -> None:
    for name in ("same", "changed", "added"):
        scene.registry.publish(name, {"1.0.0": 1})
    now, before = {"same": "^1.0.0", "changed": "^1.0.0", "added": "^1.0.0"}, {"same": "^1.0.0", "changed": "^0.9.0"}
    assert sorted(await scene.young(now, before)) == [("added", 1, True), ("changed", 1, True)]
    assert sorted(scene.registry.asked) == ["added", "changed"]


async def test_what_is_cached_is_not_asked_for(scene: Scene) -> None:
    scene.registry.publish("lib", {"1.0.0": 1}, cached=True)
    assert await scene.young({"lib": "^1.0.0"}) == [("lib", 1, True)]
    assert scene.registry.asked == []


async def test_a_cached_document_in_which_nothing_satisfies_is_too_old_to_say_so(scene: Scene) -> None:
    scene.registry.publish("lib", {"1.0.0": 400}, cached=True)
    scene.registry.publish_unseen("lib", {"1.0.0": 400, "2.0.0": 0})
    assert await scene.young({"lib": "^2.0.0"}) == [("lib", 0, False)]
    assert scene.registry.asked == ["lib"]


async def test_what_cannot_be_looked_at_again_is_left_open(scene: Scene) -> None:
    scene.registry.publish("lib", {"1.0.0": 400}, cached=True)
    scene.registry.publish_unseen("lib", {"1.0.0": 400}, stale=True)
    with pytest.raises(UpstreamFailed, match="does not tell of lib"):
        await scene.young({"lib": "^2.0.0"})


async def test_an_alias_is_asked_about_by_its_real_name_and_told_by_its_own(scene: Scene) -> None:
    scene.registry.publish("real", {"1.0.0": 400, "2.0.0": 1})
    assert await scene.young({"called": "npm:real@^2.0.0"}) == [("called", 1, False)]
    assert scene.registry.asked == ["real"]


async def test_a_dist_tag_leads_to_its_version(scene: Scene) -> None:
    scene.registry.publish("lib", {"1.0.0": 400, "2.0.0": 1}, next="2.0.0")
    assert await scene.young({"lib": "next"}) == [("lib", 1, False)]
    assert await scene.young({"lib": "beta"}) == []


async def test_what_no_registry_serves_and_what_is_no_name_is_not_asked_about(scene: Scene) -> None:
    specs = {
        "git": "git+https://git.example/a.git",
        "file": "file:../a",
        "url": "https://files.example/a.tgz",
        "Not A Name": "^1",
    }
    assert await scene.young({**specs, "app": "^1.0.0"}) == []
    assert scene.registry.asked == []


async def test_what_nobody_can_install_is_passed_over(scene: Scene) -> None:
    scene.registry.fail("broken", BadDocument("no JSON"))
    scene.registry.publish("lib", {"1.0.0": 1})
    assert await scene.young({"missing": "^1.0.0", "broken": "^1.0.0", "lib": "^7.0.0"}) == []


async def test_one_that_could_not_be_asked_about_leaves_everything_open(scene: Scene) -> None:
    scene.registry.fail("down", UpstreamDown("down"))
    scene.registry.publish("lib", {"1.0.0": 1})
    with pytest.raises(UpstreamFailed, match="down"):
        await scene.young({"lib": "^1.0.0", "down": "^1.0.0"})


async def test_there_is_an_end_to_how_many_are_asked_about_and_at_once(scene: Scene) -> None:
    names = [f"lib{number}" for number in range(MOST + 10)]
    for name in names:
        scene.registry.publish(name, {"1.0.0": 400})
    assert await scene.young(dict.fromkeys(names, "^1.0.0")) == []
    assert len(scene.registry.asked) == MOST
    assert scene.registry.most_at_once == AT_ONCE
