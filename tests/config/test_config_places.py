from pathlib import Path

import pytest

from config.places import blobs_dir, data_dir, database_url
from config.problem import ConfigError
from config.sections import Storage

HOME = {"HOME": "/home/somebody"}


@pytest.mark.parametrize(
    ("said", "env", "expected"),
    [
        ("", HOME, "/home/somebody/.local/share/pratique"),
        ("", HOME | {"XDG_DATA_HOME": "/data"}, "/data/pratique"),
        ("", HOME | {"XDG_DATA_HOME": "relative"}, "/home/somebody/.local/share/pratique"),
        ("", {"XDG_DATA_HOME": "/data"}, "/data/pratique"),
        ("/srv/pratique", {}, "/srv/pratique"),
        ("~/p", HOME, "/home/somebody/p"),
        ("~", HOME, "/home/somebody"),
        ("here", {}, "here"),
    ],
)
def test_the_data_folder(said: str, env: dict[str, str], expected: str) -> None:
    assert data_dir(Storage(data_dir=said), env) == Path(expected)


def test_without_a_home_there_must_be_a_setting() -> None:
    with pytest.raises(ConfigError, match=r"set storage\.data_dir"):
        data_dir(Storage(), {})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", "/srv/blobs"),
        ("file:/mnt/b", "/mnt/b"),
        ("file:///mnt/b", "/mnt/b"),
        ("file:b", "b"),
        ("file:~/b", "/home/somebody/b"),
    ],
)
def test_the_folder_of_blobs(said: str, expected: str) -> None:
    assert blobs_dir(Storage(data_dir="/srv", blobs=said), HOME) == Path(expected)


def test_the_database() -> None:
    assert database_url(Storage(data_dir="/srv"), {}) == "sqlite:////srv/ledger.sqlite3"
    assert database_url(Storage(data_dir="/srv"), {}, file="access.sqlite3") == "sqlite:////srv/access.sqlite3"
    assert database_url(Storage(database_url="sqlite:///x"), {}) == "sqlite:///x"
