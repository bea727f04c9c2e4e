"""Which rules apply, and that the operator's terms reach them."""

from __future__ import annotations

from quarantine.policy import Terms, rules_for
from quarantine.rules.age import Age
from quarantine.rules.document import SoundDocument
from quarantine.rules.integrity import Integrity
from quarantine.rules.new_package import NewPackage
from tests.quarantine.examples import MINUTE, NOON, WEEK


def test_every_rule_applies_with_the_terms_of_the_package() -> None:
    document, integrity, *timed = rules_for(Terms(WEEK, 2 * WEEK, 5 * MINUTE, NOON))
    assert (type(document), type(integrity)) == (SoundDocument, Integrity)
    assert timed == [Age(WEEK, 5 * MINUTE, NOON), NewPackage(2 * WEEK, 5 * MINUTE, NOON)]
