"""The text of documents in files: found as it was written, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from proxy.npm.packument import Variant
from proxy.registry import texts
from tests.proxy.npm.examples import cut, packument, text


def stored(path: Path) -> Path:
    assert texts.write(path, cut(text(packument("1.0.0", "1.1.0"))))
    return path


def open_files() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = cut(text(packument("1.0.0", "1.1.0")))
    found = texts.read(stored(tmp_path / "one"), checked=True)
    assert found is not None
    assert found.index == whole.index
    for variant in Variant:
        assert found.text.cut(variant, 0, found.size(variant)) == whole.text.cut(variant, 0, whole.size(variant))


def test_damage_and_nonsense_are_nothing(tmp_path: Path) -> None:
    path = stored(tmp_path / "one")
    good = path.read_bytes()
    before = open_files()
    for bad in (good[:-1], good + b"x", b"", b"PQT1", good[:40] + b"\0" + good[41:], good[:-5] + b"\0" + good[-4:]):
        path.write_bytes(bad)
        assert texts.read(path, checked=True) is None
    assert texts.read(tmp_path / "nothing", checked=True) is None
    assert open_files() == before


def test_what_is_removed_meanwhile_can_still_be_read_and_is_closed_once(tmp_path: Path) -> None:
    path = stored(tmp_path / "one")
    before = open_files()
    found = texts.read(path, checked=True)
    assert found is not None
    path.unlink()
    assert found.text.cut(Variant.FULL, 0, found.size(Variant.FULL))
    assert len(open_files() - before) == 1
    del found
    assert open_files() == before
