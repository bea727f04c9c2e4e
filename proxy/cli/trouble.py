"""How a command fails: sentences on standard error that say what to do, and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Trouble(Exception):
    """Ends a command. Code 1: it failed. 2: it was called wrongly, or the configuration is."""

    def __init__(self, *lines: str, code: int = 1) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines
        self.code = code


@contextmanager
def told() -> Iterator[None]:
    """Turn our own errors into Trouble."""
    from config.problem import ConfigError
    from quarantine.errors import PratiqueError

    try:
        yield
    except ConfigError as error:
        raise Trouble(*(str(problem) for problem in error.problems), code=2) from error
    except PratiqueError as error:
        raise Trouble(str(error)) from error


def ended(command: Callable[[], object]) -> None:
    """Run a program to its end: what is wrong is said on standard error, and its code is that of the process."""
    try:
        command()
    except Trouble as trouble:
        for line in trouble.lines:
            print(f"pratique: {line}", file=sys.stderr)  # noqa: T201
        sys.exit(trouble.code)
