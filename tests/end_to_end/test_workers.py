"""`pratique serve --workers 2`: whatever worker answers, it is one server; and no request is lost when one or all of them end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.end_to_end.hammer import Tally, Wire, customer, statuses, wires
from tests.end_to_end.serving import Server, serving
from tests.end_to_end.test_serve import publish
from tests.fakes.simulator import Simulator, tarball_of

TARBALL = "/leaf/-/leaf-1.0.0.tgz"
OWN = "/-/pratique"


def workers_of(server: Server) -> list[int]:
    """The processes that it has started; none once it has ended."""
    pid = server.process.pid
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def logged(home: Path, event: str) -> list[dict[str, Any]]:
    """What is in its log."""
    found = [json.loads(line) for line in (home / "log").read_text().splitlines() if line.startswith("{")]
    return [each for each in found if each["event"] == event]


class Admin:
    """Whoever has the token of the greeting."""

    def __init__(self, server: Server, session: aiohttp.ClientSession) -> None:
        self.url, self.session = server.url, session
        found = re.findall("PRATIQUE_TOKEN=(prq_.*)", server.greeting)
        assert len(found) == 1
        self.token = found[0]

    async def ask(self, method: str, path: str, body: object = None, expect: int = 200) -> Any:
        """Its JSON."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.request(method, f"{self.url}{OWN}/v1/{path}", json=body, headers=headers) as response:
            assert response.status == expect, await response.text()
            return await response.json()

    async def decide(self, action: str, subject: str) -> int:
        """The number of a decision."""
        body = {"action": action, "subject": subject, "reason": "a test"}
        return int((await self.ask("POST", "decisions", body, 201))["decision"]["id"])


@asynccontextmanager
async def two(home: Path, upstream: Simulator, *more: str) -> AsyncIterator[tuple[Server, Admin]]:
    """A server with two workers."""
    publish(upstream)
    async with (
        serving(home, "--workers", "2", "--upstream", upstream.url, *more) as server,
        aiohttp.ClientSession() as session,
    ):
        yield server, Admin(server, session)


async def until(reached: Callable[[], bool]) -> None:
    """Return when something that tells nobody has come about."""
    async with asyncio.timeout(20):
        while True:
            if reached():
                return
            await asyncio.sleep(0.02)


async def counted_to(url: str, name: str, least: float) -> float:
    """A count, once whichever worker is asked has it that high."""
    async with asyncio.timeout(10):
        while True:
            if (found := await counted(url, name)) >= least:
                return found
            await asyncio.sleep(0.1)


async def restarted(server: Server, before: Sequence[int]) -> None:
    """Return when others have taken the place of all who were there before, and both answer."""
    await until(lambda: len(workers_of(server)) >= len(before) and not set(workers_of(server)) & set(before))
    async with asyncio.timeout(20), wires(server.url, 20):
        pass


async def counted(url: str, name: str) -> float:
    """A count, as whichever worker is asked has it."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}{OWN}/metrics") as response:
        lines = (await response.text()).splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if re.match(rf"{name}(\{{|\s)", line))


async def frozen(opened: Sequence[Wire], admin: Admin) -> set[bool]:
    """Whether all new admissions are stopped, as each connection's worker says."""
    shown = {"Authorization": f"Bearer {admin.token}"}
    answers = await asyncio.gather(*(each.get(f"{OWN}/v1/decisions", **shown) for each in opened))
    return {json.loads(each.body)["frozen"] is not None for each in answers}


async def test_it_is_one_server(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, admin):
        assert "workers   2" in server.greeting
        assert len(workers_of(server)) == 2
        async with wires(server.url, 20) as opened:
            assert await statuses(opened, "/leaf") == {200}
            assert await statuses(opened, "/nothing") == {404}
            assert {each["worker"] for each in logged(tmp_path, "request")} == {0, 1}
            assert await counted_to(server.url, "pratique_requests_total", 60) < 90
        kinds = [each["kind"] for each in (await admin.ask("GET", "log"))["entries"]]
        assert kinds == ["policy-loaded", "token-created"]
        assert await server.stop() == 0
        assert not [*(tmp_path / "data" / "run").iterdir()]


async def test_what_is_decided_holds_for_all_workers_before_the_answer(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, admin), wires(server.url, 24) as opened:
        assert await statuses(opened, TARBALL) == {200}
        for _ in range(8):
            number = await admin.decide("block", "leaf@1.0.0")
            assert await statuses(opened, TARBALL) == {403}
            await admin.ask("DELETE", f"decisions/{number}?reason=a+test")
            assert await statuses(opened, TARBALL) == {200}
        await admin.decide("release", "leaf@1.1.0")
        assert await statuses(opened, "/leaf/1.1.0") == {200}
        for _ in range(4):
            await admin.ask("POST", "freeze", {"reason": "a test"}, 201)
            assert await frozen(opened, admin) == {True}
            await admin.ask("DELETE", "freeze?reason=a+test")
            assert await frozen(opened, admin) == {False}


