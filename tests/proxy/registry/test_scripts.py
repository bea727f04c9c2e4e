"""Which versions are served rewritten, which wait for that, and which of these come first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.registry.interface import Packument
from proxy.registry.scripts import FRONT, NEXT, hidden_of, in_order, plan_of, unready, unrewritable
from quarantine.examination import Contents, Examination, Script
from quarantine.package import order
from quarantine.policy import Terms
from quarantine.ranges import Subject
from quarantine.rewrite import Rewrite
from quarantine.rules.scripts import NAME, Mode
from quarantine.verdict import ADMITTED, Effect, Finding, Verdict
from tests.proxy.npm.examples import NOON, OTHER, SHA512, SHASUM, cut, manifest, packument, record_of, text
from tests.quarantine.examples import WEEK

STRIP = Terms(WEEK, WEEK, WEEK, examine=True, scripts=Mode.STRIP)
SCRIPTED = {"scripts": {"postinstall": "node x"}}
BUNDLING = {"bundleDependencies": ["x"]}
YET = Finding(NAME, "it has yet to be rewritten", Effect.HOLD)
YOUNG = Finding("age", "too young", Effect.HOLD)


def of(versions: dict[str, dict[str, Any]], tags: dict[str, str] | None = None, **record: Any) -> Packument:
    """A document whose versions have these fields."""
    document = packument(*versions)
    document["versions"] = {version: manifest(version, **fields) for version, fields in versions.items()}
    document["dist-tags"] = tags or {"latest": next(reversed(versions))}
    whole = cut(text(document))
    return Packument(whole, replace(record_of(whole), **record))


def rewrite(of: str = SHA512, integrity: str = OTHER) -> Rewrite:
    """Some rewrite of these bytes."""
    return Rewrite(of, 1, integrity, SHASUM, 10, 20, 2, ("scripts.postinstall",), NOON)


def examined(*scripts: Script, digest: str = SHA512) -> Examination:
    """A tarball that has these scripts."""
    return Examination(digest, 1, NOON, Contents(1, 1, 1, scripts=scripts))


def test_nothing_is_planned_unless_scripts_are_stripped() -> None:
    packument = of({"1.0.0": SCRIPTED}, rewrites={"1.0.0": rewrite()})
    for mode in {*Mode} - {Mode.STRIP}:
        plan = plan_of(packument, replace(STRIP, scripts=mode))
        assert not plan.rewrites
        assert not plan.waiting


def test_what_tells_of_scripts_waits_until_it_is_rewritten() -> None:
    packument = of({"1.0.0": SCRIPTED, "1.1.0": SCRIPTED, "1.2.0": {}}, rewrites={"1.0.0": rewrite()})
    plan = plan_of(packument, STRIP)
    assert plan.rewrites == {"1.0.0": rewrite()}
    assert plan.waiting == {"1.1.0"}


def test_a_rewrite_of_other_bytes_than_are_listed_counts_for_nothing() -> None:
    plan = plan_of(of({"1.0.0": SCRIPTED}, rewrites={"1.0.0": rewrite(of=OTHER)}), STRIP)
    assert not plan.rewrites
    assert plan.waiting == {"1.0.0"}


def test_what_is_trusted_keeps_its_scripts() -> None:
    trusting = replace(STRIP, trusted=(Subject.parse("left-pad@^1.1"),))
    plan = plan_of(of({"1.0.0": SCRIPTED, "1.1.0": SCRIPTED}, rewrites={"1.1.0": rewrite()}), trusting)
    assert not plan.rewrites
    assert plan.waiting == {"1.0.0"}


def test_packages_inside_wait_until_somebody_has_looked_at_them() -> None:
    script = Script("install", "x", "node_modules/x")
    facts = {"1.1.0": examined(), "1.2.0": examined(script), "1.3.0": examined(digest=OTHER)}
    packument = of(dict.fromkeys(["1.0.0", "1.1.0", "1.2.0", "1.3.0"], BUNDLING), examinations=facts)
    assert plan_of(packument, STRIP).waiting == {"1.0.0", "1.2.0", "1.3.0"}


def test_a_rewrite_of_a_silent_version_is_served_too() -> None:
    assert plan_of(of({"1.0.0": {}}, rewrites={"1.0.0": rewrite()}), STRIP).rewrites == {"1.0.0": rewrite()}


def test_what_cannot_be_shown_anyway_is_not_rewritten() -> None:
    document = packument("1.0.0")
    document["versions"]["1.0.0"] = manifest("9.9.9", **SCRIPTED)
    whole = cut(text(document))
    assert not plan_of(Packument(whole, record_of(whole)), STRIP).waiting


@pytest.mark.parametrize(
    ("findings", "enforce", "hidden"),
    [
        ((YET,), True, False),
        ((YET, YOUNG), True, True),
        ((YET, YOUNG), False, False),
        ((YET, Finding("blocked", "no", Effect.BLOCK)), False, True),
        ((Finding("age", "was young", Effect.NOTE), YET), True, False),
        ((), True, False),
    ],
)
def test_a_version_that_waits_is_judged_as_if_it_were_rewritten(
    findings: tuple[Finding, ...], enforce: bool, hidden: bool
) -> None:
    verdict = Verdict(findings)
    assert (hidden_of({"1.0.0": verdict}, frozenset({"1.0.0"}), enforce=enforce) != {}) is hidden


@pytest.mark.parametrize("enforce", [True, False])
@pytest.mark.parametrize("effect", list(Effect))
def test_all_others_are_hidden_by_their_verdict(effect: Effect, enforce: bool) -> None:
    verdict = Verdict((Finding(NAME, "x", effect),))
    found = hidden_of({"1.0.0": verdict, "2.0.0": ADMITTED}, frozenset(), enforce=enforce)
    assert (found == {"1.0.0": verdict}) is (verdict.withheld if enforce else verdict.blocked)


def test_not_even_a_release_serves_what_has_yet_to_be_rewritten() -> None:
    released = Verdict((replace(YET, effect=Effect.NOTE, lifted_by=7),))
    assert unready(released).withheld
    assert unready(Verdict((YET,))) == Verdict((YET,))


def test_the_reason_stands_in_for_the_waiting() -> None:
    assert unrewritable(Verdict((YOUNG, YET)), "odd").sentence == "too young; odd"


def test_first_comes_what_ranges_and_tags_are_met_by() -> None:
    versions = ["0.1.0", "0.1.1", "0.2.0", "1.0.0", "1.1.0", "2.0.0", "2.0.1", "3.0.0-beta.1", "3.0.0-beta.2", "1.0.5"]
    packument = of(dict.fromkeys(versions, SCRIPTED), {"latest": "2.0.1", "old": "1.0.0"})
    first, _ = in_order(packument, frozenset(), frozenset(versions))
    assert first[:5] == ("2.0.1", "1.1.0", "0.2.0", "0.1.1", "1.0.0")
    assert first[5:] == ("3.0.0-beta.2", "1.0.5", "3.0.0-beta.1", "2.0.0", "0.1.0")


def test_what_is_served_already_stands_for_its_line() -> None:
    versions = ["1.0.0", "1.1.0", "1.2.0", "2.0.0"]
    packument = of(dict.fromkeys(versions, SCRIPTED), {"latest": "1.2.0"})
    first, _ = in_order(packument, frozenset({"1.2.0"}), frozenset({"1.0.0", "1.1.0", "2.0.0"}))
    assert first == ("2.0.0", "1.1.0", "1.0.0")


VERSIONS = st.builds(lambda a, b, c: f"{a}.{b}.{c}", *[st.integers(0, 30)] * 3)


@given(st.lists(VERSIONS, min_size=1, max_size=200, unique=True), st.data())
def test_no_more_than_so_many_and_each_only_once(versions: list[str], data: st.DataObject) -> None:
    due = frozenset(data.draw(st.sets(st.sampled_from(versions))))
    served = frozenset(versions) - due
    first, later = in_order(of(dict.fromkeys(versions, SCRIPTED)), served, due)
    assert len(first) <= FRONT
    assert len(later) <= NEXT
    assert len({*first, *later}) == len(first) + len(later)
    assert {*first, *later} <= due
    assert len(first) + len(later) == min(len(due), FRONT + NEXT)
    highest = max(versions, key=order)
    assert highest not in due or highest in first
