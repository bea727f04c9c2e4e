"""What can be made again is kept while it is used, and while there is room."""

from __future__ import annotations

import os
from pathlib import Path

from proxy.storage.local import LocalCache

KEYS = [f"{n:02x}ab" for n in range(4)]


def filled(root: Path) -> LocalCache:
    """Four entries of 100 bytes each, the first used longest ago."""
    cache = LocalCache(root)
    for age, key in enumerate(KEYS):
        cache.put(key, bytes(100))
        os.utime(cache.path(key), (1000 + age, 1000 + age))
    return cache


def left(cache: LocalCache) -> list[str]:
    return [key for key in KEYS if cache.path(key).exists()]


def test_what_was_put_is_found_and_damage_is_forgotten(tmp_path: Path) -> None:
    cache = LocalCache(tmp_path)
    assert cache.get("00ff") is None
    cache.put("00ff", b"some bytes")
    assert cache.get("00ff") == b"some bytes"
    path = cache.path("00ff")
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert cache.get("00ff") is None
    assert not path.exists()


def test_what_was_not_used_for_long_goes(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    assert cache.prune(before=1002, most=10_000) == 2
    assert left(cache) == KEYS[2:]


def test_beyond_its_room_what_was_used_longest_ago_goes(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    assert cache.get(KEYS[0]) is not None
    assert cache.prune(before=0, most=250) == 2
    assert left(cache) == [KEYS[0], KEYS[3]]


def test_a_folder_that_cannot_be_written_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = LocalCache(tmp_path / "file")
    cache.put("00ff", b"some bytes")
    assert cache.get("00ff") is None
    assert cache.prune(before=0, most=0) == 0
