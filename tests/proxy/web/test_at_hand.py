"""Answers that are at hand: sent again without a look at anything, and only as long as they are true."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from proxy.access.tokens import new_token
from tests.proxy.web.api import credential
from tests.proxy.web.scene import Scene, scene

PATHS = ("/lib", "/lib/-/lib-1.0.0.tgz")


def hits(stage: Scene) -> int:
    return stage.proxy.built.services.hot.hits


async def warm(stage: Scene, **headers: str) -> None:
    """Ask until everything is at hand."""
    for path in PATHS:
        for _ in range(2):
            async with stage.proxy.get(path, Accept_Encoding="gzip", **headers) as answer:
                assert answer.status == 200
                await answer.read()


async def test_the_second_answer_is_the_first_again(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        for path in PATHS:
            answers = []
            for _ in range(3):
                async with stage.proxy.get(path, Accept_Encoding="gzip") as answer:
                    headers = {name.lower(): value for name, value in answer.headers.items()}
                    for changing in ("date", "x-request-id"):
                        del headers[changing]
                    answers.append((answer.status, headers, await answer.read()))
            assert answers[0] == answers[1] == answers[2]
        assert hits(stage) >= 2
        async with stage.proxy.get("/-/pratique/metrics") as answer:
            assert f"pratique_answers_at_hand_total {float(hits(stage))}" in await answer.text()


async def test_what_a_client_says_of_itself_is_kept_without_tokens(tmp_path: Path) -> None:
    # The proxy of every test looks for tokens in its folder when it ends; here is what would be found.
    async with scene(tmp_path) as stage:
        await warm(stage, User_Agent=f"npm/11 {new_token()}", npm_command=new_token())
        assert hits(stage) >= 2
        await stage.proxy.built.services.records.flush()


async def test_while_the_server_stops_they_are_the_last_of_their_connection(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await warm(stage)
        stage.proxy.server.stopping = True
        for path in PATHS:
            async with stage.proxy.get(path, Accept_Encoding="gzip") as answer:
                assert (answer.status, answer.headers["Connection"]) == (200, "close")


async def test_requests_that_they_are_not_for_leave_nothing_behind(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await warm(stage)
        hot = stage.proxy.built.services.hot
        before = len(hot._documents), len(hot._tarballs)
        for path in PATHS:
            for headers in ({"Connection": "close"}, {"Range": "bytes=0-1"}):
                async with stage.proxy.get(path, Accept_Encoding="gzip", **headers) as answer:
                    await answer.read()
        assert (len(hot._documents), len(hot._tarballs)) == before


async def test_via_other_proxies_is_no_reason_to_go_the_long_way(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await warm(stage)
        before = hits(stage)
        async with stage.proxy.get("/lib", Accept_Encoding="gzip", Via="1.1 front") as answer:
            assert answer.status == 200
        assert hits(stage) == before + 1
        ours = stage.proxy.built.services.manners.instance
        async with stage.proxy.get("/lib", Accept_Encoding="gzip", Via=f"1.1 {ours}") as answer:
            assert answer.status == 508


async def test_a_credential_that_has_expired_gets_nothing_that_is_at_hand(tmp_path: Path) -> None:
    async with scene(tmp_path, access={"anonymous": False}) as stage:
        expires = stage.clock.now() + timedelta(minutes=2)
        reader = await credential(stage.proxy, "reader", expires=expires)
        headers = {"Accept_Encoding": "gzip"}
        for _ in range(3):
            assert await reader.status("GET", "/lib", **headers) == 200
        assert hits(stage) >= 1
        stage.pass_by(timedelta(minutes=2))
        assert await reader.status("GET", "/lib", **headers) == 401
