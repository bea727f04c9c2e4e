"""The answer of a registry's `/-/npm/v1/attestations/NAME@VERSION`, taken apart."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from proxy.attestations.fields import Json, list_of, object_of, text_of
from proxy.attestations.refusals import Refused

MAX_BYTES = 1 << 20
"""Of one answer; real ones have about 15 kB."""

MAX_ATTESTATIONS = 8
"""In one answer; real ones have two."""


@dataclass(frozen=True, slots=True)
class Announced:
    """One attestation, with what the answer says that it is about."""

    predicate_type: str
    bundle: Json


def read_answer(answer: bytes) -> list[Announced]:
    """The attestations of an answer, none of them looked into. Raises Refused where it cannot be read as a whole."""
    if len(answer) > MAX_BYTES:
        raise Refused(f"the attestations have {len(answer):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        document = msgspec.json.decode(answer)
    except (ValueError, RecursionError) as error:
        raise Refused(f"the attestations are not JSON ({error})") from None
    if not isinstance(document, dict) or not isinstance(document.get("attestations"), list):
        raise Refused("the attestations are no object with a list of attestations")
    entries = list_of(document, "attestations")
    if len(entries) > MAX_ATTESTATIONS:
        raise Refused(f"there are {len(entries)} attestations; at most {MAX_ATTESTATIONS} are read")
    return [_announced(entry) for entry in entries]


def _announced(entry: object) -> Announced:
    if not isinstance(entry, dict):
        raise Refused("one of the attestations is no object")
    return Announced(text_of(entry, "predicateType"), object_of(entry, "bundle"))
