"""Puts the settings together: defaults, then the file, then the environment, then the command line; the later wins.

The file is the one that is named, by `--config` or by `PRATIQUE_CONFIG`. None is picked up from the current folder:
which versions may enter must not depend on where somebody stood when starting the server.

This is the only module of the product that reads the process's environment.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from config.environment import read_environment
from config.layer import Layer, read_tables
from config.lines import key_lines, line_of
from config.problem import ConfigError, Problem
from config.schema import leaves
from config.settings import Settings
from config.shown import digest, shown

DEFAULT = "default"


class Loaded(msgspec.Struct, frozen=True):
    """The effective settings. `sources` has an entry for every key of `config.shown.shown(settings)`."""

    settings: Settings
    sources: dict[str, str]  # key path -> "default", "pratique.toml:12", "environment PRATIQUE_…", "command line"
    digest: str  # sha256 of the effective settings, hexadecimal
    file: Path | None = None  # the file that was read


def load(
    file: str | Path | None = None,
    *,
    env: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] | None = None,
    named: str = "command line",
) -> Loaded:
    """The settings, all values of their own types.

    `file` is what `--config` names. `overrides` is the command line, nested as the file is; None stands for an option
    that was not given, and text is read as in the environment; `named` is what problems call it. ConfigError lists everything
    that is wrong in all of them.
    """
    path = _path(file, env)
    layers = [] if path is None else [_read_file(path)]
    layers.append(read_environment(env))
    layers.append(read_tables(_given(overrides or {}), lambda _: named, text=True))
    problems = [problem for layer in layers for problem in layer.problems]
    if problems:
        raise ConfigError(problems)
    values: dict[str, Any] = {}
    sources = dict.fromkeys(leaves(Settings), DEFAULT)
    for layer in layers:
        for section, said in layer.values.items():
            if isinstance(said, dict):
                values.setdefault(section, {}).update(said)
            else:  # a list of entries is taken over as a whole
                values[section] = said
                sources = {key: source for key, source in sources.items() if not key.startswith(f"{section}[")}
        sources |= layer.sources
    settings = _converted(values)
    return Loaded(settings, {key: sources.get(key, DEFAULT) for key in shown(settings)}, digest(settings), path)


def _path(file: str | Path | None, env: Mapping[str, str]) -> Path | None:
    named = str(file) if file is not None else env.get("PRATIQUE_CONFIG", "")
    return Path(named) if named else None


def _read_file(path: Path) -> Layer:
    try:
        text = path.read_text(encoding="utf-8-sig")
        tree = tomllib.loads(text)
    except OSError as wrong:
        text = f"cannot be read ({wrong.strerror or wrong}): name another file with --config or PRATIQUE_CONFIG"
    except UnicodeDecodeError as wrong:
        text = f"is not UTF-8 (at byte {wrong.start}): save it as UTF-8"
    except tomllib.TOMLDecodeError as wrong:
        text = f"is no TOML: {wrong}"
    else:
        lines = key_lines(text)
        return read_tables(tree, lambda key: f"{path}:{line}" if (line := line_of(lines, key)) else str(path))
    return Layer(problems=[Problem("error", str(path), text)])


def _given(overrides: Mapping[str, Any]) -> dict[str, Any]:
    nested = {key: _given(value) if isinstance(value, Mapping) else value for key, value in overrides.items()}
    return {key: value for key, value in nested.items() if value is not None}


def _converted(values: Mapping[str, Any]) -> Settings:
    try:
        return msgspec.convert(values, Settings)
    except msgspec.ValidationError as wrong:  # every value was checked before: what is left is a rule of the structs alone
        raise ConfigError([Problem("error", "configuration", str(wrong))]) from wrong
