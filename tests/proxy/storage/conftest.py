"""What the storage tests share."""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts.blobstore", "tests.contracts.blobstore_concurrency", "tests.contracts.blobstore_support"
)
