"""Every setting is documented, with its default, and nothing is documented that does not exist."""

import json
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import config
from config.environment import read_environment, variable
from config.load import load
from config.override import said
from config.policy import OWN
from config.schema import leaves, tables
from config.settings import Settings
from config.shown import shown
from config.units import format_duration

DEFAULT_TOML = Path(config.__file__).with_name("default.toml")
CONFIGURE = Path(__file__).parents[2] / "docs" / "configure.md"
ENTRY = re.compile(r"# (\[\[|[a-z_.]+ = )")
ROW = re.compile(r"^\| `([a-z_.]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, str]:
    rows = ROW.findall(CONFIGURE.read_text(encoding="utf-8"))
    assert len(rows) == len({key for key, _, _ in rows}), "a key is documented twice"
    return {key: default for key, default, _ in rows}


def flat(tree: dict[str, Any], prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for key, value in tree.items():
        keys |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return keys


def test_the_documented_keys_are_the_keys() -> None:
    entries = {f"{name}.{key}" for name, entry in tables(Settings).items() for key in leaves(entry)}
    assert set(documented()) == set(leaves(Settings)) | entries


def test_the_documented_defaults_are_the_defaults() -> None:
    rows = documented()
    for key, value in shown(Settings()).items():
        assert rows[key] == f"`{json.dumps(value)}`", key


def test_the_example_in_the_documentation_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", CONFIGURE.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "pratique.toml"
    file.write_text(example, encoding="utf-8")
    assert load(file, env={}).settings.packages[0].match == "@types/*"


def test_the_default_file_says_every_default() -> None:
    assert load(DEFAULT_TOML, env={}).settings == Settings()
    assert flat(tomllib.loads(DEFAULT_TOML.read_text(encoding="utf-8"))) == set(leaves(Settings))


def test_the_default_file_explains_every_key() -> None:
    for line in DEFAULT_TOML.read_text(encoding="utf-8").splitlines():
        if re.match(r"[a-z_]+ =", line):
            assert re.search(r" # \S+ \S+", line), line


def test_the_commented_entries_of_the_default_file_load(tmp_path: Path) -> None:
    text = DEFAULT_TOML.read_text(encoding="utf-8")
    lines = [line.removeprefix("# ") for line in text[text.index("# [[packages]]") :].splitlines() if ENTRY.match(line)]
    file = tmp_path / "pratique.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    settings = load(file, env={}).settings
    for name, entry in tables(Settings).items():
        assert flat(tomllib.loads(file.read_text("utf-8"))[name][0]) == set(leaves(entry)), name
    assert settings.namespaces[0].quarantine.hold == timedelta(0)
    assert settings.audiences[0].name == "research"
    own = settings.namespaces[0]
    assert (own.quarantine.hold, own.quarantine.new_package_hold) == (OWN.quarantine.hold, OWN.quarantine.new_package_hold)
    assert (own.scripts, own.rules) == (OWN.scripts, OWN.rules)


def test_the_documented_defaults_of_packages_of_ones_own_are_theirs() -> None:
    rows, defaults = documented(), said(OWN)
    told = {key: rows[f"namespaces.{key}"] for key in defaults}
    assert told == {
        key: f'`"{format_duration(value) if isinstance(value, timedelta) else value}"`' for key, value in defaults.items()
    }


def test_every_key_has_a_variable_and_every_default_can_be_said_there() -> None:
    env = {variable(key): ",".join(value) if isinstance(value, list) else str(value) for key, value in shown(Settings()).items()}
    layer = read_environment(env)
    assert not layer.problems
    assert load(env=env).settings == Settings()
