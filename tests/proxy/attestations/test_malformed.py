"""Whatever a hostile registry sends: it is refused, nothing is raised, and only what was signed gets verified."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.attestations.answer import MAX_BYTES
from proxy.attestations.refusals import Refused, Undecided, guarded
from proxy.attestations.trust import Trust
from quarantine.provenance import Proof
from tests.fakes.sigstore import PUBLISH, SLSA_1, FakeSigstore, answer
from tests.proxy.attestations.cases import Json, judge, provenance, publish

FAKE = FakeSigstore()
TRUST = FAKE.trust()
BUNDLES = [
    (announced, make(FAKE, media=media, kind=kind, stamps=stamps))
    for announced, make in ((SLSA_1, provenance), (PUBLISH, publish))
    for media, kind, stamps in (("0.1", "intoto", []), ("0.2", "intoto", []), ("0.3", "dsse", []), ("0.3", "hashedrekord", None))
]
ODD = st.sampled_from(
    [None, "", "0", "-1", "AAAA", "=", "\ud800", 0, -1, 2**70, 1.5, True, [], {}, [[]], [None], {"": None}, "9" * 30, "\u0661"]
).map(copy.deepcopy)  # a test changes what it is given


def paths(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of everything in a JSON value."""
    found = [above] if above else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in pairs:
        found += paths(below, (*above, key))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Json]:
    announced, bundle = draw(st.sampled_from(BUNDLES))
    spoiled = copy.deepcopy(bundle)
    for _ in range(draw(st.integers(1, 3))):
        known = paths(spoiled)
        if not known:
            break
        *above, last = draw(st.sampled_from(known))
        place: Any = spoiled
        for step in above:
            place = place[step]
        value = place[last]
        how = draw(st.sampled_from(["odd", "drop", "flip", "double", "other"]))
        if how == "drop" and isinstance(place, dict):
            del place[last]
        elif how == "flip" and isinstance(value, str) and value:
            at = draw(st.integers(0, len(value) - 1))
            place[last] = value[:at] + draw(st.sampled_from("A/+=0z\n")) + value[at + 1 :]
        elif how == "double" and isinstance(value, list):
            place[last] = value * 2
        elif how == "other":
            place[last] = copy.deepcopy(draw(st.sampled_from(BUNDLES))[1].get(last, value))
        else:
            place[last] = draw(ODD)
    return announced, spoiled


def signed(bundle: Json) -> bytes:
    return base64.b64decode(bundle["dsseEnvelope"]["payload"])


PAYLOADS = {signed(bundle) for _, bundle in BUNDLES}


@settings(max_examples=600, deadline=None)
@given(mutated())
def test_no_change_gets_another_statement_verified(case: tuple[str, Json]) -> None:
    announced, bundle = case
    found = judge(json.dumps({"attestations": [{"predicateType": announced, "bundle": bundle}]}).encode(), TRUST)
    outcome = found.publish if announced == PUBLISH else found.provenance
    if outcome.proof is Proof.VERIFIED:
        assert signed(bundle) in PAYLOADS
    else:
        assert outcome.reason
        assert outcome.reason.isprintable()
        assert (outcome.at, outcome.build, outcome.keyid, outcome.log_index) == (None, None, None, None)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_broken_byte_is_raised(data: st.DataObject) -> None:
    announced, bundle = data.draw(st.sampled_from(BUNDLES))
    document = bytearray(answer((announced, bundle)))
    for _ in range(data.draw(st.integers(1, 4))):
        document[data.draw(st.integers(0, len(document) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(document), data.draw(st.integers(0, len(document)))]))
    found = judge(bytes(document[:cut]), TRUST)
    for outcome in (found.publish, found.provenance):
        assert outcome.reason is None or outcome.reason.isprintable()


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300)
    | st.recursive(
        ODD, lambda below: st.lists(below) | st.dictionaries(st.sampled_from(["attestations", "bundle", "predicateType"]), below)
    ).map(lambda value: json.dumps(value).encode())
)
def test_nothing_made_up_is_verified(document: bytes) -> None:
    found = judge(document, TRUST)
    assert Proof.VERIFIED not in (found.publish.proof, found.provenance.proof)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "not JSON"),
        (b"[]", "no object"),
        (b"{}", "no object"),
        (b'{"attestations": {}}', "no object"),
        (b'{"attestations": [7]}', "no object"),
        (b'{"attestations": [{}]}', "predicateType"),
        (b'{"attestations": [{"predicateType": "x"}]}', "bundle"),
        (b'{"attestations": []} more', "not JSON"),
        (b'{"attestations": [' + b"[" * 200_000, "not JSON"),
        (
            b'{"attestations": [' + b'{"predicateType": "x", "bundle": {}},' * 8 + b'{"predicateType": "x", "bundle": {}}]}',
            "9 attestations",
        ),
        (b'{"attestations": []' + b" " * MAX_BYTES + b"}", "at most"),
        (b'{"attestations": [{"predicateType": "\xff", "bundle": {}}]}', "not JSON"),
    ],
)
def test_an_answer_that_cannot_be_read_proves_nothing(trust: Trust, document: bytes, reason: str) -> None:
    found = judge(document, trust)
    assert found.publish == found.provenance
    assert found.publish.proof is Proof.INVALID
    assert reason in (found.publish.reason or "")


class PanicException(BaseException):
    """As libraries written in Rust raise."""


@pytest.mark.parametrize(
    "error", [ValueError("x\ny"), RecursionError(), KeyError("x"), MemoryError(), PanicException("x"), AssertionError()]
)
def test_whatever_a_library_raises_is_a_refusal(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(Refused) as caught:
        guarded(fail)
    assert str(caught.value).isprintable()
    assert not isinstance(caught.value, Undecided)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), Undecided("why")])
def test_what_is_no_failure_passes(error: BaseException) -> None:
    def stop() -> None:
        raise error

    with pytest.raises(type(error)):
        guarded(stop)
