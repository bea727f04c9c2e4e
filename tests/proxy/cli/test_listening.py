"""Listening sockets: shared between workers, taken by nobody else, and shut without losing who has knocked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from proxy.cli.listening import close, emptied, listen, shut
from proxy.cli.trouble import Trouble


@pytest.fixture
def pair() -> Iterator[list[list[socket.socket]]]:
    opened = listen("127.0.0.1", 0, "--port", times=2)
    yield opened
    close([each for sockets in opened for each in sockets])


def port_of(sockets: list[socket.socket]) -> int:
    port: int = sockets[0].getsockname()[1]
    return port


def knock(port: int, within: float) -> bool:
    """Whether somebody new can connect."""
    try:
        socket.create_connection(("127.0.0.1", port), within).close()
    except TimeoutError:
        return False
    return True


def test_workers_share_a_port_and_the_kernel_deals_out(pair: list[list[socket.socket]]) -> None:
    one, two = pair
    assert port_of(one) == port_of(two) != 0
    clients = [socket.create_connection(("127.0.0.1", port_of(one))) for _ in range(40)]
    counts = []
    for (listener,) in pair:
        listener.setblocking(False)
        count = 0
        try:
            while True:
                listener.accept()[0].close()
                count += 1
        except BlockingIOError:
            counts.append(count)
    assert sum(counts) == 40
    assert all(counts)
    close(clients)


@pytest.mark.parametrize("times", [1, 2])
def test_a_port_on_which_another_server_listens_is_refused(pair: list[list[socket.socket]], times: int) -> None:
    port = port_of(pair[0])
    with pytest.raises(Trouble, match=f"cannot listen on 127.0.0.1:{port}: .*; choose another with --port"):
        listen("127.0.0.1", port, "--port", times=times)


@pytest.mark.parametrize("times", [1, 3])
def test_every_address_of_a_name_gets_the_same_port(times: int) -> None:
    hosts = ["127.0.0.1", "127.0.0.2"]
    opened = listen(
        "a.name", 0, "--port", times=times, resolve=lambda _, port: [(socket.AF_INET, (host, port)) for host in hosts]
    )
    places = [[each.getsockname() for each in sockets] for sockets in opened]
    close([each for sockets in opened for each in sockets])
    port = places[0][0][1]
    assert port != 0
    assert places == [[(host, port) for host in hosts]] * times


async def test_who_has_knocked_is_let_in_after_it_is_shut_and_nobody_else() -> None:
    (sockets,) = listen("127.0.0.1", 0, "--port")
    port = port_of(sockets)
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    shut(sockets)
    assert not await asyncio.to_thread(knock, port, 0.2)
    accepted = asyncio.Semaphore(0)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.release()
        writer.close()

    server = await asyncio.start_server(serve, sock=sockets[0])
    await emptied(sockets)
    server.close()
    await server.wait_closed()
    for _ in waiting:
        await accepted.acquire()
    for each in waiting:
        assert await asyncio.to_thread(each.recv, 1) == b""
    close(waiting)
