"""Audiences: whose settings win, and which pairs of them break lockfiles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.check import check
from config.load import load
from config.policy import AudienceEntry, PackageEntry, PackageQuarantine, resolve
from config.problem import ConfigError
from config.settings import Settings

DAY = timedelta(days=1)
KEYS = ("enforce", "hold", "new_package_hold")


def loaded(*audiences: dict[str, Any], **more: Any) -> Settings:
    return load(env={}, overrides={"audiences": list(audiences), **more}).settings


def named(name: str, **quarantine: Any) -> dict[str, Any]:
    return {"name": name, "quarantine": quarantine}


def found(settings: Settings) -> list[tuple[str, str, str]]:
    problems = check(settings, env={"HOME": "/home/somebody"}, now=datetime(2026, 11, 20, tzinfo=UTC))
    return [(problem.level, problem.place, problem.text) for problem in problems]


quarantines = st.builds(
    PackageQuarantine,
    enforce=st.sampled_from([None, "enforce", "observe"]),
    hold=st.none() | st.integers(0, 9).map(lambda days: days * DAY),
    new_package_hold=st.none() | st.integers(0, 9).map(lambda days: days * DAY),
)


@given(
    st.lists(st.builds(PackageEntry, match=st.sampled_from(["*", "lib", "l*", "@s/*", "other"]), quarantine=quarantines)),
    st.none() | quarantines,
    st.sampled_from(["lib", "@s/p", "left"]),
)
def test_the_first_that_sets_a_key_wins_it(entries: list[PackageEntry], own: PackageQuarantine | None, name: str) -> None:
    base = Settings().base
    audience = AudienceEntry("research", own) if own is not None else None
    matching = {"lib": {"*", "lib", "l*"}, "@s/p": {"*", "@s/*"}, "left": {"*", "l*"}}[name]
    said = [entry.quarantine for entry in entries if entry.match in matching] + ([own] if own is not None else [])
    chosen = resolve(base, tuple(entries), name, audience=audience)
    for key in KEYS:
        values = [value for each in said if (value := getattr(each, key)) is not None]
        assert getattr(chosen, key) == (values[0] if values else getattr(base, key))
    assert (chosen.admit, chosen.baseline, chosen.fresh_look) == (base.admit, base.baseline, base.fresh_look)


def test_packages_go_before_audiences_and_namespaces_know_none() -> None:
    settings = loaded(
        named("research", hold="3d"),
        packages=[{"match": "@types/*", "quarantine": {"hold": "1d"}}],
        namespaces=[{"match": "@acme/*", "upstream": "https://npm.acme.example"}],
    )
    assert settings.for_package("lib", "research").hold == 3 * DAY
    assert settings.for_package("lib").hold == 7 * DAY
    assert settings.for_package("@types/node", "research").hold == DAY
    assert settings.for_package("@acme/ui", "research").hold == settings.for_package("@acme/ui").hold == 0 * DAY
    with pytest.raises(KeyError):
        settings.for_package("lib", "nobody")


@pytest.mark.parametrize("name", ["", "Research", "every one", "-a", "1a", "a" * 33, "é"])
def test_a_name_is_a_short_word(name: str) -> None:
    with pytest.raises(ConfigError, match="32 lower-case letters"):
        loaded(named(name))


def test_everyone_is_no_audience_of_its_own() -> None:
    with pytest.raises(ConfigError, match="belongs to no audience"):
        loaded(named("everyone", hold="3d"))


def pairs(settings: Settings) -> dict[str, list[str]]:
    """Who is warned of, and for the sake of whom."""
    told = {}
    for level, _, text in found(settings):
        if "a lockfile made by" in text:
            assert level == "warning"
            maker, _, rest = text.partition("a lockfile made by ")[2].partition(" can pin versions that are withheld from ")
            told[maker] = rest.partition(", whose installs")[0].split(" and ")
    return told


@pytest.mark.parametrize(
    ("audiences", "expected"),
    [
        ([], {}),
        ([named("same", hold="7d")], {}),
        ([named("same", hold="7d", new_package_hold="14d", enforce="enforce")], {}),
        ([named("silent")], {}),
        ([named("quick", hold="3d")], {"quick": ["everyone"]}),
        ([named("slow", hold="8d")], {"everyone": ["slow"]}),
        ([named("slow", hold="8d"), named("quick", hold="3d")], {"everyone": ["slow"], "quick": ["everyone", "slow"]}),
        ([named("fresh", new_package_hold="1d")], {"fresh": ["everyone"]}),
        # A hold is a hold for new packages too.
        ([named("fresh", hold="7d", new_package_hold="1d")], {"fresh": ["everyone"]}),
        ([named("mixed", hold="8d", new_package_hold="1d")], {"mixed": ["everyone"], "everyone": ["mixed"]}),
        ([named("watching", enforce="observe")], {"watching": ["everyone"]}),
        ([named("a", hold="3d"), named("b", hold="3d")], {"a": ["everyone"], "b": ["everyone"]}),
    ],
)
def test_pairs_that_break_lockfiles_are_named(audiences: list[dict[str, Any]], expected: dict[str, list[str]]) -> None:
    assert pairs(loaded(*audiences)) == expected


def test_what_is_the_same_for_every_package_breaks_nothing() -> None:
    everything = {"match": "*", "quarantine": {"hold": "2d", "new_package_hold": "2d", "enforce": "enforce"}}
    settings = loaded(named("quick", hold="3d"), packages=[everything])
    assert pairs(settings) == {}
    assert ("warning", "audiences[0].quarantine.hold") in [each[:2] for each in found(settings)]
    one = {"match": "lib", "quarantine": {"hold": "2d"}}
    assert pairs(loaded(named("same", hold="7d"), packages=[one])) == {}
    assert pairs(loaded(named("quick", hold="3d"), packages=[one])) == {"quick": ["everyone"]}


def test_where_nobody_is_held_nobody_can_be_surprised() -> None:
    watching = {"enforce": "observe"}
    assert pairs(loaded(named("quick", hold="3d"), quarantine=watching)) == {}
    assert pairs(loaded(named("strict", enforce="enforce"), quarantine=watching)) == {"everyone": ["strict"]}


def test_entries_that_are_doubtful_by_themselves() -> None:
    problems = found(loaded(named("a"), named("b", hold="1h"), named("c", hold="0"), named("b", hold="2d")))
    assert problems[0][:2] == ("error", "audiences[3].name")
    assert "already audiences[1]" in problems[0][2]
    told = {place: text for _, place, text in problems if "a lockfile made by" not in text}
    assert "sets nothing" in told["audiences[0]"]
    assert "shorter than 24h" in told["audiences[1].quarantine.hold"]
    assert "switches the age rule off" in told["audiences[2].quarantine.hold"]
