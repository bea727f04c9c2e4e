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


async def test_none_is_left_by_a_process_that_was_killed(tmp_path: Path) -> None:
    program = tmp_path / "reading.py"
    program.write_text(READING)
    command = [sys.executable, program]
    with subprocess.Popen(command, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        children = [int(each) for each in (await asyncio.to_thread(parent.stdout.readline)).split()]
        assert children
        parent.send_signal(signal.SIGKILL)
    async with asyncio.timeout(20):
        while any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children):
            await asyncio.sleep(0.02)
