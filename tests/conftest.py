"""For every test: helpers that assert get the same explanations as tests do."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.contracts", "tests.fakes")
