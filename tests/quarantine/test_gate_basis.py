"""Judging with the basis of earlier verdicts says exactly what judging anew says, whatever has happened in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quarantine.decision import Decision
from quarantine.examination import Examination
from quarantine.gate import Basis, Gate, Listed, Standing
from quarantine.policy import Terms, rules_for
from quarantine.record import Look, Mismatch, PackageRecord, absorb
from quarantine.rewrite import Rewrite
from tests.quarantine import decided
from tests.quarantine.examples import MINUTE, NAME
from tests.quarantine.strategies import examinations, instants, looks, rewrites, terms

pauses = st.integers(0, 45).map(lambda minutes: minutes * MINUTE)
subjects = st.sampled_from(["left-pad@1.0.0", "left-pad@1.1.0", "left-pad@>=1.0.0"])
decisions = st.lists(
    st.builds(
        lambda number, make, subject, expires: make(number, subject, expires=expires),
        st.integers(1, 50),
        st.sampled_from([decided.block, decided.hold]),
        subjects,
        st.none() | instants,
    ),
    max_size=2,
).map(tuple)
learned = st.none() | examinations | rewrites
steps = st.lists(
    st.tuples(pauses, st.none() | looks, decisions, st.none() | instants, st.booleans(), learned), min_size=1, max_size=5
)


@given(terms, instants, looks, steps, st.booleans())
def test_it_says_the_same(
    set_terms: Terms,
    now: datetime,
    first: Look,
    story: list[tuple[timedelta, Look | None, tuple[Decision, ...], datetime | None, bool, Examination | Rewrite | None]],
    scripted: bool,
) -> None:
    gate = Gate(rules_for(set_terms))
    record: PackageRecord = absorb(NAME, None, first).record
    listed = _listed(first, scripted=scripted)
    basis: Basis | None = None
    for pause, look, standing, frozen, spoiled, inside in story:
        now += pause
        if look is not None:
            record, listed = absorb(NAME, record, look).record, _listed(look, scripted=scripted)
        if spoiled:
            mismatches = {**record.mismatches, "1.0.0": Mismatch("other bytes", now + MINUTE)}
            record = replace(record, mismatches=mismatches)
        if isinstance(inside, Examination):
            record = replace(record, examinations={**record.examinations, "1.0.0": inside})
        elif inside is not None:
            record = replace(record, rewrites={**record.rewrites, "1.0.0": inside})
        said = Standing(standing, None, frozen, now)
        anew = gate.judge_package(record, listed, now, said)
        again = gate.judge_package(record, listed, now, said, basis)
        assert again == anew
        assert again.basis == anew.basis
        basis = again.basis


def _listed(look: Look, *, scripted: bool) -> dict[str, Listed]:
    return {version: Listed(seen.digests or None, None, scripted) for version, seen in look.versions.items()}
