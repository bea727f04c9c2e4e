"""What a worker remembers of the book, brought up to date when any worker has changed it."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.access.keyring import Keyring
from proxy.registry.flights import Flights
from proxy.shared.counters import CREDENTIALS, DECISIONS, EPOCH, Counters
from quarantine.board import Board
from quarantine.book import Book
from quarantine.credentials import Credential


class Sync:
    """Compares three counters with those by which board and keyring were filled.

    Counters are read before the book is, so what is written in between is read once more, and nothing is missed.
    """

    def __init__(
        self, counters: Counters, book: Book, board: Board, keyring: Keyring, besides: Sequence[Credential] = ()
    ) -> None:
        """`besides`: credentials that are in no book."""
        self._slots = counters.slots
        self._book = book
        self._board = board
        self._keyring = keyring
        self._besides = besides
        # No counter was ever at this, so that everything is read at first.
        self._epoch = self._decisions = self._credentials = -1
        self._highest = 0
        self._flights: Flights[str, None] = Flights()

    def due(self) -> bool:
        """Whether anything has changed. For every request: three comparisons."""
        slots = self._slots
        return slots[DECISIONS] != self._decisions or slots[CREDENTIALS] != self._credentials or slots[EPOCH] != self._epoch

    async def catch_up(self) -> None:
        """Return when everything is known that was changed before this was called. Raises LedgerFailed: then nobody knows."""
        epoch, decisions, credentials = self._read()
        while self._decisions < decisions or self._credentials < credentials or self._epoch < epoch:
            await self._flights.join("", self._load)

    async def close(self) -> None:
        """End what is under way."""
        await self._flights.close()

    def _read(self) -> tuple[int, int, int]:
        return self._slots[EPOCH], self._slots[DECISIONS], self._slots[CREDENTIALS]

    async def _load(self) -> None:
        epoch, decisions, credentials = self._read()
        if decisions != self._decisions:
            for decision in await self._book.changes(self._highest):
                self._board.put(decision)
                self._highest = max(self._highest, decision.number)
            self._decisions = decisions
        if credentials != self._credentials:
            self._keyring.fill([*await self._book.credentials(), *self._besides])
            self._credentials = credentials
        if epoch != self._epoch:
            freeze = await self._book.freeze()
            self._board.frozen = freeze.since if freeze is not None else None
            self._epoch = epoch
