"""Fixtures for the tests in this folder."""

from tests.end_to_end.clients.fixtures import client, client_tools

__all__ = ["client", "client_tools"]
