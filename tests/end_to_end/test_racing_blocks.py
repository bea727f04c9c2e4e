"""A thousand requests of all kinds race an administrator: none that was sent after the answer gets what was taken away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.end_to_end.hammer import Wire, statuses, wires
from tests.end_to_end.serving import Server
from tests.end_to_end.test_examined import until
from tests.end_to_end.test_workers import Admin, logged, two
from tests.fakes.simulator import Simulator

REQUESTS = 1000
FIRST = 250
"""So many are answered before the administrator says anything."""
LATE = 300
"""At least so many are sent after the administrator has heard that it is done."""


@dataclass(frozen=True)
class Question:
    """One request."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()

    async def ask(self, wire: Wire) -> tuple[int, dict[str, str], bytes]:
        """Its answer, on a connection that stays open."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1", *(f"{key}: {value}" for key, value in self.headers)]
        wire.writer.write("\r\n".join([*lines, "", ""]).encode())
        head = (await wire.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        status, headers = int(head[0].split(" ")[1]), dict(line.lower().split(": ", 1) for line in head[1:] if line)
        bodiless = self.method == "HEAD" or status == 304
        body = b"" if bodiless else await wire.reader.readexactly(int(headers["content-length"]))
        return status, headers, body


@dataclass
class Race:
    """What was asked when, and what came of it."""

    asked: list[tuple[float, Question, int, bytes]] = field(default_factory=list)
    said: float = float("inf")
    """When the administrator had the answer."""
    before: datetime | None = None
    """The same by the wall clock."""

    @property
    def early(self) -> list[tuple[Question, int, bytes]]:
        """What was answered when nobody had said anything."""
        return [(question, status, body) for _, question, status, body in self.asked[:FIRST]]

    @property
    def late(self) -> list[tuple[Question, int, bytes]]:
        """What was sent when it was done."""
        return [(question, status, body) for sent, question, status, body in self.asked if sent > self.said]


async def questions(url: str, version: str, **headers: str) -> list[Question]:
    """Everything by which one gets a version: whole, in part, only its headers, or as confirmation of what one has."""
    shown = tuple(headers.items())
    whole = [Question("GET", path, shown) for path in ("/leaf", f"/leaf/{version}", f"/leaf/-/leaf-{version}.tgz")]
    wire = await Wire.to(url)
    kept = []
    for each in whole:
        status, answered, _ = await each.ask(wire)
        if status == 200:
            kept.append(Question("GET", each.path, (*shown, ("If-None-Match", answered["etag"]))))
    wire.close()
    tarball = whole[-1]
    part = Question("GET", tarball.path, (*shown, ("Range", "bytes=0-9")))
    return [*whole, *kept, part, Question("HEAD", tarball.path, shown), Question("HEAD", "/leaf", shown)]


async def race(
    opened: Sequence[Wire],
    asked: Sequence[Question],
    say: Callable[[], Awaitable[object]],
    first: int = FIRST,
    enough: Callable[[], bool] = lambda: True,
) -> Race:
    """Ask without a pause on all connections, and say it when so many have been answered."""
    found, saying, now = Race(), asyncio.Event(), asyncio.get_running_loop().time
    late = 0

    async def customer(wire: Wire, random: Random) -> None:
        nonlocal late
        while len(found.asked) < REQUESTS or late < LATE or not enough():
            question, sent = random.choice(asked), now()
            status, _, body = await question.ask(wire)
            found.asked.append((sent, question, status, body))
            late += sent > found.said
            if len(found.asked) >= first:
                saying.set()

    async def administrator() -> None:
        await saying.wait()
        await say()
        found.said, found.before = now(), datetime.now(UTC)

    async with asyncio.timeout(90):
        await asyncio.gather(administrator(), *(customer(wire, Random(number)) for number, wire in enumerate(opened)))
    return found


@asynccontextmanager
async def stage(home: Path) -> AsyncIterator[tuple[Simulator, Server, Admin, Sequence[Wire]]]:
    """Two workers, and connections to both of them."""
    async with Simulator() as upstream, two(home, upstream) as (server, admin), wires(server.url, 24) as opened:
        yield upstream, server, admin, opened
    assert {each["worker"] for each in logged(home, "request")} == {0, 1}


def is_document(question: Question) -> bool:
    """Whether it is about the package, which is there whatever becomes of a version."""
    return question.path == "/leaf"


def held_back(late: Sequence[tuple[Question, int, bytes]], version: str) -> None:
    """The version is in none of the answers."""
    for question, status, body in late:
        if not is_document(question):
            assert status == 403, question
            continue
        # Never 304: what was given before has the version in it.
        assert status == 200, question
        assert question.method == "HEAD" or version not in json.loads(body)["versions"], question


def served(early: Sequence[tuple[Question, int, bytes]]) -> set[int]:
    """How it was answered before."""
    return {status for _, status, _ in early}


async def test_a_block(tmp_path: Path) -> None:
    async with stage(tmp_path) as (upstream, server, admin, opened):
        upstream.publish("leaf", "1.0.1", at=upstream.now - timedelta(days=300))
        asked = await questions(server.url, "1.0.0")
        done = await race(opened, asked, lambda: admin.decide("block", "leaf@1.0.0"))
        assert served(done.early) == {200, 206, 304}
        held_back(done.late, "1.0.0")
        assert {question for question, _, _ in done.late} == set(asked)


async def test_a_release_that_is_withdrawn(tmp_path: Path) -> None:
    async with stage(tmp_path) as (_, server, admin, opened):
        number = await admin.decide("release", "leaf@1.1.0")
        asked = await questions(server.url, "1.1.0")
        done = await race(opened, asked, lambda: admin.ask("DELETE", f"decisions/{number}?reason=a+test"))
        assert served(done.early) == {200, 206, 304}
        held_back(done.late, "1.1.0")
        assert {question for question, _, _ in done.late} == set(asked)


async def test_a_token_that_is_revoked(tmp_path: Path) -> None:
    async with stage(tmp_path) as (_, server, admin, opened):
        made = await admin.ask("POST", "tokens", {"label": "build", "roles": ["ci"]}, 201)
        asked = await questions(server.url, "1.0.0", Authorization=f"Bearer {made['secret']}")
        done = await race(opened, asked, lambda: admin.ask("DELETE", f"tokens/{made['token']['id']}?reason=a+test"))
        assert served(done.early) == {200, 206, 304}
        assert {status for _, status, _ in done.late} == {401}
        assert {question for question, _, _ in done.late} == set(asked)


async def test_a_freeze_while_a_version_matures(tmp_path: Path) -> None:
    async with stage(tmp_path) as (upstream, server, admin, opened):
        ripe = datetime.now(UTC) + timedelta(seconds=6)
        upstream.publish("leaf", "1.2.0", at=ripe - timedelta(days=7))
        asked = [each for each in await questions(server.url, "1.2.0") if "If-None-Match" not in dict(each.headers)]
        freeze = lambda: admin.ask("POST", "freeze", {"reason": "a test"}, 201)  # noqa: E731
        done = await race(opened, asked, freeze, len(opened), lambda: datetime.now(UTC) > ripe + timedelta(seconds=1))
        held_back(done.late, "1.2.0")
        assert done.before is not None
        assert done.before < ripe
        # Nothing but the freeze was in its way, once somebody has looked into it.
        await admin.ask("DELETE", "freeze?reason=a+test")
        await until(server.url, "leaf", "1.2.0", lambda answer: answer["examination"] is not None)
        assert await statuses(opened, "/leaf/-/leaf-1.2.0.tgz") == {200}
