"""Whose install scripts are allowed: what can be written, what it means, and that whoever judges can read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.check import check
from config.load import load
from config.problem import ConfigError
from config.settings import ScriptsSettings, Settings
from config.trusted import Trusted, parse_trusted
from quarantine.ranges import Subject


def trusting(*listed: str) -> Settings:
    return Settings(scripts=ScriptsSettings(trusted=listed))


def found(*trusted: str, mode: str = "flag", **more: Any) -> list[tuple[str, str]]:
    settings = load(env={}, overrides={"scripts": {"mode": mode, "trusted": list(trusted)}, **more}).settings
    problems = check(settings, env={"HOME": "/home/somebody"}, now=datetime(2026, 11, 20, tzinfo=UTC))
    assert {each.level for each in problems} <= {"warning"}
    return [(each.place, each.text) for each in problems]


@pytest.mark.parametrize(
    ("text", "match", "versions"),
    [
        ("esbuild", "esbuild", "*"),
        ("esbuild@*", "esbuild", "*"),
        ("@acme/*", "@acme/*", "*"),
        ("@acme/*@*", "@acme/*", "*"),
        ("@acme/build-*", "@acme/build-*", "*"),
        ("@swc/core", "@swc/core", "*"),
        ("@swc/core@^1.7", "@swc/core", "^1.7"),
        ("sharp@^0.34", "sharp", "^0.34"),
        (" sharp@ ^0.34 ", "sharp", "^0.34"),
        ("sharp@0.34.1", "sharp", "0.34.1"),
        ("sharp@0.34.1-rc.1", "sharp", "0.34.1-rc.1"),
        ("sharp@>=0.33 <0.35 || ~1.2.3", "sharp", ">=0.33 <0.35 || ~1.2.3"),
        ("sharp@0.33 - 0.34.2", "sharp", "0.33 - 0.34.2"),
        ("sharp@1.x", "sharp", "1.x"),
        ("JSONStream", "JSONStream", "*"),
    ],
)
def test_a_name_a_scope_or_a_range(text: str, match: str, versions: str) -> None:
    assert parse_trusted(text) == Trusted(match, versions)
    assert parse_trusted(str(parse_trusted(text))) == Trusted(match, versions)
    assert load(env={}, overrides={"scripts": {"trusted": [text]}}).settings.trusted == (Trusted(match, versions),)


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("*", 'scripts.mode = "allow"'),
        ("", "is empty"),
        ("@acme", "'@acme/*'"),
        ("@acme@1", "'@acme/*'"),
        ("esbuild-*", "anybody can publish"),
        ("@*/build", "anybody can publish"),
        ("@acme*/build", "anybody can publish"),
        ("@acme/*@^1", "about one package"),
        ("sharp@", "names no version: write 'sharp'"),
        ("sharp@latest", "is no range"),
        ("sharp@v1.2.3", "is no range"),
        ("sharp@^", "is no range"),
        ("sharp@^0.34 ||", "is no range"),
        ("sharp@|| ^0.34", "is no range"),
        ("sharp@>=*", "is no range"),
        ("sharp@1.2.3.4", "is no range"),
        ("sharp@01.2", "is no range"),
        ("sharp@1.2.3-01", "is no range"),
        ("sharp@9007199254740993", "is no range"),
        ("sharp@npm:other@1", "is no range"),
        ("sharp@>=1\u00a0<2", "plain text"),
        ("sharp@\u0661", "is no range"),
        ("sharp@" + "1||" * 200 + "1", "is no range"),
        ("a b", "matches no package"),
        ("a/b", "matches no package"),
    ],
)
def test_anything_else_is_refused_with_the_mend(text: str, mend: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(env={}, overrides={"scripts": {"trusted": ["esbuild", text]}})
    (problem,) = refused.value.problems
    assert problem.place == "scripts.trusted (command line)"
    assert mend in problem.text


numbers = st.integers(0, 999_999_999_999_999).map(str) | st.sampled_from(["0", "1", "x", "*"])
words = st.text("0123456789azAZ-", min_size=1, max_size=20) | st.sampled_from(["rc", "0", "01"])
parts = st.lists(numbers, min_size=1, max_size=4).map(".".join)
versions = st.builds(lambda part, tag: f"{part}-{'.'.join(tag)}" if tag else part, parts, st.lists(words, max_size=3))
comparators = st.builds(str.__add__, st.sampled_from(["", "<", "<=", ">", ">=", "=", "^", "~", "!", "v"]), versions)
ranges = st.lists(comparators | st.sampled_from(["-", "||", ""]), min_size=1, max_size=6).map(" ".join)


@given(ranges | st.text("0123456789.xX*<>=^~|- abrc", max_size=30))
def test_every_range_that_loads_can_be_judged_by(text: str) -> None:
    try:
        entry = parse_trusted(f"sharp@{text}")
    except ValueError:
        return
    subject = Subject.parse(str(entry))
    assert subject.name == "sharp"
    subject.covers("1.2.3")


small = st.integers(0, 999_999)
plain = st.builds("{}.{}.{}{}".format, small, small, small, st.sampled_from(["", "-rc.1", "-0", "-beta-2.x7"]))
short = st.builds("{}".format, small) | st.builds("{}.{}".format, small, small) | st.builds("{}.{}.x".format, small, small)
ordinary = st.builds(str.__add__, st.sampled_from(["", "<", "<=", ">", ">=", "=", "^", "~"]), plain | short)
spans = st.builds("{} - {}".format, plain | short, plain | short) | st.lists(ordinary, min_size=1, max_size=3).map(" ".join)


@given(st.lists(spans, min_size=1, max_size=3).map(" || ".join))
def test_every_range_that_people_write_loads_and_can_be_judged_by(text: str) -> None:
    assert parse_trusted(f"sharp@{text}").versions == text
    assert Subject.parse(f"sharp@{text}").versions == text


def test_which_versions_of_a_package_are_trusted() -> None:
    settings = trusting("sharp@^0.34", "sharp@1.0.0", "@acme/*", "JSONStream")
    assert settings.trusted_versions("sharp") == ("^0.34", "1.0.0")
    assert settings.trusted_versions("@acme/ui") == ("*",)
    assert settings.trusted_versions("JSONStream") == ("*",)
    for other in ("jsonstream", "@ACME/ui", "acme", "sharp-extra", "@sharp/sharp"):
        assert settings.trusted_versions(other) == ()


def test_entries_that_make_a_difference_are_fine() -> None:
    assert found("esbuild", "sharp@^0.34", "sharp@^1", "@acme/*") == []
    assert found("esbuild", mode="deny", packages=[{"match": "esbuild", "scripts": {"mode": "flag"}}]) == []
    strict = {"match": "left-pad", "scripts": {"mode": "deny"}}
    assert found("@acme/*", mode="allow", packages=[strict]) == []


def test_entries_where_everything_is_allowed() -> None:
    assert found("esbuild", "@acme/*", mode="allow") == [
        ("scripts.trusted", "has no effect: install scripts of every package are allowed")
    ]


@pytest.mark.parametrize(
    ("trusted", "named", "by"),
    [
        (("sharp", "sharp@^0.34"), "'sharp@^0.34'", "'sharp' trusts all of it"),
        (("@acme/ui@1", "@acme/*"), "'@acme/ui@1'", "'@acme/*' trusts all of it"),
        (("@acme/*", "@acme/build-*"), "'@acme/build-*'", "'@acme/*' trusts all of it"),
        (("allowed",), "'allowed'", "allow already"),
        (("@own/ui",), "'@own/ui'", "allow already"),
    ],
)
def test_an_entry_that_makes_no_difference(trusted: tuple[str, ...], named: str, by: str) -> None:
    packages = [{"match": "allowed", "scripts": {"mode": "allow"}}]
    namespaces = [{"match": "@own/*", "upstream": "https://npm.own.example"}]
    ((place, text),) = found(*trusted, packages=packages, namespaces=namespaces)
    assert place == "scripts.trusted"
    assert text.startswith(f"{named} has no effect: ")
    assert by in text
