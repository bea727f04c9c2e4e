"""The memory ledger keeps the contract of ledgers."""

import pytest

from quarantine.ledger import Ledger, MemoryLedger
from tests.contracts.ledger import LedgerContract


class TestMemoryLedger(LedgerContract):
    """The reference, held to the same."""

    @pytest.fixture
    def ledger(self) -> Ledger:
        return MemoryLedger()

    async def fresh(self, ledger: Ledger) -> Ledger:
        return MemoryLedger()
