"""Document: a flaw withholds the version, whatever else is known of it."""

from __future__ import annotations

from quarantine.candidate import Candidate
from quarantine.package import PackageVersion
from quarantine.rules.document import SoundDocument
from quarantine.verdict import Effect, Finding
from tests.quarantine.examples import NAME, NOON, WEEK, candidate


def test_a_flaw_is_blocked_in_its_own_words() -> None:
    expected = Finding("malformed-document", "it has a lone surrogate", Effect.BLOCK)
    for now in (NOON, NOON + 520 * WEEK):
        assert SoundDocument().judge(candidate(flaw="it has a lone surrogate"), now) == expected


def test_it_judges_even_when_nothing_else_is_known() -> None:
    unknown = Candidate(PackageVersion(NAME, "1.0.0"), flaw="it is no object")
    assert not SoundDocument().needs
    assert SoundDocument().judge(unknown, NOON) is not None


def test_a_sound_document_is_not_mentioned() -> None:
    assert SoundDocument().judge(candidate(), NOON) is None
