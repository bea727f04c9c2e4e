"""The command line. Heavy imports happen inside commands, so that `pratique --help` answers at once."""

from __future__ import annotations

import sys

import proxy.cli.desk_app  # noqa: F401  (its commands register themselves)
from proxy.cli.app import app
from proxy.cli.trouble import Trouble


def main() -> None:
    """The `pratique` command."""
    try:
        app()
    except Trouble as trouble:
        for line in trouble.lines:
            print(f"pratique: {line}", file=sys.stderr)  # noqa: T201
        sys.exit(trouble.code)
