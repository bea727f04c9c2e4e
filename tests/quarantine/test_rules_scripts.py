"""Install scripts: allowed, told of, waited with, or served without."""

from __future__ import annotations

from typing import Any

import pytest

from quarantine.candidate import Candidate
from quarantine.ranges import Subject
from quarantine.rewrite import Rewrite
from quarantine.rules.scripts import InstallScripts, Mode, mode_for
from quarantine.verdict import Effect
from tests.quarantine.examples import NAME, NOON
from tests.quarantine.inside import POSTINSTALL, contents, examination, old

INSIDE = examination(contents(scripts=(POSTINSTALL,)))
REWRITE = Rewrite("sha512-AAAA", 1, "sha512-CC", "ab", 1, 2, 3, ("scripts.postinstall",), NOON)


def effect(mode: Mode, trusted: tuple[Subject, ...] = (), **facts: Any) -> Effect | None:
    finding = InstallScripts(mode, trusted).judge(old(**facts), NOON)
    return finding.effect if finding is not None else None


TOLD = {"scripted": True}
FOUND = {"examination": INSIDE}
NEITHER = {"examination": examination()}


@pytest.mark.parametrize(
    ("mode", "facts", "expected"),
    [
        (Mode.ALLOW, TOLD, None),
        (Mode.ALLOW, FOUND, None),
        (Mode.FLAG, TOLD, Effect.NOTE),
        (Mode.FLAG, FOUND, Effect.NOTE),
        (Mode.FLAG, NEITHER, None),
        (Mode.DENY, TOLD, Effect.REVIEW),
        (Mode.DENY, FOUND, Effect.REVIEW),
        (Mode.DENY, NEITHER, None),
        (Mode.STRIP, TOLD, Effect.HOLD),
        (Mode.STRIP, TOLD | {"rewrite": REWRITE}, Effect.NOTE),
        (Mode.STRIP, TOLD | FOUND | {"rewrite": REWRITE}, Effect.NOTE),
        # Listed as it was, it is in lockfiles by now, so it is never swapped.
        (Mode.STRIP, FOUND, Effect.REVIEW),
        (Mode.STRIP, NEITHER, None),
    ],
)
def test_each_mode_has_its_effect(mode: Mode, facts: dict[str, Any], expected: Effect | None) -> None:
    assert effect(mode, **facts) is expected


def test_what_is_trusted_is_allowed_and_no_other_version() -> None:
    trusted = (Subject.parse(f"{NAME}@^1.0.0"),)
    assert effect(Mode.DENY, trusted, scripted=True) is None
    assert effect(Mode.DENY, (Subject.parse(f"{NAME}@^2.0.0"),), scripted=True) is Effect.REVIEW
    assert effect(Mode.DENY, (Subject.parse("another"),), scripted=True) is Effect.REVIEW


def test_trust_in_a_range_is_no_trust_in_prereleases_beyond_it() -> None:
    trusted = (Subject.parse("sharp@^0.34.0"),)
    assert mode_for("sharp", "0.34.5", Mode.DENY, trusted) is Mode.ALLOW
    for version in ("0.35.0-rc.1", "0.34.9-rc.1", "0.35.0"):
        assert mode_for("sharp", version, Mode.DENY, trusted) is Mode.DENY
    assert mode_for("sharp", "0.35.0-rc.1", Mode.DENY, (Subject.parse("sharp"),)) is Mode.ALLOW


def test_the_sentences_say_what_was_done_and_what_runs() -> None:
    def reason(mode: Mode, candidate: Candidate) -> str:
        finding = InstallScripts(mode).judge(candidate, NOON)
        assert finding is not None
        return finding.reason

    assert reason(Mode.FLAG, old(**FOUND)) == "it runs postinstall when installed"
    assert reason(Mode.STRIP, old(scripted=True, rewrite=REWRITE)) == "served without scripts.postinstall"
