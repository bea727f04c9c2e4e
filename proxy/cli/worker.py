"""One worker of a server: serves on sockets that the server keeps, and ends when told to, or when the server has gone."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import structlog

from proxy.cli.orders import READY, Orders, take
from proxy.cli.process import Doors, run, told_to_stop
from proxy.cli.running import serve_on
from proxy.cli.trouble import Trouble, ended, told
from proxy.logs import set_up_logs
from proxy.wiring.build import Built
from proxy.wiring.place import among

log = structlog.get_logger()


def work() -> None:
    """Do as standard input says. Raises Trouble."""
    try:
        link = socket.socket(fileno=0)
        orders = take(link)
    except (OSError, EOFError) as error:
        raise Trouble("a worker is started by `pratique serve --workers N`, and not by hand", code=2) from error
    set_up_logs(orders.settings.log.level, orders.settings.log.format)
    structlog.contextvars.bind_contextvars(worker=orders.number)
    with told():
        run(_serve(link, orders))


async def _serve(link: socket.socket, orders: Orders) -> None:
    stop = told_to_stop()
    link.setblocking(False)
    loop = asyncio.get_running_loop()

    def heard() -> None:
        # Nothing is ever said after the orders: it is the end of the server, of which no signal tells.
        loop.remove_reader(link)
        stop.set()

    async def ready(_: Built) -> None:
        try:
            await loop.sock_sendall(link, READY)
        except OSError:  # the server has gone already
            stop.set()
        else:
            loop.add_reader(link, heard)

    doors = Doors(*([socket.socket(fileno=each) for each in numbers] for numbers in (orders.everybody, orders.desk)))
    for each in doors.all:
        each.set_inheritable(False)
    with among(Path(orders.folder), orders.number, orders.settings.server.workers) as place:
        await serve_on(doors, orders.settings, orders.upstream, os.environ, stop, ready, place=place)


if __name__ == "__main__":
    ended(work)
