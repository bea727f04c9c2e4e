"""Install scripts and rules about tarballs: which setting wins, what cannot be set where, and what needs the examiner."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.check import check
from config.load import load
from config.policy import NamespaceEntry, PackageEntry
from config.problem import ConfigError
from config.scripts import PackageRules, PackageScripts, RulesSettings
from config.settings import Settings
from config.shown import policy, shown

ACME = "https://npm.acme.example"
RULES = RulesSettings.__struct_fields__
OWN_RULES = RulesSettings("note", "note", "note", "note", "review")


def loaded(**tree: Any) -> Settings:
    return load(env={}, overrides=tree).settings


def found(**tree: Any) -> list[tuple[str, str, str]]:
    problems = check(loaded(**tree), env={"HOME": "/home/somebody"}, now=datetime(2026, 11, 20, tzinfo=UTC))
    return [(each.level, each.place, each.text) for each in problems]


effects = st.sampled_from([None, "note", "hold", "review", "block"])
scripts = st.builds(PackageScripts, mode=st.sampled_from([None, "allow", "flag", "strip", "deny"]))
rules = st.builds(PackageRules, **dict.fromkeys(RULES, effects))
entries = st.builds(PackageEntry, match=st.sampled_from(["*", "lib", "l*", "@s/*", "other"]), scripts=scripts, rules=rules)


@given(st.lists(entries), st.sampled_from(["lib", "@s/p", "left"]))
def test_the_first_entry_that_sets_a_key_wins_it(listed: list[PackageEntry], name: str) -> None:
    settings = Settings(packages=tuple(listed))
    matching = {"lib": {"*", "lib", "l*"}, "@s/p": {"*", "@s/*"}, "left": {"*", "l*"}}[name]
    saying = [entry for entry in listed if entry.match in matching]
    chosen = settings.for_package(name)
    modes = [entry.scripts.mode for entry in saying if entry.scripts.mode is not None]
    assert chosen.scripts_mode == (modes[0] if modes else "flag")
    for key in RULES:
        said = [effect for entry in saying if (effect := getattr(entry.rules, key)) is not None]
        assert getattr(chosen.rules, key) == (said[0] if said else getattr(RulesSettings(), key))
    assert (chosen.hold, chosen.enforce) == (settings.quarantine.hold, settings.quarantine.enforce)


@given(rules, scripts)
def test_packages_of_ones_own_have_defaults_of_their_own(own_rules: PackageRules, own_scripts: PackageScripts) -> None:
    strict = RulesSettings("block", "block", "block", "block", "block")
    namespace = NamespaceEntry("@acme/*", ACME, scripts=own_scripts, rules=own_rules)
    chosen = Settings(rules=strict, namespaces=(namespace,)).for_package("@ACME/ui")
    assert chosen.scripts_mode == (own_scripts.mode or "allow")
    for key in RULES:
        assert getattr(chosen.rules, key) == (getattr(own_rules, key) or getattr(OWN_RULES, key))


def test_an_entry_within_a_namespace_goes_before_it_and_a_wider_one_does_not_count() -> None:
    settings = loaded(
        namespaces=[{"match": "@acme/*", "upstream": ACME, "scripts": {"mode": "flag"}}],
        packages=[
            {"match": "@acme/ui", "scripts": {"mode": "deny"}, "rules": {"exotic_dependency": "block"}},
            {"match": "*", "scripts": {"mode": "strip"}, "rules": {"exotic_dependency": "hold", "young_dependency": "hold"}},
        ],
    )
    ui, api, other = (settings.for_package(name) for name in ("@acme/ui", "@acme/api", "left-pad"))
    assert (ui.scripts_mode, ui.rules.exotic_dependency, ui.rules.young_dependency) == ("deny", "block", "note")
    assert (api.scripts_mode, api.rules) == ("flag", OWN_RULES)
    assert (other.scripts_mode, other.rules.exotic_dependency) == ("strip", "hold")


def test_an_audience_changes_neither_scripts_nor_rules() -> None:
    settings = loaded(
        scripts={"mode": "deny"},
        rules={"young_dependency": "review"},
        audiences=[{"name": "research", "quarantine": {"hold": "3d"}}],
    )
    research, everyone = settings.for_package("lib", "research"), settings.for_package("lib")
    assert research.hold != everyone.hold
    assert (research.scripts_mode, research.rules) == (everyone.scripts_mode, everyone.rules)


@pytest.mark.parametrize(
    ("tree", "place", "why"),
    [
        ({"audiences": [{"name": "a", "scripts": {"mode": "allow"}}]}, "audiences[0].scripts", "one set of bytes"),
        ({"audiences": [{"name": "a", "rules": {"young_dependency": "note"}}]}, "audiences[0].rules", "whoever asks"),
        ({"packages": [{"match": "a", "scripts": {"trusted": ["a"]}}]}, "packages[0].scripts.trusted", "one list"),
        (
            {"namespaces": [{"match": "a", "upstream": ACME, "scripts": {"trusted": []}}]},
            "namespaces[0].scripts.trusted",
            'scripts.mode = "allow"',
        ),
        ({"scripts": {"mode": "off"}}, "scripts.mode", '"allow", "flag", "strip", "deny"'),
        ({"rules": {"young_dependency": "off"}}, "rules.young_dependency", '"note", "hold", "review", "block"'),
        ({"rules": {"young_dependencies": "note"}}, "rules.young_dependencies", 'mean "rules.young_dependency"'),
        ({"packages": [{"match": "a", "rules": {"x": "note"}}]}, "packages[0].rules.x", "no such key"),
        ({"packages": [{"match": "a", "rules": "note"}]}, "packages[0].rules", "such as rules.install_script_added"),
    ],
)
def test_what_cannot_be_said_is_an_error_that_says_why(tree: dict[str, Any], place: str, why: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(**tree)
    (problem,) = refused.value.problems
    assert problem.place == f"{place} (command line)"
    assert why in problem.text


@pytest.mark.parametrize("mode", ["strip", "deny"])
def test_without_examinations_nothing_can_be_stripped_or_denied(mode: str) -> None:
    said = {"scripts": {"mode": mode}}
    tree = {
        **said,
        "packages": [{"match": "a", **said}, {"match": "b", "scripts": {"mode": "flag"}}],
        "namespaces": [{"match": "@acme/*", "upstream": ACME, **said}],
    }
    assert [level for level, _, _ in found(**tree)] == []
    problems = found(**tree, examiner={"enabled": False})
    assert [(level, place) for level, place, _ in problems] == [
        ("error", "scripts.mode"),
        ("error", "packages[0].scripts.mode"),
        ("error", "namespaces[0].scripts.mode"),
    ]
    assert all(f'"{mode}" needs to know' in text and "examiner.enabled is false" in text for _, _, text in problems)


def test_without_examinations_rules_do_not_apply() -> None:
    tree = {
        "rules": {"young_dependency": "review"},
        "packages": [{"match": "a", "rules": {"young_dependency": "note"}}, {"match": "b", "quarantine": {"hold": "2d"}}],
        "namespaces": [{"match": "@acme/*", "upstream": ACME, "rules": {"ambiguous_archive": "note"}}],
    }
    assert found(**tree) == []
    assert loaded(**tree).for_package("lib").examine
    problems = found(**tree, examiner={"enabled": False})
    assert [each[:2] for each in problems] == [
        ("warning", "rules"),
        ("warning", "packages[0].rules"),
        ("warning", "namespaces[0].rules"),
    ]
    off = loaded(**tree, examiner={"enabled": False})
    assert not any(off.for_package(name).examine for name in ("lib", "a", "@acme/ui"))
    assert found(examiner={"enabled": False}) == []


@pytest.mark.parametrize(
    ("key", "value", "level", "text"),
    [
        ("budget", -1, "error", "0 or more"),
        ("budget", 0, "warning", "stay withheld"),
        ("timeout", "0", "error", "more than 0"),
        ("memory", "127MiB", "error", "256MiB"),
        ("memory", "0", "error", "256MiB"),
        ("max_unpacked", "0", "error", "1GiB"),
        ("max_entries", 0, "error", "200000 is usual"),
        ("max_ratio", 0, "error", "200 is usual"),
    ],
)
def test_limits_under_which_nothing_could_be_examined(key: str, value: Any, level: str, text: str) -> None:
    ((at_level, place, said),) = found(examiner={key: value})
    assert (at_level, place) == (level, f"examiner.{key}")
    assert text in said


def test_small_limits_are_an_operators_right() -> None:
    tight = {"budget": 1, "timeout": "1s", "memory": "128MiB", "max_unpacked": "1B", "max_entries": 1, "max_ratio": 1}
    assert found(examiner=tight) == []
    assert found(examiner={"enabled": False, "budget": 0}) == []


def test_entries_that_set_only_scripts_or_rules_say_something_and_can_be_shadowed() -> None:
    one, two = {"mode": "deny"}, {"young_dependency": "note", "exotic_dependency": "note"}
    assert found(packages=[{"match": "a", "scripts": one}, {"match": "b", "rules": two}]) == []
    ((level, place, text),) = found(packages=[{"match": "*", "scripts": one}, {"match": "a", "scripts": one}])
    assert (level, place) == ("warning", "packages[1]")
    assert "can never apply" in text
    wide = {"match": "*", "rules": {"young_dependency": "note"}}
    ((level, place, text),) = found(packages=[wide, {"match": "a", "scripts": one, "rules": two}])
    assert "rules.young_dependency has no effect" in text
    assert "exotic" not in text


def test_everything_is_shown_as_it_is_written_and_an_entry_shows_what_it_sets(tmp_path: Path) -> None:
    file = tmp_path / "pratique.toml"
    file.write_text(
        '[scripts]\nmode = "deny"\ntrusted = ["esbuild", "sharp@^0.34"]\n[examiner]\nmemory = "2GiB"\n'
        '[[packages]]\nmatch = "a"\nscripts.mode = "allow"\nrules.install_script_added = "note"\n'
    )
    result = load(file, env={})
    values = shown(result.settings)
    assert values["scripts.trusted"] == ["esbuild", "sharp@^0.34"]
    assert (values["scripts.mode"], values["rules.young_dependency"]) == ("deny", "hold")
    assert (values["examiner.memory"], values["examiner.timeout"], values["examiner.max_ratio"]) == ("2GiB", "1m", 200)
    mine = {key: value for key, value in values.items() if key.startswith("packages[0]")}
    assert mine == {
        "packages[0].match": "a",
        "packages[0].scripts.mode": "allow",
        "packages[0].rules.install_script_added": "note",
    }
    assert result.sources["packages[0].rules.install_script_added"] == f"{file}:9"


def test_the_policy_that_is_sent_to_be_tried_decides_the_same() -> None:
    settings = loaded(
        scripts={"mode": "allow", "trusted": ["esbuild", "sharp@>=0.34 <1"]},
        rules={"young_dependency": "note"},
        examiner={"enabled": False, "budget": 7},
        packages=[{"match": "@types/*", "scripts": {"mode": "allow"}, "rules": {"ambiguous_archive": "block"}}],
        namespaces=[{"match": "@acme/*", "upstream": ACME, "rules": {"exotic_dependency": "review"}}],
    )
    again = loaded(**policy(settings))
    assert again.trusted == settings.trusted
    for name in ("lib", "@types/node", "@acme/ui"):
        assert again.for_package(name) == settings.for_package(name)
