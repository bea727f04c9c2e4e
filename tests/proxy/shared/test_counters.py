"""The counters that workers share, in several processes and across the death of one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.shared.counters import CREDENTIALS, DECISIONS, EPOCH, PACKAGES, Counters

ROOT = Path(__file__).parents[3]

BUMPING = """
import sys
from pathlib import Path
from proxy.shared.counters import DECISIONS, EPOCH, Counters
counters = Counters.open(Path(sys.argv[1]))
slot = counters.package_slot("left-pad")
print("ready", flush=True)
sys.stdin.readline()
done = 0
while done != int(sys.argv[2]):
    counters.bump(EPOCH, DECISIONS, slot)
    done += 1
"""


def bumping(path: Path, times: int) -> subprocess.Popen[str]:
    """A process that bumps so often (-1: for ever) once its standard input says so."""
    return subprocess.Popen(
        [sys.executable, "-c", BUMPING, path, str(times)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def let_go(children: list[subprocess.Popen[str]]) -> None:
    """Begin with all of them at once."""
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "counters"


def test_they_begin_at_nothing_and_each_slot_counts_for_itself() -> None:
    counters = Counters.private()
    counters.bump(DECISIONS)
    counters.bump(DECISIONS, CREDENTIALS, counters.package_slot("left-pad"))
    assert [counters.read(slot) for slot in (EPOCH, DECISIONS, CREDENTIALS)] == [0, 2, 1]
    assert counters.read(counters.package_slot("left-pad")) == 1
    assert counters.read(counters.package_slot("right-pad")) == 0
    counters.bump_all()
    assert [counters.read(slot) for slot in (EPOCH, DECISIONS, CREDENTIALS)] == [1, 3, 2]
    assert counters.read(counters.package_slot("right-pad")) == 1


def test_a_package_has_a_slot_of_its_own_kind() -> None:
    slots = {Counters.package_slot(name) for name in ("a", "left-pad", "@acme/widget", "JSONStream", "jsonstream")}
    assert len(slots) == 5
    assert all(CREDENTIALS < slot <= CREDENTIALS + PACKAGES for slot in slots)


def test_the_slot_of_a_package_is_the_same_for_every_process() -> None:
    assert Counters.package_slot("left-pad") == 3 + 17_283
    program = "from proxy.shared.counters import Counters; print(Counters.package_slot('@acme/widget'))"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert int(said) == Counters.package_slot("@acme/widget")


def test_what_one_process_bumps_another_reads(path: Path) -> None:
    mine, other = Counters.create(path), Counters.open(path)
    other.bump(EPOCH)
    assert mine.read(EPOCH) == 1
    mine.close()
    other.bump(EPOCH)
    assert Counters.open(path).read(EPOCH) == 2


def test_nothing_is_lost_where_processes_bump_at_once(path: Path) -> None:
    counters = Counters.create(path)
    children = [bumping(path, 20_000) for _ in range(3)]
    let_go(children)
    for _ in range(1000):
        counters.bump(EPOCH)
    for child in children:
        child.communicate()
    assert [child.returncode for child in children] == [0, 0, 0]
    assert counters.read(EPOCH) == 61_000
    assert counters.read(DECISIONS) == counters.read(counters.package_slot("left-pad")) == 60_000


def test_a_process_killed_while_it_bumps_holds_nobody_up(path: Path) -> None:
    counters = Counters.create(path)
    for _ in range(10):
        child = bumping(path, -1)
        let_go([child])
        before = counters.read(EPOCH)
        while counters.read(EPOCH) < before + 500:
            counters.bump(CREDENTIALS)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert child.returncode == -signal.SIGKILL
        now = counters.read(EPOCH)
        counters.bump(EPOCH)
        assert counters.read(EPOCH) == now + 1


def test_where_there_is_no_room_for_all_of_it_there_is_none(path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    program = (
        f"{limited}; import sys, pathlib; from proxy.shared.counters import Counters; Counters.create(pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", program, path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "OSError: [Errno 27] File too large" in done.stderr


def test_what_is_something_else_is_refused(path: Path) -> None:
    path.write_bytes(b"x" * 100)
    with pytest.raises(ValueError, match="does not hold the counters"):
        Counters.open(path)
    with pytest.raises(FileExistsError):
        Counters.create(path)
