"""Fixtures for the tests in this folder."""

from __future__ import annotations

from tests.end_to_end.conftest import world

__all__ = ["world"]
