from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.load import load
from config.problem import ConfigError
from config.settings import Settings
from config.shown import digest, shown

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        file = tmp_path / "pratique.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return written


def problems(error: pytest.ExceptionInfo[ConfigError]) -> str:
    assert all(problem.level == "error" for problem in error.value.problems)
    return str(error.value)


def test_nothing_said_is_the_defaults() -> None:
    loaded = load(env={})
    assert loaded.settings == Settings()
    assert set(loaded.sources.values()) == {"default"}
    assert loaded.file is None


def test_what_is_given_beside_the_file_can_have_another_name() -> None:
    assert load(env={}, overrides={"server": {"port": 3}}, named="policy").sources["server.port"] == "policy"
    with pytest.raises(ConfigError) as refused:
        load(env={}, overrides={"server": {"port": "x"}}, named="policy")
    assert "policy" in problems(refused)
    assert "command line" not in problems(refused)


def test_the_later_wins_and_the_source_says_which(write: Write) -> None:
    file = write('[server]\nport = 1\nhost = "::1"\n\n[quarantine]\nhold = "3d"\nadmit = "age"\n')
    env = {"PRATIQUE_SERVER__PORT": "2", "PRATIQUE_QUARANTINE__HOLD": "4d"}
    loaded = load(file, env=env, overrides={"server": {"port": 3, "host": None}})
    assert loaded.settings.server.port == 3
    assert loaded.settings.server.host == "::1"
    assert loaded.settings.quarantine.hold == timedelta(days=4)
    assert loaded.sources["server.port"] == "command line"
    assert loaded.sources["server.host"] == f"{file}:3"
    assert loaded.sources["quarantine.hold"] == "environment PRATIQUE_QUARANTINE__HOLD"
    assert loaded.sources["quarantine.admit"] == f"{file}:7"
    assert loaded.sources["log.level"] == "default"
    assert loaded.file == file
    assert set(loaded.sources) == set(shown(loaded.settings))


def test_the_file_comes_from_the_argument_else_from_the_environment(write: Write, tmp_path: Path) -> None:
    file = write("[server]\nport = 1\n")
    assert load(env={"PRATIQUE_CONFIG": str(file)}).settings.server.port == 1
    other = tmp_path / "other.toml"
    other.write_text("\ufeff[server]\nport = 2\n", encoding="utf-8")
    assert load(other, env={"PRATIQUE_CONFIG": str(file)}).settings.server.port == 2
    assert load(env={"PRATIQUE_CONFIG": ""}).file is None


def test_entries_of_packages(write: Write) -> None:
    file = write(
        '[[packages]]\nmatch = "@types/*"\nquarantine.hold = "1d"\n\n'
        '[[packages]]\nmatch = "axios"\n[packages.quarantine]\nenforce = "observe"\nhold = 0\n'
    )
    loaded = load(file, env={})
    assert loaded.settings.for_package("@types/node").hold == timedelta(days=1)
    assert loaded.settings.for_package("axios").enforce == "observe"
    assert loaded.sources["packages[0].quarantine.hold"] == f"{file}:3"
    assert loaded.sources["packages[1].quarantine.hold"] == f"{file}:9"
    assert set(loaded.sources) == set(shown(loaded.settings))


def test_an_override_replaces_the_entries_of_packages_as_a_whole(write: Write) -> None:
    file = write('[[packages]]\nmatch = "a"\nquarantine.hold = "1d"\n[[packages]]\nmatch = "b"\n')
    loaded = load(file, env={}, overrides={"packages": [{"match": "c"}]})
    assert [entry.match for entry in loaded.settings.packages] == ["c"]
    assert loaded.sources["packages[0].match"] == "command line"
    assert not [key for key in loaded.sources if key.startswith("packages[1]")]


