from datetime import timedelta

import pytest

from config.environment import variable
from config.load import load
from config.problem import ConfigError
from config.settings import Settings


def test_the_name_of_a_variable() -> None:
    assert variable("quarantine.new_package_hold") == "PRATIQUE_QUARANTINE__NEW_PACKAGE_HOLD"


@pytest.mark.parametrize(
    "value", ["https://a.example,https://b.example/npm/", ' ["https://a.example", "https://b.example/npm"] ']
)
def test_lists(value: str) -> None:
    settings = load(env={"PRATIQUE_SERVER__PUBLIC_URLS": value}).settings
    assert settings.server.public_urls == ("https://a.example", "https://b.example/npm")


@pytest.mark.parametrize("value", ["", "[]", " , "])
def test_empty_lists(value: str) -> None:
    assert load(env={"PRATIQUE_SERVER__PUBLIC_URLS": value}).settings == Settings()


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("OFF", False), ("no", False), ("", None)])
def test_booleans(value: str, expected: bool | None) -> None:
    assert load(env={"PRATIQUE_ACCESS__ANONYMOUS": value}).settings.access.anonymous is expected


def test_durations_sizes_and_numbers() -> None:
    env = {
        "PRATIQUE_QUARANTINE__HOLD": "3d",
        "PRATIQUE_STORAGE__MEMORY": "64 MB",
        "PRATIQUE_UPSTREAM__RETRIES": " 0 ",
        "PRATIQUE_REFRESH__EVERY": "0",
    }
    settings = load(env=env).settings
    assert settings.quarantine.hold == timedelta(days=3)
    assert settings.storage.memory == 64_000_000
    assert settings.upstream.retries == 0
    assert settings.refresh.every == timedelta(0)


def test_scripts_rules_and_the_examiner() -> None:
    env = {
        "PRATIQUE_SCRIPTS__MODE": "strip",
        "PRATIQUE_SCRIPTS__TRUSTED": "esbuild, @acme/*,sharp@>=0.34 <1",
        "PRATIQUE_RULES__YOUNG_DEPENDENCY": "note",
        "PRATIQUE_EXAMINER__MAX_ENTRIES": "1000",
        "PRATIQUE_EXAMINER__MEMORY": "512MiB",
    }
    settings = load(env=env).settings
    assert settings.scripts.mode == "strip"
    assert settings.scripts.trusted == ("esbuild", "@acme/*", "sharp@>=0.34 <1")
    assert settings.rules.young_dependency == "note"
    assert (settings.examiner.max_entries, settings.examiner.memory) == (1000, 512 * 2**20)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PRATIQUE_QUARANTINE__HOLT", "3d", "PRATIQUE_QUARANTINE__HOLT.*did you mean .quarantine.hold."),
        ("PRATIQUE_PROVENANCE__MODE", "off", "PRATIQUE_PROVENANCE__MODE.*no such key"),
        ("PRATIQUE_SCRIPTS__TRUSTED", "esbuild,sharp@", "'sharp@' names no version"),
        ("PRATIQUE_RULES__AMBIGUOUS_ARCHIVE", "off", 'write one of "note", "hold", "review", "block"'),
        ("PRATIQUE_QUARANTINE_HOLD", "3d", "two underscores.*PRATIQUE_QUARANTINE__HOLD"),
        ("PRATIQUE_quarantine__hold", "3d", "write PRATIQUE_QUARANTINE__HOLD"),
        ("PRATIQUE_PACKAGES__MATCH", "a", "only be written in the file"),
        ("PRATIQUE_SERVER__PORT", "http", "write a whole number"),
        ("PRATIQUE_REFRESH__ENABLED", "maybe", "write true or false"),
        ("PRATIQUE_REFRESH__ENABLED", "", "write true or false"),
        ("PRATIQUE_SERVER__PUBLIC_URLS", "[https://a.example]", "is no list"),
        ("PRATIQUE_SERVER__PUBLIC_URLS", "[1]", "write text"),
        ("PRATIQUE_LOG__LEVEL", "loud", 'write one of "debug", "info"'),
    ],
)
def test_refuses_and_names_the_variable(name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        load(env={name: value})
    assert f"(environment {name})" in str(error.value)


def test_what_is_not_a_setting_is_left_alone() -> None:
    env = {
        "PRATIQUE_URL": "https://npm.example",
        "PRATIQUE_TOKEN": "x",
        "PRATIQUE_TEST_NPM__CACHE": "x",
        "PRATIQUE_PORT": "tcp://10.0.0.1:4873",
        "PRATIQUE_SERVER_PORT": "tcp://10.0.0.1:4873",
        "PRATIQUE_SERVICE_HOST": "10.0.0.1",
        "HOME": "/home/somebody",
    }
    assert load(env=env).settings == Settings()
