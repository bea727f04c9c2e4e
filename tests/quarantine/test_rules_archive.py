"""Ambiguous archives and manifests that say something else: what a tarball must be, young or old."""

from __future__ import annotations

import pytest

from quarantine.examination import Oddity
from quarantine.rules.ambiguous_archive import AmbiguousArchive
from quarantine.rules.manifest_mismatch import ManifestMismatch
from quarantine.verdict import Effect
from tests.quarantine.examples import NOON
from tests.quarantine.inside import contents, examination, old, young

ODD = contents(oddities=(Oddity("duplicate-path", "package.json occurs twice"),))
OTHER = contents(mismatches=("its name is evil", "its version is 6.6.6", "its bin differs", "its scripts differ", "more"))


@pytest.mark.parametrize("effect", Effect)
def test_an_ambiguous_archive_has_the_effect_that_was_set_young_or_old(effect: Effect) -> None:
    for each in (young(examination=examination(ODD)), old(examination=examination(ODD))):
        finding = AmbiguousArchive(effect).judge(each, NOON)
        assert finding is not None
        assert (finding.effect, finding.until) == (effect, None)
        assert "package.json occurs twice" in finding.reason


def test_a_mismatch_names_the_first_few_and_how_many_more() -> None:
    finding = ManifestMismatch(Effect.REVIEW).judge(old(examination=examination(OTHER)), NOON)
    assert finding is not None
    assert finding.effect is Effect.REVIEW
    assert finding.reason.endswith("its name is evil, its version is 6.6.6, its bin differs and 2 more")


@pytest.mark.parametrize("rule", [AmbiguousArchive(Effect.BLOCK), ManifestMismatch(Effect.BLOCK)])
def test_nothing_is_said_of_what_is_sound_or_unknown_or_could_not_be_read(rule: AmbiguousArchive | ManifestMismatch) -> None:
    assert rule.judge(young(examination=examination()), NOON) is None
    assert rule.judge(young(), NOON) is None
    assert rule.judge(young(examination=examination(failed="too large", contents=None)), NOON) is None
