"""Exotic and young dependencies: what a version pulls in that nobody judges, or that is no older than an attack."""

from __future__ import annotations

import pytest

from quarantine.examination import Contents, Exotic, Since, YoungDependency, compare
from quarantine.rules import young_dependency
from quarantine.rules.exotic_dependency import ExoticDependency
from quarantine.verdict import Effect
from tests.quarantine.examples import DAY, HOUR, NOON, WEEK
from tests.quarantine.inside import contents, examination, old, young

EXOTIC = ExoticDependency(Effect.REVIEW, WEEK)
YOUNG = young_dependency.YoungDependency(Effect.HOLD, WEEK, 2 * WEEK)
GIT = Exotic("optionalDependencies", "setup", "github:evil/setup#abc", "git")
ALIAS = Exotic("dependencies", "string-width-cjs", "npm:string-width@^4", "alias")


def since(found: Contents, before: Contents | None = None) -> Since:
    return compare(found, before or contents(), "0.9.0")


def test_a_git_dependency_that_is_new_withholds() -> None:
    found = contents(exotic=(GIT,))
    finding = EXOTIC.judge(young(examination=examination(found, since=since(found))), NOON)
    assert finding is not None
    assert finding.effect is Effect.REVIEW
    assert finding.reason == "it depends on setup from github:evil/setup#abc (optionalDependencies)"


def test_one_that_the_predecessor_has_too_is_told_only() -> None:
    found = contents(exotic=(GIT,))
    finding = EXOTIC.judge(young(examination=examination(found, since=since(found, found))), NOON)
    assert finding is not None
    assert finding.effect is Effect.NOTE


def test_without_a_predecessor_it_is_new() -> None:
    for facts in ({"alone": True}, {}):
        finding = EXOTIC.judge(young(examination=examination(contents(exotic=(GIT,)), **facts)), NOON)
        assert finding is not None
        assert finding.effect is Effect.REVIEW


def test_of_an_old_version_it_is_told_only() -> None:
    finding = EXOTIC.judge(old(examination=examination(contents(exotic=(GIT,)), alone=True)), NOON)
    assert finding is not None
    assert finding.effect is Effect.NOTE


def test_an_alias_stays_in_the_registry_and_is_told_only() -> None:
    found = contents(exotic=(ALIAS,))
    finding = EXOTIC.judge(young(examination=examination(found, since=since(found))), NOON)
    assert finding is not None
    assert finding.effect is Effect.NOTE


def test_a_new_alias_does_not_make_an_old_git_dependency_withhold() -> None:
    found = contents(exotic=(GIT, ALIAS))
    finding = EXOTIC.judge(young(examination=examination(found, since=since(found, contents(exotic=(GIT,))))), NOON)
    assert finding is not None
    assert finding.effect is Effect.NOTE


def test_a_shrinkwrap_that_leads_to_another_host_withholds_where_that_is_new() -> None:
    found = contents(foreign=("evil.example",))
    finding = EXOTIC.judge(young(examination=examination(found, since=since(found))), NOON)
    assert finding is not None
    assert finding.effect is Effect.REVIEW
    assert "npm-shrinkwrap.json" in finding.reason
    assert EXOTIC.judge(young(examination=examination()), NOON) is None


@pytest.mark.parametrize(("package", "hold"), [(False, WEEK), (True, 2 * WEEK)])
def test_a_young_dependency_holds_until_it_is_old_enough(package: bool, hold: object) -> None:
    started = NOON - HOUR
    each = young(examination=examination(young=(YoungDependency("plain-crypto-js", "^4.2.1", started, package),)))
    finding = YOUNG.judge(each, NOON)
    assert finding is not None
    assert (finding.effect, finding.until) == (Effect.HOLD, started + hold)  # type: ignore[operator]
    assert "plain-crypto-js" in finding.reason
    assert finding.until is not None
    assert YOUNG.judge(each, finding.until) is None


def test_the_last_to_come_of_age_says_until_when() -> None:
    several = (YoungDependency("a", "1", NOON), YoungDependency("b", "1", NOON - DAY))
    finding = YOUNG.judge(young(examination=examination(young=several)), NOON)
    assert finding is not None
    assert finding.until == NOON + WEEK


def test_a_version_without_young_dependencies_is_no_matter() -> None:
    assert YOUNG.judge(young(examination=examination()), NOON) is None
    assert YOUNG.judge(young(), NOON) is None
