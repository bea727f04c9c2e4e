"""What the ledger tests share."""

import pytest

pytest.register_assert_rewrite("tests.contracts.ledger")
