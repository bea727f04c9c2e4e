"""Young versions wait until somebody has looked into them; old ones are served meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Fault
from tests.fakes.workers import two_workers
from tests.proxy.examiner.scene import DAY, Scene, ambiguous, scene
from tests.proxy.registry.world import MINUTE, world

POSTINSTALL = {"scripts": {"postinstall": "node steal.js"}}


async def young(there: Scene, **more: Any) -> None:
    """An old version, and one that is a day old when it is first seen and whose hold has ended since."""
    there.publish()
    there.publish(version="1.1.0", ago=DAY, **more)
    await there.versions()
    there.advance(7 * DAY)


async def test_a_young_version_is_withheld_until_it_is_examined_and_then_admitted(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there)
        assert await there.versions() == ["1.0.0"]
        assert await there.verdict("1.1.0") == ("withheld", {"not-examined": "its tarball has not been examined yet"})
        assert await there.fetch("1.1.0") == 403
        await there.examine()
        assert await there.versions() == ["1.0.0", "1.1.0"]
        assert await there.verdict("1.1.0") == ("admitted", {})


async def test_an_examination_says_nothing_of_age(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(version="1.1.0", ago=DAY)
        there.publish()
        await there.versions()
        assert (await there.verdict("1.1.0"))[1].keys() == {"age", "not-examined"}
        await there.examine()
        assert (await there.verdict("1.1.0"))[1].keys() == {"age"}


async def test_a_version_that_begins_to_run_something_waits_for_a_person(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, manifest=POSTINSTALL)
        assert await there.examine() == 2
        verdict, findings = await there.verdict("1.1.0")
        assert verdict == "withheld"
        assert findings["install-script-added"] == "it runs postinstall (node steal.js) when installed, which 1.0.0 did not"
        assert await there.versions() == ["1.0.0"]
        assert await there.metric("pratique_examined_total") == 2
        assert await there.metric("pratique_examined_scripts_total") == 1


async def test_a_version_that_runs_what_its_predecessor_ran_is_admitted(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(manifest=POSTINSTALL)
        there.publish(version="1.1.0", ago=DAY, manifest=POSTINSTALL)
        await there.versions()
        there.advance(7 * DAY)
        await there.examine()
        assert await there.verdict("1.1.0") == ("admitted", {"install-scripts": "it runs postinstall when installed"})


async def test_two_versions_in_a_row_do_not_vouch_for_each_other(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0", ago=DAY + MINUTE, manifest=POSTINSTALL)
        there.publish(version="1.1.1", ago=DAY, manifest=POSTINSTALL)
        await there.versions()
        await there.examine()
        for version in ("1.1.0", "1.1.1"):
            assert "which 1.0.0 did not" in (await there.verdict(version))[1]["install-script-added"]


async def test_a_version_that_waits_for_a_person_vouches_for_none_after_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there, manifest=POSTINSTALL)
        await there.examine()
        there.publish(version="1.2.0", ago=0 * DAY, manifest=POSTINSTALL)
        there.advance(6 * MINUTE)
        await there.versions()
        await there.examine()
        assert "which 1.0.0 did not" in (await there.verdict("1.2.0"))[1]["install-script-added"]


async def test_the_first_version_of_a_package_has_no_predecessor(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(ago=DAY, manifest=POSTINSTALL)
        await there.status("/left-pad")
        assert await there.examine() == 1
        found = await there.examination("1.0.0")
        assert found is not None
        assert (found.alone, found.since) == (True, None)
        assert (await there.verdict("1.0.0"))[1].keys() == {"age", "new-package", "install-scripts"}


async def test_an_old_version_is_served_while_it_waits_and_withheld_once_it_turns_out_ambiguous(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(tarball=ambiguous("1.0.0"))
        assert await there.fetch("1.0.0") == 200
        assert await there.fetch("1.0.0") == 200
        assert await there.metric("pratique_examiner_waiting") == 1
        assert await there.examine() == 1
        assert await there.fetch("1.0.0") == 403
        verdict, findings = await there.verdict("1.0.0")
        assert verdict == "withheld"
        assert "read in more than one way" in findings["ambiguous-archive"]
        assert await there.metric("pratique_examined_ambiguous_total") == 1
        assert await there.metric("pratique_examiner_waiting") == 0


async def test_of_an_old_version_nothing_but_itself_is_fetched(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish()
        there.publish(version="1.1.0")
        assert await there.fetch("1.1.0") == 200
        assert await there.examine() == 1
        assert (there.fetched("1.0.0"), there.fetched("1.1.0")) == (0, 1)
        assert await there.fetch("1.1.0") == 200


async def test_what_was_examined_is_not_examined_again_nor_after_a_restart(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there)
        assert await there.examine() == 2
        assert await there.fetch("1.1.0") == 200
        assert await there.examine() == 0
        async with world(tmp_path, examiner={"enabled": True}) as after:
            again = Scene(there.upstream, after.proxy, tmp_path)
            assert await again.examine() == 0


async def test_a_young_version_whose_hold_ended_long_ago_is_examined_when_it_is_missed(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there)
        there.advance(90 * DAY)
        assert await there.examine() == 0
        assert await there.versions() == ["1.0.0"]
        assert await there.examine() == 2
        assert await there.versions() == ["1.0.0", "1.1.0"]


async def test_a_denial_is_a_reason_to_examine_too(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there)
        there.advance(90 * DAY)
        assert await there.fetch("1.1.0") == 403
        assert there.examiner.waiting == 1
        await there.examine()
        assert await there.fetch("1.1.0") == 200


async def test_what_cannot_be_fetched_now_is_tried_again_later_and_is_on_no_record(tmp_path: Path) -> None:
    async with scene(tmp_path, upstream={"retries": 0}) as there:
        await young(there)
        fault = there.upstream.fault("/left-pad/-/left-pad-1.1.0.tgz", Fault.status(503))
        assert await there.examine() == 0
        fault.times = 0
        assert await there.examination("1.1.0") is None
        assert await there.examine() == 0
        there.advance(2 * MINUTE)
        assert await there.examine() == 2
        assert await there.versions() == ["1.0.0", "1.1.0"]


async def test_one_registry_that_is_down_is_asked_once_a_round(tmp_path: Path) -> None:
    async with scene(tmp_path, upstream={"retries": 0}) as there:
        for name in ("one", "two", "three"):
            there.publish(name, ago=DAY)
            await there.status(f"/{name}")
        there.upstream.fault(lambda asked: asked.path.endswith(".tgz"), Fault.status(503))
        assert await there.examine() == 0
        assert there.upstream.count(lambda asked: asked.path.endswith(".tgz")) == 1


async def test_what_the_upstream_does_not_have_is_left_alone_for_an_hour(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        await young(there)
        there.upstream.fault("/left-pad/-/left-pad-1.1.0.tgz", Fault.status(404))
        assert await there.examine() == 0
        there.advance(50 * MINUTE)
        assert await there.examine() == 0
        assert there.fetched("1.1.0") == 1
        there.advance(11 * MINUTE)
        await there.examine()
        assert there.fetched("1.1.0") == 2


async def test_a_predecessor_whose_bytes_are_gone_is_passed_over(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish(version="0.9.0", ago=500 * DAY)
        await young(there, manifest=POSTINSTALL)
        there.upstream.fault("/left-pad/-/left-pad-1.0.0.tgz", Fault.status(404))
        await there.examine()
        assert "which 0.9.0 did not" in (await there.verdict("1.1.0"))[1]["install-script-added"]


async def test_a_young_dependency_holds_a_version_until_it_is_old_enough_itself(tmp_path: Path) -> None:
    async with scene(tmp_path) as there:
        there.publish("lib", ago=400 * DAY)
        there.publish("lib", "2.0.0", ago=0 * DAY)
        there.publish()
        there.publish(version="1.1.0", ago=6 * DAY, dependencies={"lib": "^2.0.0", "missing": "^1.0.0"})
        await there.versions()
        await there.examine()
        there.advance(2 * DAY)
        verdict, findings = await there.verdict("1.1.0")
        assert verdict == "withheld"
        assert findings.keys() == {"young-dependency"}
        there.advance(5 * DAY + MINUTE)
        assert "1.1.0" in await there.versions()


async def test_while_a_dependency_cannot_be_asked_about_nothing_is_on_record(tmp_path: Path) -> None:
    async with scene(tmp_path, upstream={"retries": 0, "negative": "1s"}) as there:
        await young(there, dependencies={"lib": "^1.0.0"})
        fault = there.upstream.fault("/lib", Fault.status(503))
        await there.examine()
        assert await there.examination("1.1.0") is None
        fault.times = 0
        there.advance(2 * MINUTE)
        await there.examine()
        assert await there.examination("1.1.0") is not None


async def test_nothing_is_examined_where_that_is_switched_off(tmp_path: Path) -> None:
    async with world(tmp_path, examiner={"enabled": False}) as there:
        there.publish(tarball=ambiguous("1.0.0"))
        there.publish(version="1.1.0", ago=DAY, manifest=POSTINSTALL)
        await there.versions()
        there.advance(7 * DAY)
        assert await there.versions() == ["1.0.0", "1.1.0"]
        assert there.proxy.built.examination is None


async def test_what_one_worker_has_examined_counts_for_the_other(tmp_path: Path) -> None:
    async with scene(tmp_path / "first") as there:
        there.publish()
        there.publish(version="1.1.0", ago=DAY)
        sections = {"examiner": {"enabled": True}}
        async with two_workers(there.upstream, tmp_path / "second", there.proxy.clock, **sections) as (one, two):
            for each in (one, two):
                await each.json("/left-pad")
                await each.built.usage.flush()
            there.advance(7 * DAY)
            for each in (one, two):
                assert list((await each.json("/left-pad"))["versions"]) == ["1.0.0"]
            rounds = [each.built.examination.examiner.round(10) for each in (one, two) if each.built.examination is not None]
            assert [await each for each in rounds] == [2, 0]
            for each in (two, one):
                assert list((await each.json("/left-pad"))["versions"]) == ["1.0.0", "1.1.0"]


async def test_what_was_let_in_before_examining_was_switched_on_stays_in_and_what_was_not_waits(tmp_path: Path) -> None:
    async with world(tmp_path) as before:
        before.publish()
        before.publish(version="1.1.0", ago=DAY)
        before.publish(version="1.2.0", ago=0 * DAY)
        await before.versions()
        before.advance(6 * DAY + MINUTE)
        assert await before.versions() == ["1.0.0", "1.1.0"]
        await before.settle()
        upstream = before.upstream
        async with running_proxy(upstream.url, tmp_path, before.proxy.clock, examiner={"enabled": True}) as proxy:
            there = Scene(upstream, proxy, tmp_path)
            assert await there.versions() == ["1.0.0", "1.1.0"]
            there.advance(DAY + MINUTE)
            assert await there.versions() == ["1.0.0", "1.1.0"]
            await there.examine()
            assert await there.versions() == ["1.0.0", "1.1.0", "1.2.0"]
