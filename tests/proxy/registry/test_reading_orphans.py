"""A reading process ends with the one that started it, however that ended."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

READING = """
import asyncio, os, signal
from proxy.registry.reading import INLINE, Reader

async def main():
    reader = Reader()
    await reader.split(b'{"name": "x", "versions": {}, "readme": "%s"}' % (b"x" * INLINE), "x")
    children = open(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read()
    print(children, flush=True)
    signal.pause()

if __name__ == "__main__":
    asyncio.run(main())
"""


def start_and_kill(tmp_path: Path) -> list[int]:
    """A process that has read something, and is killed; which processes it had started."""
    program = tmp_path / "reading.py"
    program.write_text(READING)
    command = [sys.executable, program]
    with subprocess.Popen(command, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        children = [int(each) for each in parent.stdout.readline().split()]
        assert children
        parent.send_signal(signal.SIGKILL)
    return children


async def test_none_is_left_by_a_process_that_was_killed(tmp_path: Path) -> None:
    children = start_and_kill(tmp_path)
    async with asyncio.timeout(20):
        while True:
            if not any(map(runs, children)):
                return
            await asyncio.sleep(0.02)


def runs(pid: int) -> bool:
    """Whether there is such a process, and it has not merely been left for somebody to note its end."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False
