"""One run of a client: in an environment of its own, with an end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """How a run ended. `output` is stdout and stderr as a terminal would mix them."""

    returncode: int
    output: str

    @property
    def ok(self) -> bool:
        """Whether the client was content."""
        return self.returncode == 0


async def run(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str], timeout: float) -> Result:
    """Raises TimeoutError, with what was printed so far; nothing is left running."""
    with tempfile.TemporaryFile() as output:
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        late = False
        try:
            async with asyncio.timeout(timeout):
                await process.wait()
        except TimeoutError:
            late = True
        finally:
            # Children of the client too: clients start scripts and workers of their own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            code = await process.wait()
        output.seek(0)
        text = output.read().decode(errors="replace")
    if late:
        raise TimeoutError(f"{Path(command[0]).name} was not done after {timeout} s; it printed:\n{text}")
    return Result(code, text)
