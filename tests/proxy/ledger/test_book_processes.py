"""The book under several processes at once, and under processes that are killed at every step of a change."""

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from proxy.ledger.book import SqlBook
from proxy.ledger.engine import database_url
from proxy.ledger.migrations import BASE, move
from proxy.ledger.sql import SqlLedger
from quarantine.book import Book
from tests.contracts.book_support import HOLD, RELEASE, WHO, T, credential, everything, log_of

ORIGIN = "https://registry.example"
ROOT = Path(__file__).parents[3]
SERVERS = [url for url in [os.environ.get("PRATIQUE_TEST_DATABASE_URL")] if url]

STREAM = """
import asyncio, sys
from proxy.ledger.book import SqlBook
from proxy.ledger.sql import SqlLedger
from tests.contracts.book_support import BLOCK, HOLD, RELEASE, T

async def main():
    ledger = await SqlLedger.open(sys.argv[1], sys.argv[2])
    book = await SqlBook.beside(ledger)
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(60):
        for each in await book.decide([RELEASE, BLOCK, HOLD][: n % 3 + 1], "adopt", sys.argv[2], T):
            print(each.number, flush=True)
    await ledger.close()

asyncio.run(main())
"""


def deciding_at_once(place: str, origins: tuple[str, ...]) -> list[list[int]]:
    """Let processes decide at the same time; the numbers that each was given."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", STREAM, place, origin], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for origin in origins
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    said = [[int(line) for line in child.communicate()[0].split()] for child in children]
    assert [child.returncode for child in children] == [0] * len(children)
    return said


@pytest.mark.parametrize("place", ["sqlite", *SERVERS], ids=lambda name: name.partition(":")[0])
async def test_processes_that_decide_at_once_leave_no_gaps(tmp_path: Path, place: str) -> None:
    server = place != "sqlite"
    place = place if server else str(tmp_path / "ledger.sqlite3")
    ledger = await SqlLedger.open(place, ORIGIN)
    try:
        book = await SqlBook.beside(ledger)
        said = deciding_at_once(place, (ORIGIN, ORIGIN, "https://mirror.example"))
        assert all(numbers == sorted(numbers) and len(numbers) == 120 for numbers in said)
        assert sorted(itertools.chain(*said)) == list(range(1, 361))
        assert [entry.number for entry in await log_of(book)] == list(range(1, 181))
        assert list(await book.verify(await book.head())) == []
    finally:
        await ledger.close()
        if server:
            move(database_url(place), BASE)


KILLED = """
import asyncio, os, shutil, signal, sys
from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool
from proxy.ledger.book import SqlBook
from proxy.ledger.sql import SqlLedger
from quarantine.book import Freeze
from tests.contracts.book_support import BLOCK, FULL, HOLD, RELEASE, T

CHANGES = {
    "decide": lambda book: book.decide([BLOCK, HOLD, RELEASE], "adopt", "me", T),
    "withdraw": lambda book: book.withdraw(1, "why", "me", T),
    "freeze": lambda book: book.set_freeze(Freeze(T, "me", "worm"), "worm", "me", T),
    "issue": lambda book: book.issue(FULL, "Ann", "me", T),
    "revoke": lambda book: book.revoke("c-1", "lost", "me", T),
    "log": lambda book: book.log("export", {}, "me", T),
}

async def change(file, name, last):
    steps = iter(range(1, last))
    def step(*_):
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
    ledger = await SqlLedger.open(file, "https://registry.example")
    book = await SqlBook.beside(ledger)
    # Before each statement, before the commit, and before the answer.
    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    event.listen(Pool, "checkin", step)
    await CHANGES[name](book)
    os._exit(0)

for name in CHANGES:
    for last in range(1, 100):
        file = f"{sys.argv[1]}.{name}.{last}"
        shutil.copy(sys.argv[1], file)
        child = os.fork()
        if child == 0:
            asyncio.run(change(file, name, last))
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(name, last, ended, flush=True)
        if ended != -signal.SIGKILL:
            break
"""


def killed_at_every_step(file: Path) -> dict[str, list[int]]:
    """Let copies of a database be changed by processes that are killed at step 1, 2, …; how they ended, by change."""
    child = subprocess.run([sys.executable, "-c", KILLED, file], cwd=ROOT, capture_output=True, text=True, check=True)
    ended: dict[str, list[int]] = defaultdict(list)
    for line in child.stdout.splitlines():
        name, step, code = line.split()
        ended[name].append(int(code))
        assert len(ended[name]) == int(step)
    return ended


async def written(book: Book) -> tuple[object, ...]:
    """What the book holds, but for the log."""
    *tables, _log, _head = await everything(book)
    return tuple(tables)


async def test_a_process_killed_at_any_step_leaves_the_change_and_its_entry_or_neither(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    ledger = await SqlLedger.open(file, ORIGIN)
    book = await SqlBook.beside(ledger)
    await book.decide([RELEASE], "release", WHO, T)
    await book.issue(credential(), "Bob", WHO, T)
    before, log = await written(book), await log_of(book)
    await ledger.close()

    ended = killed_at_every_step(file)
    assert list(ended) == ["decide", "withdraw", "freeze", "issue", "revoke", "log"]
    for name, codes in ended.items():
        # At the least: begin, two statements of the entry and one of the head, commit, answer; then one that is spared.
        assert len(codes) >= 7, name
        assert codes == [-signal.SIGKILL] * (len(codes) - 1) + [0], name
        for step, _code in enumerate(codes, 1):
            left = Path(f"{file}.{name}.{step}")
            ledger = await SqlLedger.open(left, ORIGIN)
            book = await SqlBook.beside(ledger)
            grown = (await log_of(book))[len(log) :]
            # The last two had passed the commit.
            assert len(grown) == (1 if step >= len(codes) - 1 else 0), (name, step)
            if name != "log":
                assert (await written(book) != before) == bool(grown), (name, step)
            assert list(await book.verify(await book.head())) == [], (name, step)
            await book.decide([HOLD], "hold", WHO, T)
            assert list(await book.verify()) == [], (name, step)
            await ledger.close()
            connection = sqlite3.connect(left)
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            connection.close()
