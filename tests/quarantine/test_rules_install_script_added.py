"""Install script added: what runs at installation and did not in the predecessor."""

from __future__ import annotations

from quarantine.examination import GYP, Examination, Script, Since, compare
from quarantine.rules.install_script_added import InstallScriptAdded
from quarantine.verdict import Effect, Finding
from tests.quarantine.examples import NOON, WEEK
from tests.quarantine.inside import POSTINSTALL, contents, examination, old, young

RULE = InstallScriptAdded(Effect.REVIEW, WEEK)
WITH = contents(scripts=(POSTINSTALL,))


def judged(found: Examination) -> Finding | None:
    return RULE.judge(young(examination=found), NOON)


def test_a_script_that_the_predecessor_has_not_is_told_with_its_command() -> None:
    finding = judged(examination(WITH, since=compare(WITH, contents(), "0.9.0")))
    assert finding is not None
    assert finding.effect is Effect.REVIEW
    assert finding.reason == "it runs postinstall (node install.js) when installed, which 0.9.0 did not"


def test_a_script_that_reads_differently_is_told() -> None:
    now = contents(scripts=(Script("postinstall", "node setup_bun.js"),))
    finding = judged(examination(now, since=compare(now, WITH, "0.9.0")))
    assert finding is not None
    assert finding.reason == "its postinstall (node setup_bun.js) is not what it was in 0.9.0"


def test_a_file_that_is_built_is_a_script_and_so_is_one_of_a_bundled_package() -> None:
    now = contents(scripts=(Script(GYP), Script("install", "x", "node_modules/@a/b")))
    finding = judged(examination(now, since=compare(now, contents(), "0.9.0")))
    assert finding is not None
    assert "binding.gyp" in finding.reason
    assert "install of the bundled @a/b (x)" in finding.reason


def test_the_same_script_as_before_is_no_news() -> None:
    assert judged(examination(WITH, since=compare(WITH, WITH, "0.9.0"))) is None


def test_where_nothing_came_before_nothing_was_added() -> None:
    assert judged(examination(WITH, alone=True)) is None


def test_an_unknown_predecessor_is_not_taken_for_one_with_scripts() -> None:
    finding = judged(examination(WITH))
    assert finding is not None
    assert finding.effect is Effect.REVIEW
    assert "is not known" in finding.reason
    assert judged(examination()) is None


def test_of_an_old_version_it_is_told_and_withholds_nothing() -> None:
    finding = RULE.judge(old(examination=examination(WITH, since=Since("0.9.0", scripts=(POSTINSTALL,)))), NOON)
    assert finding is not None
    assert finding.effect is Effect.NOTE


def test_nothing_is_said_of_what_was_not_examined() -> None:
    assert RULE.judge(young(), NOON) is None
