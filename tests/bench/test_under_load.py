"""What is served under load is what is served unloaded, while time passes and people decide; and a block holds at once."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tests.bench.asks import VARIANTS
from tests.bench.crowd import Answers, Asked, Event, Outcome, ask_all, crowd, one_by_one
from tests.bench.wire import Line
from tests.end_to_end.serving import environment, serving
from tests.end_to_end.world import World
from tests.fakes.simulator import Simulator
from tests.proxy.web.api import Caller, credential

NAMES = ["leaf", "@scope/branch", "trunk", "root"]
AGES = {"1.0.0": 400.0, "1.1.0": 300.0, "1.2.0": 100.0, "1.3.0-beta.1": 90.0, "2.0.0": 30.0, "2.1.0": 3.0}
"""Version -> days; 2.1.0 waits for four more of them."""

SIZES = {"1.0.0": 3_000, "1.1.0": 70_000, "2.0.0": 1_300_000}
REQUESTS = 640
WORKERS = [1, 2]


def publish(upstream: Simulator, name: str) -> None:
    """Six versions with tarballs of all sizes, one of them too large to be verified before its first byte goes out."""
    for version, days in AGES.items():
        body = Random(f"{name}{version}").randbytes(SIZES.get(version, 8_000))
        upstream.publish(name, version, at=upstream.now - timedelta(days=days), files={"index.js": body})


def questions(name: str) -> list[Asked]:
    """Everything that is asked about a package, before anything is known of it."""
    encoded, stem = name.replace("/", "%2f"), name.rpartition("/")[2]
    documents = [Asked.of(f"/{encoded}", headers) for headers in VARIANTS.values()]
    parts = [Asked.of(path, VARIANTS["full plain"]) for path in (f"/{encoded}/latest", f"/-/package/{encoded}/dist-tags")]
    return documents + parts + [Asked.of(f"/{name}/-/{stem}-{version}.tgz", {}) for version in AGES]


def conditional(unloaded: Mapping[Asked, Outcome]) -> list[Asked]:
    """The same again, of somebody who kept what was served."""
    kept = {asked: dict(outcome.headers).get("etag") for asked, outcome in unloaded.items() if outcome.status == 200}
    return [Asked.of(asked.path, {**dict(asked.headers), "If-None-Match": etag}) for asked, etag in kept.items() if etag]


async def compared(url: str, asked: list[Asked], seed: int) -> dict[Asked, Outcome]:
    """Ask under load, cold as things are; then each alone. All answers must be those."""
    random = Random(seed)
    requests = [*asked, *random.choices(asked, k=REQUESTS - len(asked))]
    random.shuffle(requests)
    async with crowd(url) as lines:
        events = await ask_all(lines, requests)
    assert len(events) == REQUESTS
    unloaded = await one_by_one(url, asked)
    seen: defaultdict[Asked, set[Outcome]] = defaultdict(set)
    for event in events:
        seen[event.asked].add(event.outcome)
    odd = {
        each: (unloaded[each], *(outcomes - {unloaded[each]})) for each, outcomes in seen.items() if outcomes != {unloaded[each]}
    }
    assert not odd, "\n".join(f"{each}: {outcomes}" for each, outcomes in odd.items())
    return unloaded


async def test_load_changes_no_byte_while_time_passes_and_people_decide(world: World) -> None:
    for name in NAMES:
        publish(world.upstream, name)
    everything = [each for name in NAMES for each in questions(name)]
    async with world.proxy() as proxy:
        admin = Caller(proxy, (await credential(proxy, "admin")).token)

        cold = await compared(proxy.url, everything, 1)
        assert {outcome.status for outcome in cold.values()} == {200, 403}
        assert "2.1.0" not in listed(cold, "leaf")
        warm = await compared(proxy.url, everything, 2)
        assert warm == cold
        again = conditional(warm)
        assert {outcome.status for outcome in (await compared(proxy.url, again, 3)).values()} == {304}

        assert (await admin.decide("release", "leaf@2.1.0")).status == 201
        assert (await admin.decide("block", "trunk@2.0.0")).status == 201
        decided = await compared(proxy.url, [*everything, *again], 4)
        assert "2.1.0" in listed(decided, "leaf")
        assert "2.0.0" not in listed(decided, "trunk")
        assert decided[tarball("trunk", "2.0.0")].status == 403
        changed = {each.path for each in again if decided[each].status == 200}
        assert {"/leaf", "/trunk"} <= changed
        assert not any("branch" in path or "root" in path for path in changed)

        world.advance(days=4, minutes=30)
        matured = await compared(proxy.url, [*everything, *again], 5)
        assert all("2.1.0" in listed(matured, name) for name in NAMES)
        assert "2.0.0" not in listed(matured, "trunk")


async def test_answers_under_way_while_people_decide_are_of_before_or_after(world: World) -> None:
    """Nothing in between: no document that lists half of it, no old document under a new ETag."""
    for name in NAMES:
        publish(world.upstream, name)
    asked = questions("leaf")
    async with world.proxy() as proxy:
        admin = Caller(proxy, (await credential(proxy, "admin")).token)
        states = [await one_by_one(proxy.url, asked)]
        number = None
        for turn in range(6):
            async with crowd(proxy.url) as lines:
                answers = Answers()
                loading = asyncio.create_task(ask_all(lines, Random(turn).choices(asked, k=REQUESTS // 3), answers))
                await answers.more(20)
                if number is None:
                    number = (await admin.decide("block", "leaf@2.0.0")).body["decision"]["id"]
                else:
                    await admin.withdraw(number)
                    number = None
                events = await loading
            states.append(await one_by_one(proxy.url, asked))
            allowed = {each: {states[-2][each], states[-1][each]} for each in asked}
            assert [event.asked for event in events if event.outcome not in allowed[event.asked]] == []
        assert ["2.0.0" in listed(state, "leaf") for state in states] == [True, False] * 3 + [True]
        assert states[0] == states[2] == states[4] == states[6]
        assert states[1] == states[3] == states[5] != states[0]


@pytest.mark.parametrize("workers", WORKERS)
async def test_nothing_blocked_is_served_once_the_order_was_answered(workers: int, tmp_path: Path) -> None:
    quiet = environment(tmp_path, PRATIQUE_LOG__LEVEL="warning")
    async with Simulator() as upstream:
        publish(upstream, "leaf")
        async with serving(tmp_path, "--upstream", upstream.url, "--workers", str(workers), env=quiet) as server:
            token = re.search(r"PRATIQUE_TOKEN=(\S+)", server.greeting)
            assert token
            asked = [each for each in questions("leaf") if not each.path.endswith(".tgz") or "-2.0.0." in each.path]
            before = await one_by_one(server.url, asked)
            asked += conditional(before)
            done, order = await raced(server.url, asked, token[1])
            late = [event for event in done if event.begun > order]
            early = [event for event in done if event.begun <= order]
            assert len(done) == 1000
            assert len(late) > 300
            assert any(shows(event, "2.0.0", before) for event in early)
            assert [event.asked for event in late if shows(event, "2.0.0", before)] == []
            assert await server.stop() == 0


async def raced(url: str, asked: list[Asked], token: str) -> tuple[list[Event], float]:
    """1,000 requests; after a third of them the block. When its answer had come, beside what they were answered."""
    requests = Random(6).choices(asked, k=1000)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"action": "block", "subject": "leaf@2.0.0", "reason": "it steals"}).encode()
    done: list[Event] = []
    answers = Answers()
    async with crowd(url) as lines, crowd(url, 1) as (desk,):

        async def order() -> float:
            answer = await desk.ask("POST", "/-/pratique/v1/decisions", headers, body)
            told = time.perf_counter()
            assert answer.status == 201
            return told

        async def ask(line: Line, part: list[Asked]) -> None:
            done.extend(await ask_all([line], part, answers))

        # The last third waits for the answer, so that however slow the order is there is something that came after it.
        early = [requests[n:667:32] for n in range(32)]
        loading = [asyncio.create_task(ask(line, part)) for line, part in zip(lines, early, strict=True)]
        await answers.more(60)
        told = await order()
        await asyncio.gather(*loading)
        await asyncio.gather(*(ask(line, requests[667 + n :: 32]) for n, line in enumerate(lines)))
    return done, told


def shows(event: Event, version: str, before: Mapping[Asked, Outcome]) -> bool:
    """Whether an answer serves the version, or says that a document which lists it is still the right one."""
    if event.answer.status == 304:
        return True
    if event.answer.status != 200:
        return False
    if event.asked.path.endswith(".tgz"):
        return True
    document = json.loads(event.answer.content)
    return version in document.get("versions", {}) or version in (document.get("version"), document.get("latest"))


def listed(outcomes: Mapping[Asked, Outcome], name: str) -> set[str]:
    """The versions in the document that was served."""
    outcome = outcomes[Asked.of(f"/{name.replace('/', '%2f')}", VARIANTS["full plain"])]
    assert outcome.status == 200
    return set(json.loads(outcome.body)["versions"])


def tarball(name: str, version: str) -> Asked:
    """The question for it."""
    return Asked.of(f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz", {})
