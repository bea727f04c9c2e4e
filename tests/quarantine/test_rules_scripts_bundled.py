"""Packages inside of a tarball, of whose install scripts its document cannot speak: only `strip` waits for them."""

from __future__ import annotations

from typing import Any

import pytest

from quarantine.examination import Script
from quarantine.rewrite import Rewrite
from quarantine.rules.scripts import InstallScripts, Mode
from quarantine.verdict import Effect
from tests.quarantine.examples import NOON
from tests.quarantine.inside import contents, examination, old

INNER = examination(contents(scripts=(Script("install", "x", "node_modules/inner"),)))
REWRITE = Rewrite("sha512-AAAA", 1, "sha512-CC", "ab", 1, 2, 3, ("scripts.install of node_modules/inner",), NOON)


@pytest.mark.parametrize(
    ("mode", "facts", "expected"),
    [
        (Mode.STRIP, {}, Effect.HOLD),
        (Mode.STRIP, {"examination": INNER}, Effect.HOLD),
        (Mode.STRIP, {"examination": examination()}, None),
        (Mode.STRIP, {"rewrite": REWRITE}, None),
        (Mode.STRIP, {"rewrite": REWRITE, "examination": INNER}, Effect.NOTE),
        (Mode.FLAG, {}, None),
        (Mode.DENY, {}, None),
        (Mode.ALLOW, {"examination": INNER}, None),
        (Mode.FLAG, {"examination": INNER}, Effect.NOTE),
    ],
)
def test_they_wait_until_they_are_known_or_rewritten(mode: Mode, facts: dict[str, Any], expected: Effect | None) -> None:
    finding = InstallScripts(mode).judge(old(bundling=True, **facts), NOON)
    assert (finding.effect if finding is not None else None) is expected


def test_the_sentence_says_what_is_not_known() -> None:
    finding = InstallScripts(Mode.STRIP).judge(old(bundling=True), NOON)
    assert finding is not None
    assert finding.pending
    assert finding.reason == (
        "it brings packages along, of whose install scripts nothing is known yet, and has yet to be rewritten without"
    )
