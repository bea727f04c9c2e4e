"""Which rules apply to a package. A new rule is added to `rules_for`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from quarantine.package import PackageName
from quarantine.rules import Rule
from quarantine.rules.age import Age
from quarantine.rules.document import SoundDocument
from quarantine.rules.integrity import Integrity
from quarantine.rules.new_package import NewPackage


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator set for one package."""

    hold: timedelta
    new_package_hold: timedelta
    fresh_look: timedelta
    baseline: datetime | None = None
    enforce: bool = True
    """False in observe mode: everything is served, and what would have been withheld is recorded."""


TermsOf = Callable[[PackageName], Terms]


def rules_for(terms: Terms) -> tuple[Rule, ...]:
    """The rules in the order in which their findings are shown."""
    return (
        SoundDocument(),
        Integrity(),
        Age(terms.hold, terms.fresh_look, terms.baseline),
        NewPackage(terms.new_package_hold, terms.fresh_look, terms.baseline),
    )
