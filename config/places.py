"""Where data goes when `[storage]` leaves it open. Environment is an argument: nothing here reads the process's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from config.problem import ConfigError, Problem
from config.sections import Storage


def data_dir(storage: Storage, env: Mapping[str, str]) -> Path:
    """The data folder, not yet created: as said, else `$XDG_DATA_HOME/pratique`, else `~/.local/share/pratique`.

    `~` is the home folder. ConfigError when that is needed and `HOME` is not set.
    """
    if storage.data_dir:
        return _expanded(storage.data_dir, env)
    xdg = env.get("XDG_DATA_HOME", "")
    if Path(xdg).is_absolute():  # the XDG rule: a relative one is to be ignored
        return Path(xdg) / "pratique"
    return _expanded("~/.local/share/pratique", env)


def blobs_dir(storage: Storage, env: Mapping[str, str]) -> Path:
    """The folder of the tarballs: the path of `storage.blobs`, else `blobs` in the data folder."""
    if not storage.blobs:
        return data_dir(storage, env) / "blobs"
    path = storage.blobs.removeprefix("file:")
    return _expanded(path[2:] if path.startswith("///") else path, env)


def database_url(storage: Storage, env: Mapping[str, str], *, file: str = "ledger.sqlite3") -> str:
    """As said, else SQLite in the data folder, in the named file."""
    return storage.database_url or f"sqlite:///{data_dir(storage, env).absolute() / file}"


def _expanded(path: str, env: Mapping[str, str]) -> Path:
    if path != "~" and not path.startswith("~/"):
        return Path(path)
    home = env.get("HOME", "")
    if not home:
        text = "HOME is not set, so there is no place for data: set storage.data_dir to a folder"
        raise ConfigError([Problem("error", "storage.data_dir", text)])
    return Path(home, path[2:])
