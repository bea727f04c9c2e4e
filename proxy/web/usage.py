"""Who takes note of which packages are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from quarantine.package import PackageName


class Usage(Protocol):
    """Takes which packages are asked for; never blocks."""

    def asked(self, name: PackageName) -> None:
        """Somebody asked for this package."""
        ...

    def installed(self, names: Iterable[PackageName]) -> None:
        """Somebody has these installed."""
        ...
