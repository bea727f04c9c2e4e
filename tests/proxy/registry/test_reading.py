"""Large packuments are taken apart in a process that may die."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator

import pytest

from proxy.npm.split import BadDocument, split
from proxy.registry.reading import INLINE, Reader


def document(name: str = "left-pad", size: int = INLINE) -> bytes:
    return json.dumps({"name": name, "versions": {}, "readme": "x" * size}).encode()


@pytest.fixture
async def reader() -> AsyncIterator[Reader]:
    made = Reader(seconds=20)
    yield made
    made.close()


def process_of(reader: Reader) -> int:
    assert reader.pid is not None
    return reader.pid


async def test_small_documents_need_no_process(reader: Reader) -> None:
    assert (await reader.split(document(size=10), "left-pad")).name == "left-pad"
    assert reader.pid is None


async def test_large_documents_come_out_alike(reader: Reader) -> None:
    body = document()
    assert await reader.split(body, "left-pad") == split(body, "left-pad")
    assert process_of(reader) != os.getpid()


async def test_a_bad_large_document_costs_no_process(reader: Reader) -> None:
    with pytest.raises(BadDocument, match="names 'other'"):
        await reader.split(document("other"), "left-pad")
    with pytest.raises(BadDocument):
        await reader.split(b"[" * INLINE * 2, "left-pad")
    assert reader.deaths == 0
    await reader.split(document(), "left-pad")


async def test_a_process_that_died_between_two_documents_costs_none(reader: Reader) -> None:
    await reader.split(document(), "left-pad")
    os.kill(process_of(reader), signal.SIGKILL)
    assert (await reader.split(document(), "left-pad")).name == "left-pad"


async def test_a_document_that_kills_its_process_is_bad_and_the_next_is_read(reader: Reader) -> None:
    async def killer() -> None:
        """Stands for a document that takes too much memory: no process survives it."""
        while True:
            if (pid := reader.pid) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.01)

    killing = asyncio.ensure_future(killer())
    with pytest.raises(BadDocument, match="memory"):
        await reader.split(document(), "left-pad")
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)
    assert reader.deaths == 2
    assert (await reader.split(document(), "left-pad")).name == "left-pad"


async def test_a_document_that_never_ends_is_bad_and_those_behind_it_are_read() -> None:
    reader = Reader(seconds=3)
    try:
        await reader.split(document(), "left-pad")
        # A stopped process stands for one that is lost in a document.
        os.kill(process_of(reader), signal.SIGSTOP)
        lost, *behind = [asyncio.ensure_future(reader.split(document(), "left-pad")) for _ in range(6)]
        with pytest.raises(BadDocument, match="time"):
            await lost
        assert {each.name for each in await asyncio.gather(*behind)} == {"left-pad"}
        assert reader.deaths == 1
    finally:
        reader.close()


async def test_close_ends_the_process(reader: Reader) -> None:
    await reader.split(document(), "left-pad")
    pid = process_of(reader)
    reader.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
