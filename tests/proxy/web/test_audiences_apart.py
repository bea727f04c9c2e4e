"""What an audience sees is what a proxy shows that has its settings for everybody, on every route and in any order of asking."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.proxy import running_proxy
from tests.fakes.simulator import Fault
from tests.proxy.web.api import Caller, credential
from tests.proxy.web.audiences import AUDIENCES, HOLDS, paths_of, sections_for, seen
from tests.proxy.web.scene import ABBREVIATED, DAY, Scene, scene

NAMES = ("lib", "@s/p", "fresh", "wide")
TREE = {"lib": ["1.0.0", "1.2.0"], "@s/p": ["1.0.0"], "fresh": ["0.1.0"], "wide": ["1.0.0"]}


def more(stage: Scene) -> None:
    """Versions between all the holds."""
    for number, days in enumerate((400, 29, 13, 8, 6, 3, 1)):
        stage.publish("wide", f"1.{number}.0", days)
        stage.upstream.attestations[f"wide@1.{number}.0"] = {"attestations": []}
    stage.publish("wide", "2.0.0-beta.1", 4, tag="next")


async def readers(stage: Scene) -> dict[str | None, Caller]:
    return {name: await credential(stage.proxy, "reader", audience=name) for name in HOLDS}


@pytest.mark.parametrize("backwards", [False, True])
async def test_every_route_shows_what_a_proxy_with_these_settings_shows(tmp_path: Path, backwards: bool) -> None:
    async with scene(tmp_path / "one", audiences=AUDIENCES) as stage:
        more(stage)
        paths = paths_of(stage.upstream, NAMES)
        order = list((await readers(stage)).items())
        got = {name: await seen(reader, paths, TREE) for name, reader in (order[::-1] if backwards else order)}
        got["nobody"] = await seen(Caller(stage.proxy), paths, TREE)
        assert got["nobody"] == got[None]
        for name in HOLDS:
            async with running_proxy(stage.upstream.url, tmp_path / str(name), stage.clock, **sections_for(name)) as proxy:
                alone = await seen(Caller(proxy), paths, TREE)
            assert got[name].keys() == alone.keys()
            for path, expected in alone.items():
                assert got[name][path] == expected, (name, path)
    latest: dict[Any, Any] = {name: got[name]["/-/package/wide/dist-tags"][1] for name in HOLDS}
    assert len(set(latest.values())) == len(HOLDS)


async def test_a_validator_of_one_audience_confirms_nothing_to_another(tmp_path: Path) -> None:
    async with scene(tmp_path, audiences=AUDIENCES) as stage:
        more(stage)
        everybody = await readers(stage)
        paths = ("/wide", "/wide/latest", "/wide/-/wide-1.5.0.tgz")
        for path in paths:
            for accept in ("application/json", ABBREVIATED):
                answers = {name: await each.ask("GET", path, Accept=accept) for name, each in everybody.items()}
                for (name, asker), (other, answer) in itertools.product(everybody.items(), answers.items()):
                    if answer.status != 200:
                        continue
                    again = await asker.ask("GET", path, Accept=accept, If_None_Match=answer.headers["ETag"])
                    same = answers[name].status == 200 and answers[name].body == answer.body
                    assert again.status == (304 if same else answers[name].status), (path, name, other)
                    assert again.body == (b"" if same else answers[name].body)


async def test_bytes_that_did_not_match_for_one_are_kept_from_all(tmp_path: Path) -> None:
    async with scene(tmp_path, audiences=AUDIENCES) as stage:
        everybody = await readers(stage)
        tarball = "/lib/-/lib-1.0.0.tgz"
        for each in everybody.values():
            assert (await each.ask("GET", "/lib")).status == 200
        stage.upstream.fault(tarball, Fault.corrupt())
        assert await everybody["slow"].status("GET", tarball) == 403
        fetched = stage.upstream.count(tarball)
        for name, each in everybody.items():
            assert await each.status("GET", tarball, If_None_Match="*") == 403, name
            assert "1.0.0" not in (await each.ask("GET", "/lib")).body["versions"]
        assert stage.upstream.count(tarball) == fetched


def test_no_memory_of_one_audience_answers_another(tmp_path: Path) -> None:
    """Audiences, variants and time in any order, with decisions between: always what the verdicts of that audience say."""
    numbers = itertools.count()
    asked = st.tuples(st.sampled_from(list(HOLDS)), st.sampled_from(["application/json", ABBREVIATED, "latest", "tarball"]))
    decided = st.tuples(st.sampled_from(["block", "hold"]), st.sampled_from(list(HOLDS)))
    passed = st.sampled_from([timedelta(minutes=1), DAY, 3 * DAY])

    async def story(stage: Scene, everybody: dict[str | None, Caller], admin: Caller, steps: list[Any]) -> None:
        name = f"p{next(numbers)}"
        ages = {f"1.{number}.0": days for number, days in enumerate((400, 31, 20, 10, 5, 1))}
        for version, days in ages.items():
            stage.publish(name, version, days)
        born = {version: stage.clock.now() - days * DAY for version, days in ages.items()}
        shut: set[str | None] = set()
        for step in steps:
            if isinstance(step, timedelta):
                stage.pass_by(step)
            elif step[0] in {"block", "hold"}:
                audience = step[1]
                done = await admin.decide(step[0], f"{name}@1.0.0", audience=audience)
                assert done.status in {201, 409}
                shut |= {audience} if audience else set(HOLDS)
                if step[0] == "hold":
                    # In observe mode a hold is only said.
                    shut -= {"watching"} - blocked(stage, name)
            else:
                audience, what = step
                expected = [
                    version
                    for version, at in born.items()
                    if stage.clock.now() - at >= hold_of(audience) and not (version == "1.0.0" and audience in shut)
                ]
                await agrees(everybody[audience], name, what, expected)

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        stage = runner.run(stack.enter_async_context(scene(tmp_path, audiences=AUDIENCES)))
        everybody = runner.run(readers(stage))
        admin = runner.run(credential(stage.proxy, "admin"))

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(st.one_of(asked, asked, asked, decided, passed), min_size=4, max_size=14))
        def told(steps: list[Any]) -> None:
            runner.run(story(stage, everybody, admin, steps))

        try:
            told()
        finally:
            runner.run(stack.aclose())


def hold_of(audience: str | None) -> timedelta:
    return {"quick": 2 * DAY, "slow": 30 * DAY, "watching": 0 * DAY}.get(audience or "", 7 * DAY)


def blocked(stage: Scene, name: str) -> set[str]:
    """Whether the audience that observes has a block, which counts there too."""
    decisions = stage.proxy.built.services.board.of(name)  # type: ignore[arg-type]
    return (
        {"watching"} if any(str(each.action) == "block" and each.audience in {None, "watching"} for each in decisions) else set()
    )


async def agrees(reader: Caller, name: str, what: str, expected: list[str]) -> None:
    if what == "tarball":
        for version in ("1.0.0", "1.3.0"):
            status = await reader.status("GET", f"/{name}/-/{name}-{version}.tgz", If_None_Match="*")
            assert status == (304 if version in expected else 403), (version, expected)
    elif what == "latest":
        answer = await reader.ask("GET", f"/{name}/latest")
        assert (answer.status == 200) == bool(expected)
        assert not expected or answer.body["version"] == expected[-1]
    else:
        answer = await reader.ask("GET", f"/{name}", Accept=what)
        assert (list(answer.body["versions"]) if answer.status == 200 else []) == expected
