from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.check import check
from config.load import load
from config.settings import Settings

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ENV = {"HOME": "/home/somebody"}


def found(tree: dict[str, Any] | None = None, env: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    settings = load(env={}, overrides=tree or {}).settings
    problems = check(settings, env=ENV if env is None else env, now=NOW)
    return [(problem.level, problem.place, problem.text) for problem in problems]


def entries(*listed: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"packages": [{"match": match, "quarantine": quarantine} for match, quarantine in listed]}


def test_the_defaults_are_fine() -> None:
    assert check(Settings(), env=ENV, now=NOW) == []


def test_a_server_for_others_that_says_so_is_fine() -> None:
    tree = {"server": {"host": "0.0.0.0", "public_urls": ["https://npm.example"]}, "access": {"anonymous": True}}
    assert found(tree) == []


@pytest.mark.parametrize(
    ("tree", "level", "place", "text"),
    [
        ({"server": {"host": "::"}}, "warning", "server.public_urls", "Host header"),
        ({"server": {"host": ""}}, "error", "server.host", "is empty"),
        ({"server": {"host": "[::1]"}}, "error", "server.host", "without brackets"),
        ({"server": {"port": 65536}}, "error", "server.port", "1 to 65535"),
        ({"server": {"port": -1}}, "error", "server.port", "1 to 65535"),
        ({"server": {"workers": 0}}, "error", "server.workers", "1 to 64"),
        ({"server": {"workers": 65}}, "error", "server.workers", "1 to 64"),
        ({"server": {"trusted_proxies": ["0.0.0.0/0"]}}, "warning", "server.trusted_proxies", "everybody"),
        ({"server": {"max_age": "2h"}}, "warning", "server.max_age", "block"),
        ({"server": {"tls_cert": "/nowhere/c.pem"}}, "error", "server.tls_cert", "does not exist"),
        ({"server": {"tls_cert": "/nowhere/c.pem"}}, "error", "server.tls_key", "needs both"),
        ({"server": {"tls_key": "/"}}, "error", "server.tls_key", "not a file"),
        ({"signing": {"key_file": "/nowhere/key.pem"}}, "error", "signing.key_file", "does not exist"),
        ({"signing": {"key_file": "/"}}, "error", "signing.key_file", "not a file"),
        ({"upstream": {"ca_file": "/nowhere/ca.pem"}}, "error", "upstream.ca_file", "does not exist"),
        ({"upstream": {"url": "http://registry.example"}}, "warning", "upstream.url", "not encrypted"),
        ({"upstream": {"token_env": "NPM_T"}}, "error", "upstream.token_env", "names NPM_T, which is not set"),
        ({"upstream": {"token_env": "PRATIQUE_TOKEN"}}, "error", "upstream.token_env", "another meaning"),
        (
            {"upstream": {"token_env": "NPM_T"}, "access": {"admin_token_env": "NPM_T"}},
            "error",
            "upstream.token_env",
            "could administer",
        ),
        ({"upstream": {"timeout": "0"}}, "error", "upstream.timeout", "more than 0"),
        (
            {"upstream": {"connect_timeout": "1m"}},
            "warning",
            "upstream.connect_timeout",
            "longer than upstream.timeout",
        ),
        ({"upstream": {"fresh": "8d"}}, "warning", "upstream.fresh", "longer than quarantine.hold 7d"),
        ({"upstream": {"retries": -1}}, "error", "upstream.retries", "0 to 10"),
        ({"upstream": {"max_packument": "0"}}, "error", "upstream.max_packument", "64MiB"),
        ({"refresh": {"budget": -1}}, "error", "refresh.budget", "0 or more"),
        ({"refresh": {"budget": 0}}, "warning", "refresh.budget", "nothing is looked at"),
        ({"refresh": {"every": "0"}}, "error", "refresh.every", "more than 0"),
        ({"quarantine": {"hold": "23h"}}, "warning", "quarantine.hold", "shorter than 24h"),
        ({"quarantine": {"hold": "0"}}, "warning", "quarantine.hold", "switches the age rule off"),
        ({"quarantine": {"fresh_look": "7d"}}, "warning", "quarantine.fresh_look", "also admit it"),
        ({"quarantine": {"baseline": "2026-11-21"}}, "error", "quarantine.baseline", "future"),
        ({"quarantine": {"baseline": "2026-11-19"}}, "warning", "quarantine.baseline", "without having aged"),
        (entries(("axios", {})), "warning", "packages[0]", "sets nothing"),
        (entries(("axios", {"hold": "1h"})), "warning", "packages[0].quarantine.hold", "shorter than 24h"),
    ],
)
def test_finds(tree: dict[str, Any], level: str, place: str, text: str) -> None:
    assert [True for found_level, at, said in found(tree) if (found_level, at) == (level, place) and text in said]


@pytest.mark.parametrize(
    "tree",
    [
        {"upstream": {"url": "http://127.0.0.1:8080"}},
        {"upstream": {"url": "http://[::1]:8080"}},
        {"quarantine": {"baseline": "2026-11-01"}},
        {"refresh": {"budget": 0, "enabled": False}},
        {"server": {"port": 0}},
    ],
)
def test_finds_nothing(tree: dict[str, Any]) -> None:
    assert found(tree) == []


def test_errors_come_first() -> None:
    levels = [level for level, _, _ in found({"server": {"port": -1}, "quarantine": {"hold": "1h"}})]
    assert levels == sorted(levels)
    assert set(levels) == {"error", "warning"}


def test_a_variable_that_is_set_is_fine() -> None:
    assert found({"upstream": {"token_env": "NPM_T"}}, ENV | {"NPM_T": "x"}) == []


def test_a_server_that_would_ask_itself() -> None:
    tree = {"server": {"public_urls": ["https://npm.example/"]}, "upstream": {"url": "https://npm.example"}}
    assert [place for _, place, _ in found(tree)] == ["upstream.url"]


def test_files_that_exist_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "x.pem"
    file.touch()
    assert found({"server": {"tls_cert": str(file), "tls_key": str(file)}, "upstream": {"ca_file": str(file)}}) == []


def test_a_data_folder_is_needed_and_must_be_a_folder(tmp_path: Path) -> None:
    assert [place for _, place, _ in found(env={})] == ["storage.data_dir"]
    file = tmp_path / "x"
    file.touch()
    assert "not a folder" in found({"storage": {"data_dir": str(file)}})[0][2]


@pytest.mark.parametrize("first", ["@types/*", "*", "@*/*", "@types/no*"])
def test_an_entry_after_one_that_covers_it_can_never_apply(first: str) -> None:
    tree = entries((first, {"hold": "2d"}), ("@types/node*", {"hold": "3d"}))
    ((level, place, text),) = found(tree)
    assert (level, place) == ("warning", "packages[1]")
    assert "can never apply" in text
    assert f"packages[0] ({first!r})" in text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("@types/node", {"hold": "2d"}), ("@types/*", {"hold": "3d"})),
        (("@types/*", {"hold": "2d"}), ("*", {"hold": "3d"})),
        (("*", {"hold": "2d"}), ("axios", {"enforce": "observe"})),
        (("a*", {"hold": "2d"}), ("*b", {"hold": "3d"})),
    ],
)
def test_an_entry_that_can_apply_is_fine(first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]) -> None:
    assert found(entries(first, second)) == []


