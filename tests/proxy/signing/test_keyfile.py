"""The file of the key: made once, for its owner alone, and never replaced."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from proxy.signing.key import BadKey, SigningKey
from proxy.signing.keyfile import NAME, kept_key, read_key


def test_the_first_call_makes_it_and_the_second_finds_it(tmp_path: Path) -> None:
    key = kept_key(tmp_path)
    assert kept_key(tmp_path).public == key.public == read_key(tmp_path / NAME).public
    assert os.listdir(tmp_path) == [NAME]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_its_owner_may_read_it(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        kept_key(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_of_many_that_start_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = {key.public.id for key in threads.map(kept_key, [tmp_path] * 40)}
    assert len(keys) == 1
    assert os.listdir(tmp_path) == [NAME]


@pytest.mark.parametrize("content", [b"", SigningKey.generate().pem[:-50]], ids=["empty", "cut off"])
def test_one_that_is_damaged_is_told_and_left(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(BadKey, match=f"{NAME} holds no private key"):
        kept_key(tmp_path)
    assert (tmp_path / NAME).read_bytes() == content


def test_a_disk_that_is_full_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        kept_key(tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert kept_key(tmp_path).public == kept_key(tmp_path).public
    assert os.listdir(tmp_path) == [NAME]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="cannot be read: No such file"):
        read_key(tmp_path / "nowhere.pem")
    with pytest.raises(BadKey, match="cannot be read: Is a directory"):
        read_key(tmp_path)
