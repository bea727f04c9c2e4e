"""When an attestation was signed, as the log promises or timestamp authorities say. Its own word counts for nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime

from rfc3161_client import TimeStampResponse, decode_timestamp_response
from sigstore._utils import KeyID
from sigstore.errors import VerificationError

from proxy.attestations.anchors import Anchors
from proxy.attestations.bundle import Bundle, LogEntry
from proxy.attestations.refusals import Refused

_LATEST = 253_402_300_799
"""Seconds from 1970 to the end of the year 9999, the last that Python can tell."""


def claimed_times(bundle: Bundle) -> tuple[datetime, ...]:
    """All times for which there is something to prove them, in the order of the proofs. Raises Refused where there is none."""
    found = [response.tst_info.gen_time for response in _responses(bundle)]
    if bundle.entry.promise is not None:
        if bundle.entry.integrated > _LATEST:
            raise Refused("the log's time cannot be read")
        found.insert(0, datetime.fromtimestamp(bundle.entry.integrated, UTC))
    if not found:
        raise Refused("nobody has signed when it was signed")
    return tuple(found)


def check_times(bundle: Bundle, anchors: Anchors) -> None:
    """Raise Refused unless every one of the claimed times is proven."""
    if bundle.entry.promise is not None:
        _check_promise(bundle.entry, bundle.entry.promise, anchors)
    for response in _responses(bundle):
        if anchors.verifier._verify_signed_timestamp(response, bundle.signature) is None:
            raise Refused("one of its timestamps is not by an authority that was trusted then, or not over its signature")


def _responses(bundle: Bundle) -> list[TimeStampResponse]:
    if len(set(bundle.timestamps)) != len(bundle.timestamps):
        raise Refused("it has the same timestamp twice")
    return [decode_timestamp_response(each) for each in bundle.timestamps]


def _check_promise(entry: LogEntry, promise: bytes, anchors: Anchors) -> None:
    signed = {
        "body": b64encode(entry.body).decode(),
        "integratedTime": entry.integrated,
        "logID": entry.log_id.hex(),
        "logIndex": entry.index,
    }
    # Of ASCII text and whole numbers this is RFC 8785's canonical form.
    message = json.dumps(signed, sort_keys=True, separators=(",", ":")).encode()
    try:
        anchors.log.verify(key_id=KeyID(entry.log_id), signature=promise, data=message)
    except VerificationError:
        raise Refused("the log's promise is not signed by the log, or about another entry or time") from None
