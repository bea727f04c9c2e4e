"""Whether an entry is in the log that it names."""

from __future__ import annotations

import msgspec
from sigstore.errors import VerificationError
from sigstore.models import TransparencyLogEntry
from sigstore_models.rekor.v1 import TransparencyLogEntry as EntryMessage

from proxy.attestations.anchors import Anchors
from proxy.attestations.bundle import LogEntry
from proxy.attestations.refusals import Refused


def check_inclusion(entry: LogEntry, anchors: Anchors) -> None:
    """Raise Refused unless the inclusion proof leads to a root that the log has signed.

    Entries of the first bundles have a promise in its place, which `times` has looked at.
    """
    if not entry.proven:
        return
    try:
        message = EntryMessage.from_json(msgspec.json.encode(entry.raw))
        TransparencyLogEntry(message)._verify(anchors.log)
    except VerificationError as error:
        raise Refused(f"the proof that it is in the log does not hold ({str(error.args[0])[:60]})") from error
