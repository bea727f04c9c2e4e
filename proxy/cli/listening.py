"""Listening sockets: opened before anything serves on them, and closed without losing who waits in their queue."""

from __future__ import annotations

import asyncio
import ctypes
import select
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress

from proxy.cli.trouble import Trouble

BACKLOG = 1024
"""Connections that may wait to be accepted, such as while a worker is started again."""

SETTLING = 0.05
"""Seconds for handshakes that had begun before the door was shut."""

_ATTACH_FILTER = 26  # SO_ATTACH_FILTER, which the socket module does not name
# The 14th byte of a TCP header holds its flags: what begins a connection (SYN) is dropped, everything else passes.
_NO_NEW_ONES = ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))

Address = tuple[socket.AddressFamily, tuple[str, int]]


def addresses(host: str, port: int) -> list[Address]:
    """Those of a name, or of everywhere. Raises OSError."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((family, address) for family, *_, address in found))  # type: ignore[misc]


def listen(
    host: str, port: int, mend: str, *, times: int = 1, resolve: Callable[[str, int], Sequence[Address]] = addresses
) -> list[list[socket.socket]]:
    """So many sets of sockets for an address, between which the kernel deals out new connections. Raises Trouble.

    Port 0 is any port, the same at every address of a name.
    """
    opened: list[list[socket.socket]] = []
    try:
        for family, address in resolve(host, port):
            place = _at(address, opened[0][0].getsockname()[1]) if opened and port == 0 else address
            if times > 1:
                # Sockets that share a port would share it with another server's too, and nobody would notice.
                with _bound(family, place, share=False) as probe:
                    place = _at(place, probe.getsockname()[1])
            for number in range(times):
                if number == len(opened):
                    opened.append([])
                one = _bound(family, place, share=times > 1)
                opened[number].append(one)
                one.listen(BACKLOG)
    except OSError as error:
        close([each for group in opened for each in group])
        raise Trouble(f"cannot listen on {host}:{port}: {error.strerror or error}; choose another with {mend}") from error
    return opened


def close(sockets: Sequence[socket.socket]) -> None:
    """Close all of them."""
    for each in sockets:
        each.close()


def shut(sockets: Sequence[socket.socket]) -> None:
    """Let nobody begin a connection; those whose connection has begun can still complete it.

    Closing alone would reset whoever came between the last look into the queue and the close. Where the kernel has no
    filters that remains so.
    """
    steps = b"".join(struct.pack("HBBI", *step) for step in _NO_NEW_ONES)
    memory = ctypes.create_string_buffer(steps)
    program = struct.pack("HL", len(_NO_NEW_ONES), ctypes.addressof(memory))
    for each in sockets:
        with suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)


async def emptied(sockets: Sequence[socket.socket]) -> None:
    """Return once everybody who was let in has been accepted by whatever serves on these sockets; in a second at the latest."""
    waiting = select.poll()
    for each in sockets:
        waiting.register(each, select.POLLIN)
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            await asyncio.sleep(SETTLING)
            # They are accepted by the event loop; it only has to come round.
            while waiting.poll(0):  # noqa: ASYNC110
                await asyncio.sleep(0)


def _at(address: tuple[str, int], port: int) -> tuple[str, int]:
    return (address[0], port, *address[2:])  # those of IPv6 have two numbers more


def _bound(family: int, address: tuple[str, int], *, share: bool) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if share:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
    except BaseException:
        one.close()
        raise
    one.setblocking(False)
    return one
