"""What a server tells a worker that it starts, over the worker's standard input; and "ready", which the worker answers."""

from __future__ import annotations

import socket
from typing import Any

import msgspec

from config.settings import Settings

READY = b"r"

_LENGTH = 4


class Orders(msgspec.Struct, frozen=True):
    """Everything that a worker has to know. Settings go by value: a file that has been edited since counts at the next start."""

    settings: Settings
    upstream: str
    folder: str
    number: int
    everybody: list[int]
    """Listening sockets, by the number under which the worker has them."""
    desk: list[int]


def pack(orders: Orders) -> bytes:
    """As they are sent."""
    packed = msgspec.msgpack.encode(orders)
    return len(packed).to_bytes(_LENGTH, "big") + packed


def take(link: socket.socket) -> Orders:
    """Receive them. Raises EOFError where whoever was to give them is gone."""
    return msgspec.msgpack.decode(_exactly(link, int.from_bytes(_exactly(link, _LENGTH), "big")), type=Orders)


def _exactly(link: socket.socket, count: int) -> bytes:
    taken = bytearray()
    while len(taken) < count:
        part: Any = link.recv(count - len(taken))
        if not part:
            raise EOFError("the server has gone")
        taken += part
    return bytes(taken)
