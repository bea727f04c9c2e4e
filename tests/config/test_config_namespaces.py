"""Packages of one's own: which they are, what applies to them, and what is doubtful about how that was said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.check import check
from config.load import load
from config.problem import ConfigError
from config.settings import (
    AudienceEntry,
    NamespaceEntry,
    PackageEntry,
    PackageQuarantine,
    QuarantineSettings,
    Settings,
)

DAY = timedelta(days=1)
ZERO = timedelta(0)
NOW = datetime(2026, 11, 20, tzinfo=UTC)
ACME = "https://npm.acme.example"
PUBLIC = "https://registry.example"
ENV = {"HOME": "/home/somebody", "ACME_TOKEN": "x"}


def own(match: str, **quarantine: Any) -> NamespaceEntry:
    return NamespaceEntry(match, ACME, quarantine=PackageQuarantine(**quarantine))


def entry(match: str, **quarantine: Any) -> PackageEntry:
    return PackageEntry(match, PackageQuarantine(**quarantine))


def found(*namespaces: dict[str, Any], **more: Any) -> list[tuple[str, str, str]]:
    listed = [{"upstream": ACME, **each} for each in namespaces]
    settings = load(env={}, overrides={"namespaces": listed, **more}).settings
    return [(each.level, each.place, each.text) for each in check(settings, env=ENV, now=NOW)]


@pytest.mark.parametrize(
    ("match", "name", "belongs"),
    [
        ("@acme/*", "@acme/ui", True),
        ("@acme/*", "@ACME/ui", True),
        ("@acme/*", "@Acme/UI", True),
        ("@Acme/*", "@acme/ui", True),
        ("@acme/*", "@acme-labs/ui", False),
        ("@acme/*", "acme", False),
        ("@acme/ui", "@acme/ui-kit", False),
        ("@acme-*/*", "@acme-labs/ui", True),
        ("acme-tool", "Acme-Tool", True),
        ("acme-*", "acme-", True),
        ("acme-*", "acme", False),
        ("acme-*", "@acme-x/y", False),
        ("*", "@any/thing", True),
    ],
)
def test_which_packages_belong_to_it(match: str, name: str, belongs: bool) -> None:
    assert (Settings(namespaces=(own(match),)).namespace_of(name) is not None) is belongs


def test_the_first_entry_that_matches_counts() -> None:
    settings = Settings(namespaces=(own("@acme/ui", hold=DAY), own("@acme/*")))
    assert settings.namespace_of("@acme/ui") is settings.namespaces[0]
    assert settings.namespace_of("@ACME/UI") is settings.namespaces[0]
    assert settings.namespace_of("@acme/api") is settings.namespaces[1]
    assert settings.namespace_of("left-pad") is None


def test_own_packages_do_not_wait_and_the_rest_is_inherited() -> None:
    base = QuarantineSettings(enforce="observe", fresh_look=DAY)
    mine = Settings(quarantine=base, namespaces=(own("@acme/*"),)).for_package("@acme/ui")
    assert (mine.hold, mine.new_package_hold, mine.enforce, mine.fresh_look) == (ZERO, ZERO, "observe", DAY)


def test_what_the_namespace_sets_goes_before_its_defaults_and_an_entry_within_before_both() -> None:
    settings = Settings(
        namespaces=(own("@acme/*", hold=2 * DAY, enforce="observe"),),
        packages=(entry("@acme/ui", hold=3 * DAY), entry("@acme/u*", hold=4 * DAY, new_package_hold=5 * DAY)),
    )
    ui = settings.for_package("@acme/ui")
    assert (ui.hold, ui.new_package_hold, ui.enforce) == (3 * DAY, 5 * DAY, "observe")
    other = settings.for_package("@acme/api")
    assert (other.hold, other.new_package_hold, other.enforce) == (2 * DAY, ZERO, "observe")


@pytest.mark.parametrize("wide", ["*", "@*/*", "@acme*/*", "@*/ui"])
def test_a_wider_entry_does_not_count_for_them(wide: str) -> None:
    settings = Settings(namespaces=(own("@acme/*"),), packages=(entry(wide, hold=9 * DAY, enforce="observe"),))
    mine = settings.for_package("@acme/ui")
    assert (mine.hold, mine.enforce) == (ZERO, "enforce")


def test_an_entry_of_the_same_width_counts() -> None:
    settings = Settings(namespaces=(own("@acme/*"),), packages=(entry("@acme/*", hold=DAY),))
    assert settings.for_package("@acme/ui").hold == DAY


@pytest.mark.parametrize("name", ["@acme/ui", "@ACME/ui", "@acme/UI"])
def test_another_case_is_no_way_around_a_hold_within(name: str) -> None:
    settings = Settings(namespaces=(own("@Acme/*"),), packages=(entry("@acme/Ui", hold=DAY),))
    assert settings.for_package(name).hold == DAY


def test_audiences_do_not_count_for_them() -> None:
    strict = AudienceEntry("strict", PackageQuarantine(hold=30 * DAY, enforce="observe"))
    settings = Settings(namespaces=(own("@acme/*"),), audiences=(strict,))
    assert settings.for_package("@acme/ui", "strict") == settings.for_package("@acme/ui")
    assert settings.for_package("left-pad", "strict").hold == 30 * DAY


def test_an_entry_within_does_not_reach_public_packages() -> None:
    settings = Settings(namespaces=(own("acme-*"),), packages=(entry("acme-x", hold=DAY),))
    assert settings.for_package("left-pad") is settings.base


@given(st.sampled_from(["@acme/*", "acme-*", "acme", "*-acme"]), st.text("acmeACME-@/", min_size=1, max_size=12))
def test_case_never_decides(match: str, name: str) -> None:
    settings = Settings(namespaces=(own(match, hold=DAY),))
    assert settings.namespace_of(name) is settings.namespace_of(name.swapcase())
    assert settings.for_package(name) == settings.for_package(name.upper())


def test_a_scope_with_its_upstream_and_credential_is_fine() -> None:
    assert found({"match": "@acme/*", "token_env": "ACME_TOKEN", "allowed_hosts": ["https://blobs.acme.example"]}) == []


@pytest.mark.parametrize(
    ("namespace", "more", "level", "place", "text"),
    [
        ({"upstream": "http://npm.acme.example"}, {}, "warning", "upstream", "not encrypted"),
        ({"upstream": "http://npm.acme.example", "token_env": "ACME_TOKEN"}, {}, "warning", "upstream", "sent in clear"),
        ({}, {"server": {"public_urls": [ACME]}}, "error", "upstream", "ask itself"),
        ({"token_env": "UNSET"}, {}, "error", "token_env", "UNSET, which is not set"),
        ({"token_env": "PRATIQUE_TOKEN"}, {}, "error", "token_env", "another meaning"),
        ({"token_env": "ACME_TOKEN"}, {"access": {"admin_token_env": "ACME_TOKEN"}}, "error", "token_env", "admin's token"),
        ({"ca_file": "/nowhere/ca.pem"}, {}, "error", "ca_file", "does not exist"),
        ({"quarantine": {"hold": "1h"}}, {}, "warning", "quarantine.hold", "shorter than 24h"),
        ({"match": "*"}, {}, "warning", "match", "every package"),
        ({"allowed_hosts": [PUBLIC]}, {"upstream": {"url": f"{PUBLIC}/npm"}}, "error", "allowed_hosts", "public package"),
        (
            {"token_env": "ACME_TOKEN"},
            {"server": {"host": "0.0.0.0", "public_urls": ["https://npm.example"]}, "access": {"anonymous": True}},
            "warning",
            "token_env",
            "access.anonymous is true",
        ),
    ],
)
def test_finds(namespace: dict[str, Any], more: dict[str, Any], level: str, place: str, text: str) -> None:
    problems = found({"match": "@acme/*", **namespace}, **more)
    assert [said for at_level, at, said in problems if (at_level, at) == (level, f"namespaces[0].{place}") and text in said], (
        problems
    )


def test_one_host_for_both_is_fine() -> None:
    upstream = {"url": f"{ACME}/repository/public"}
    assert found({"match": "@acme/*", "upstream": f"{ACME}/repository/own", "allowed_hosts": [ACME]}, upstream=upstream) == []


@pytest.mark.parametrize("public", [PUBLIC, f"{ACME}:8443/npm", "http://127.0.0.1:4873", ""])
def test_a_credential_that_the_public_registry_would_be_sent_too(public: str) -> None:
    upstream = {"url": public, "token_env": "ACME_TOKEN"}
    ((level, place, text),) = found({"match": "@acme/*", "token_env": "ACME_TOKEN"}, upstream=upstream)
    assert (level, place) == ("error", "namespaces[0].token_env")
    assert "the public one would be sent this credential" in text


def test_one_credential_for_one_host_is_fine() -> None:
    upstream = {"url": f"{ACME.upper()}:443/repository/public", "token_env": "ACME_TOKEN"}
    assert found({"match": "@acme/*", "upstream": f"{ACME}/own", "token_env": "ACME_TOKEN"}, upstream=upstream) == []


def test_an_explicit_hold_of_zero_is_what_they_have_anyway() -> None:
    assert found({"match": "@acme/*", "quarantine": {"hold": "0"}}) == []


@pytest.mark.parametrize("first", ["@acme/*", "@ACME/*", "@*/*"])
def test_an_entry_after_one_that_covers_it_can_never_apply(first: str) -> None:
    ((level, place, text),) = found({"match": first}, {"match": "@acme/ui"})
    assert (level, place) == ("warning", "namespaces[1]")
    assert f"namespaces[0] ({first!r})" in text


@pytest.mark.parametrize(
    ("namespace", "place"),
    [
        ({"match": "@acme"}, "namespaces[0].match"),
        ({"upstream": ACME}, "namespaces[0]"),
        ({"match": "@acme/*"}, "namespaces[0]"),
        ({"match": "@acme/*", "upstream": "https://me:secret@npm.acme.example"}, "namespaces[0].upstream"),
        ({"match": "@acme/*", "upstream": ACME, "token": "secret"}, "namespaces[0].token"),
        ({"match": "@acme/*", "upstream": ACME, "allowed_hosts": ["https://a.example/path"]}, "namespaces[0].allowed_hosts"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_its_place(namespace: dict[str, Any], place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(env={}, overrides={"namespaces": [namespace]})
    assert any(problem.place.startswith(place) for problem in refused.value.problems), refused.value.problems
    assert "secret@" not in str(refused.value)


def test_an_upstream_without_an_address_is_an_error() -> None:
    problems = [(level, place) for level, place, _ in found({"match": "@acme/*", "upstream": ""})]
    assert ("error", "namespaces[0].upstream") in problems
