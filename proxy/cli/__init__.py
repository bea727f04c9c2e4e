"""The command line. Heavy imports happen inside commands, so that `pratique --help` answers at once."""

from __future__ import annotations

from proxy.cli.trouble import ended


def main() -> None:
    """The `pratique` command."""
    import proxy.cli.desk_app  # noqa: F401  (its commands register themselves)
    from proxy.cli.app import app

    ended(app)