def test_a_key_that_an_earlier_entry_takes_away() -> None:
    ((_, place, text),) = found(entries(("*", {"hold": "2d"}), ("axios", {"hold": "3d", "enforce": "observe"})))
    assert place == "packages[1]"
    assert "quarantine.hold has no effect" in text


def test_two_entries_together_can_cover_a_third() -> None:
    listed = (("*", {"hold": "2d"}), ("a*", {"enforce": "observe"}), ("axios", {"hold": "3d", "enforce": "enforce"}))
    ((_, place, text),) = found(entries(*listed))
    assert place == "packages[2]"
    assert "packages[0]" in text
    assert "packages[1]" in text


def test_durations_are_compared_not_spelled() -> None:
    assert found({"quarantine": {"hold": "24h"}}) == []
    assert Settings().quarantine.new_package_hold > timedelta(hours=24)


@pytest.mark.parametrize(("mode", "open_to_all"), [(0o600, False), (0o440, False), (0o644, True), (0o602, True)])
def test_a_signing_key_that_everybody_can_reach(tmp_path: Path, mode: int, open_to_all: bool) -> None:
    """A group may read it: that is how Kubernetes mounts a secret."""
    file = tmp_path / "key.pem"
    file.touch()
    file.chmod(mode)
    places = [(level, place) for level, place, _ in found({"signing": {"key_file": str(file)}})]
    assert places == ([("warning", "signing.key_file")] if open_to_all else [])
