"""The store in memory keeps the contract of blob stores."""

import pytest

from proxy.storage.blobs import BlobStore
from proxy.storage.memory import MemoryBlobStore
from tests.contracts.blobstore import BlobStoreContract
from tests.contracts.blobstore_support import Clock


class TestMemory(BlobStoreContract):
    @pytest.fixture
    def store(self, clock: Clock) -> BlobStore:
        return MemoryBlobStore(now=clock.now)
