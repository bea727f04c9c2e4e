"""The folder of a run: one a server, and none is left behind for ever."""

from __future__ import annotations

from pathlib import Path

from proxy.shared.folder import RunFolder
from proxy.shared.snapshots import Snapshots


def test_each_server_has_its_own_and_removes_it(tmp_path: Path) -> None:
    one, two = RunFolder.make(tmp_path), RunFolder.make(tmp_path)
    assert one.path != two.path
    assert one.path.is_dir()
    one.remove()
    assert [*(tmp_path / "run").iterdir()] == [two.path]
    two.remove()


def test_what_a_killed_server_left_goes_at_the_next_start(tmp_path: Path) -> None:
    left = RunFolder.make(tmp_path)
    (left.path / "counters").write_bytes(b"x")
    left.release()
    assert [*(tmp_path / "run").iterdir()] == [left.path]
    fresh = RunFolder.make(tmp_path)
    assert [*(tmp_path / "run").iterdir()] == [fresh.path]


def test_a_snapshot_is_that_of_a_place(tmp_path: Path) -> None:
    one, two = Snapshots(tmp_path, 0), Snapshots(tmp_path, 1)
    assert one.last() is None
    one.say(b"1")
    one.say(b"11")
    two.say(b"2")
    assert list(one.others()) == [b"2"]
    assert list(two.others()) == [b"11"]
    assert Snapshots(tmp_path, 0).last() == b"11"
