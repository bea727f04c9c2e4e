"""What a process may have from the machine: memory that it gives back, and open files.

Documents come and go in megabytes, and glibc learns to keep what they needed.
"""

from __future__ import annotations

import ctypes
import resource
from contextlib import suppress

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""From glibc's malloc.h."""

LARGE = 256 * 2**10
"""Bytes from which a block is mapped by itself, and unmapped when freed. A fixed value also keeps glibc from raising it."""

MOST_FILES = 65_536

ARENAS = 2
"""Instead of eight for each core, each of which keeps what its threads once needed."""


def give_back() -> None:
    """Do so, where the C library is glibc; elsewhere nothing happens."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_ARENA_MAX, ARENAS)


def trim() -> None:
    """Give back what lies free between blocks that are in use."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def open_many_files() -> None:
    """Take as many as the system permits: each connection is one, and each tarball at hand."""
    with suppress(ValueError, OSError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (min(most, MOST_FILES) if most != resource.RLIM_INFINITY else MOST_FILES, most)
        )
