"""Which release of pratique this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Our own version."""
    try:
        return version("pratique")
    except PackageNotFoundError:
        return "0"