def test_all_problems_are_reported_at_once_with_place_line_and_mend(write: Write) -> None:
    file = write(
        '[quarantine]\nholdd = "3d"\nhold = "3"\nadmit = "review"\n[provenance]\nmode = "off"\n'
        '[server]\nhold = "3d"\nport = "80"\n[[packages]]\nquarantine.hold = 3\nmode = 1\n'
    )
    with pytest.raises(ConfigError) as error:
        load(file, env={"PRATIQUE_QUARANTINE__HOLDD": "3d"}, overrides={"server": {"prot": 1}})
    lines = problems(error).splitlines()
    assert lines == [
        f'quarantine.holdd ({file}:2): there is no such key; did you mean "quarantine.hold"?',
        f"quarantine.hold ({file}:3): '3' has no unit: write one of 3d, 3h, 3m, 3s",
        f'quarantine.admit ({file}:4): "review": write "age"; this version accepts nothing else',
        f"provenance ({file}:5): there is no such key in this version; it has server, admin, upstream, storage, access,"
        " quarantine, scripts, rules, examiner, refresh, signing, log, packages, namespaces, audiences",
        f'server.hold ({file}:8): there is no such key; did you mean "quarantine.hold"?',
        f'server.port ({file}:9): "80": write a whole number, without quotes',
        f'packages[0].quarantine.hold ({file}:11): 3: write a number with a unit, in quotes, such as "7d"',
        f'packages[0].mode ({file}:12): there is no such key; did you mean "scripts.mode"?',
        f'packages[0] ({file}:10): has no match: add one, such as match = "@types/*"',
        'quarantine.holdd (environment PRATIQUE_QUARANTINE__HOLDD): there is no such key; did you mean "quarantine.hold"?',
        'server.prot (command line): there is no such key; did you mean "server.port"?',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("server = 1\n", "server .*is a section, not a value: write its keys, such as server.host"),
        ("[packages]\nmatch = 'a'\n", "under \\[\\[packages\\]\\]"),
        ("packages = ['a']\n", "under \\[\\[packages\\]\\]"),
        ("'quarantine.hold' = '0'\n", "one quoted word"),
        ("[log]\nvolume = 3\n", "the section has level, format"),
        (
            "[[packages]]\nmatch = 'a'\ncolour = 'red'\n",
            "there is no such key in this version; it has match, quarantine, scripts, rules",
        ),
        ("[[packages]]\nmatch = 'a@1'\n", "packages\\[0\\].match .*:2\\): 'a@1': version ranges"),
        ("[server\n", "is no TOML: .*line 1"),
        ("[server.host]\nx = 1\n", "write text, in quotes"),
    ],
)
def test_refuses_what_has_the_wrong_shape(write: Write, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(write(text), env={})


def test_a_file_that_cannot_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read \(No such file"):
        load(tmp_path / "gone.toml", env={})
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, env={})
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[server]\ncontact = "\xe4"\n')
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(latin, env={})


def test_a_broken_file_does_not_hide_problems_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "gone.toml", env={"PRATIQUE_LOG__LEVEL": "loud"})
    assert len(error.value.problems) == 2


@pytest.mark.parametrize("day", ["2026-11-01", '"2026-11-01"', "2026-11-01T00:00:00Z", '"2026-11-01T02:00+02:00"'])
def test_a_baseline_is_a_day_or_an_instant(write: Write, day: str) -> None:
    settings = load(write(f"[quarantine]\nbaseline = {day}\n"), env={}).settings
    assert settings.quarantine.baseline == datetime(2026, 11, 1, tzinfo=UTC)
    assert shown(settings)["quarantine.baseline"] == "2026-11-01T00:00Z"


@pytest.mark.parametrize("day", ["2026-11-01T09:00:00", '"2026-11-01 09:00"', '"20261101"', '"soon"', "5", "09:00:00"])
def test_a_baseline_without_a_time_zone_is_refused(write: Write, day: str) -> None:
    with pytest.raises(ConfigError, match=r"quarantine\.baseline"):
        load(write(f"[quarantine]\nbaseline = {day}\n"), env={})


def test_the_digest_is_that_of_the_values_not_of_where_they_came_from(write: Write) -> None:
    file = write('[quarantine]\nhold = "72h"\n')
    assert load(file, env={}).digest == load(env={"PRATIQUE_QUARANTINE__HOLD": "3d"}).digest
    assert load(file, env={}).digest != load(env={}).digest
    assert load(env={}).digest == digest(Settings())
    assert len(digest(Settings())) == 64


def test_passwords_are_neither_shown_nor_part_of_the_digest() -> None:
    one = load(env={"PRATIQUE_STORAGE__DATABASE_URL": "postgresql://me:s3c/r@t@db.example/x"})
    two = load(env={"PRATIQUE_STORAGE__DATABASE_URL": "postgresql://me:other@db.example/x"})
    assert one.settings.storage.database_url.startswith("postgresql://me:s3c")
    assert shown(one.settings)["storage.database_url"] == "postgresql://me:***@db.example/x"
    assert one.digest == two.digest
