"""What a worker is told arrives as it was said."""

from __future__ import annotations

import socket

import pytest

from config.load import load
from proxy.cli.orders import Orders, pack, take


def test_settings_arrive_by_value() -> None:
    said = {
        "server": {"trusted_proxies": ["10.0.0.0/8"], "public_urls": ["https://npm.example/base"], "drain": "1500ms"},
        "quarantine": {"baseline": "2026-11-01T09:00Z"},
        "packages": [{"match": "@types/*", "quarantine": {"hold": "1d"}}],
        "namespaces": [{"match": "@acme/*", "upstream": "https://npm.acme.example"}],
        "audiences": [{"name": "research", "quarantine": {"hold": "3d"}}],
    }
    orders = Orders(load(env={}, overrides=said).settings, "https://registry.example", "/data/run/x", 3, [5, 6], [7])
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(pack(orders))
        assert take(theirs) == orders


def test_a_server_that_goes_midway_has_said_nothing() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall((100).to_bytes(4, "big") + b"x")
        with pytest.raises(EOFError):
            take(theirs)
