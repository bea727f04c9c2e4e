"""What processes cost, from /proc: processor time and memory of a program with all its children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True)
class Memory:
    """Of one process, in bytes."""

    pid: int
    now: int
    peak: int


def tree(root: int) -> list[int]:
    """A process and those that it started, directly or not."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                children.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """Processor time so far, in user and kernel mode, of these processes and of their children that have ended."""
    total = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += sum(map(int, _stat(pid)[11:15])) * TICK
    return total


def memory(pid: int) -> Memory:
    """Resident now, and at most so far."""
    fields = dict(line.split(":", 1) for line in (PROC / str(pid) / "status").read_text().splitlines())
    return Memory(pid, *(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM")))


def serving(pids: Sequence[int], port: int) -> list[int]:
    """Those that hold a socket which listens on the port."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / "net" / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    return [pid for pid in pids if inodes & set(_open_files(pid))]


def _open_files(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for each in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield os.readlink(each)


def _stat(pid: int) -> list[str]:
    """The fields from the state on: the name before it may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


class Program:
    """A program that we started, in a session of its own, with its output in a file."""

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str], folder: Path, *, piped: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*map(str, command)],
                env=dict(env),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pids(self) -> list[int]:
        """It and its children."""
        return tree(self.process.pid)

    def line(self) -> str:
        """The next line that it prints; only where its output is piped."""
        assert self.process.stdout is not None
        text = self.process.stdout.readline().decode()
        if not text:
            raise RuntimeError(f"it ended: {self.log.read_text()[-2000:]}")
        return text.strip()

    def ended(self) -> str | None:
        """What it last said, where it has ended."""
        return None if self.process.poll() is None else self.log.read_text(errors="replace")[-2000:]

    def stop(self, within: float = 25.0) -> None:
        """Ask, then end it with all that it started, in sessions of their own too."""
        started = self.pids
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(within)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pid in started[1:]:
            # Still there, and still ours: it works where we had it start.
            with contextlib.suppress(OSError):
                if os.readlink(PROC / str(pid) / "cwd").startswith(str(self._folder)):
                    os.kill(pid, signal.SIGKILL)
        if self.process.stdout is not None:
            self.process.stdout.close()