async def test_a_token_counts_everywhere_from_its_first_answer_to_its_last(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, admin), wires(server.url, 24) as opened:
        for _ in range(4):
            made = await admin.ask("POST", "tokens", {"label": "build", "roles": ["ci"]}, 201)
            shown = {"Authorization": f"Bearer {made['secret']}"}
            assert await statuses(opened, "/-/whoami", **shown) == {200}
            await admin.ask("DELETE", f"tokens/{made['token']['id']}?reason=a+test")
            assert await statuses(opened, "/-/whoami", **shown) == {401}


async def test_one_that_takes_the_place_of_a_killed_one_knows_everything(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, admin):
        async with wires(server.url, 20) as opened:
            assert await statuses(opened, TARBALL) == {200}
        await admin.decide("block", "leaf@1.0.0")
        before = await counted_to(server.url, "pratique_requests_total", 40)
        for pid in (pids := workers_of(server)):
            os.kill(pid, signal.SIGKILL)
        await restarted(server, pids)
        assert await counted(server.url, "pratique_requests_total") >= before
        async with wires(server.url, 20) as opened:
            assert await statuses(opened, TARBALL) == {403}
        assert [each["code"] for each in logged(tmp_path, "worker-ended")] == [-9, -9]
        assert await server.stop() == 0


async def test_what_is_not_there_yet_is_fetched_once_for_all_workers(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, _), wires(server.url, 24) as opened:
        with upstream.hold("/leaf") as gate:
            for each in opened:
                each.ask("/leaf")
            await gate.reached()
            # Both workers have it on their desk.
            async with wires(server.url, 24):
                pass
        assert {each.status for each in await asyncio.gather(*(each.answer() for each in opened))} == {200}
        assert await statuses(opened, TARBALL) == {200}
        assert await statuses(opened, TARBALL) == {200}
        asked = [request.path for request in upstream.requests]
        assert asked == ["/leaf", TARBALL]


async def test_who_waits_to_be_let_in_survives_the_death_of_a_worker(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, _):
        pids = workers_of(server)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        waiting = [await Wire.to(server.url) for _ in range(20)]
        for each in waiting:
            each.ask("/-/ping")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        answers = await asyncio.gather(*(each.answer() for each in waiting))
        assert {each.status for each in answers} == {200}
        for each in waiting:
            each.close()


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_no_request_is_lost_when_it_stops(tmp_path: Path, workers: str) -> None:
    async with Simulator() as upstream:
        publish(upstream)
        async with serving(tmp_path, "--workers", workers, "--upstream", upstream.url) as server:
            tally = Tally()
            customers = [asyncio.create_task(customer(server.url, "/leaf", tally, keep=n % 2 == 0)) for n in range(16)]
            idle = await Wire.to(server.url)
            assert (await idle.get("/-/ping")).headers.get("connection") != "close"
            await tally.more(100)
            ending = asyncio.create_task(server.stop())
            await asyncio.wait_for(asyncio.gather(*customers), 20)
            assert await ending == 0
            assert tally.lost == []
            assert tally.statuses == {200}
            assert tally.last >= 8
            assert await idle.reader.read() == b""
            idle.close()


async def test_what_is_sent_on_a_kept_connection_while_it_stops_is_answered(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, _), wires(server.url, 8) as opened:
        with upstream.hold(tarball_of("leaf")) as gate:
            opened[0].ask(TARBALL)
            await gate.reached()
            ending = asyncio.create_task(server.stop())
            await until(lambda: len(logged(tmp_path, "stopping")) == 2)
            answers = await asyncio.gather(*(each.get("/-/ping") for each in opened[1:]))
            assert {(each.status, each.headers["connection"]) for each in answers} == {(200, "close")}
        held = await opened[0].answer()
        assert (held.status, held.headers["connection"]) == (200, "close")
        assert await ending == 0


async def test_workers_that_are_killed_one_after_the_other_cost_only_what_they_were_answering(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, _):
        tally = Tally()
        customers = [asyncio.create_task(customer(server.url, "/leaf", tally, keep=n % 2 == 0)) for n in range(12)]
        for _ in range(2):
            for pid in workers_of(server):
                await tally.more(50)
                os.kill(pid, signal.SIGKILL)
                await restarted(server, [pid])
        await tally.more(50)
        assert await server.stop() == 0
        await asyncio.wait_for(asyncio.gather(*customers), 20)
        assert tally.statuses == {200}
        # Nobody has more than one request under way.
        assert len(tally.lost) <= 4 * 12


async def test_workers_end_when_the_server_was_killed(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, _):
        pids = workers_of(server)
        assert await server.stop(signal.SIGKILL) == -signal.SIGKILL
        await until(lambda: not any(map(_runs, pids)))
        async with serving(tmp_path, "--workers", "2", "--upstream", upstream.url):
            assert len([*(tmp_path / "data" / "run").iterdir()]) == 1


async def test_a_worker_that_dies_again_and_again_ends_the_server(tmp_path: Path) -> None:
    async with Simulator() as upstream, two(tmp_path, upstream) as (server, _):
        async with asyncio.timeout(30):
            while server.process.returncode is None:
                for pid in workers_of(server)[:1]:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                await asyncio.sleep(0.01)
        assert await server.process.wait() == 1
        assert "ended 5 times at once (code -9)" in (tmp_path / "log").read_text()


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
