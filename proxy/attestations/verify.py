"""What a registry's answer about attestations proves of the bytes of one version.

Pure, but slow to import, since sigstore is behind it (0.4 s): import it where it is used. An attestation takes about a
millisecond, in which the interpreter does nothing else: run it off the event loop.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from proxy.attestations.anchors import anchors
from proxy.attestations.answer import Announced, read_answer
from proxy.attestations.bundle import read_bundle
from proxy.attestations.periods import select
from proxy.attestations.publish import check_publish
from proxy.attestations.refusals import Refused, Undecided, guarded
from proxy.attestations.statement import PREDICATES, Subject, check_statement
from proxy.attestations.times import check_times, claimed_times
from proxy.attestations.trust import Trust
from proxy.attestations.workflow import check_told, check_workflow
from proxy.npm.inspecting.printable import printable
from proxy.npm.instants import format_instant
from quarantine.package import PackageVersion
from quarantine.provenance import Attested, Kind, Proof, Provenance

AHEAD = timedelta(minutes=5)
"""How far a proven time may lie in our future before we doubt one of the clocks."""

APART = timedelta(hours=1)
"""How far the time in the packument may be from that of the registry's attestation before it is noted."""


def verify(
    answer: bytes | None, package: PackageVersion, sha512: bytes, trust: Trust, published: datetime | None, now: datetime
) -> Provenance:
    """Judge the answer of `/-/npm/v1/attestations/NAME@VERSION`; None: the registry has none. Raises nothing for what is in it.

    `sha512`: of the upstream's bytes, computed here. `published`: the version's `time` in the packument, only for comparing.
    """
    subject = Subject(package, sha512)
    entries: Sequence[Announced] = ()
    notes: list[str] = []
    judged: dict[Kind, list[Attested]] = {kind: [] for kind in Kind}
    try:
        entries = () if answer is None else guarded(lambda: read_answer(answer))
    except Refused as refusal:
        judged = {kind: [Attested(Proof.INVALID, str(refusal))] for kind in Kind}
    for entry in entries:
        kind = PREDICATES.get(entry.predicate_type)
        if kind is None:
            notes.append(f"it has an attestation of a kind that is not known here: {printable(entry.predicate_type)}")
        else:
            judged[kind].append(_judged(entry, kind, subject, trust, now))
    publish, provenance = (_together(judged[kind]) for kind in (Kind.PUBLISH, Kind.PROVENANCE))
    if publish.at is not None and published is not None and abs(publish.at - published) > APART:
        notes.append(
            f"it is said to have been published at {format_instant(published)}, but a public log knows it from"
            f" {format_instant(publish.at)}"
        )
    return Provenance(
        of=f"sha512-{base64.b64encode(sha512).decode()}",
        at=now,
        trust=trust.fingerprint,
        publish=publish,
        provenance=provenance,
        document=None if answer is None else hashlib.sha256(answer).hexdigest(),
        notes=tuple(notes),
    )


def _together(found: Sequence[Attested]) -> Attested:
    """Each has to hold: a good one does not outvote a bad one. The worst comes out, else the first."""
    if not found:
        return Attested(Proof.ABSENT)
    for proof in (Proof.INVALID, Proof.UNKNOWN):
        for each in found:
            if each.proof is proof:
                return each
    first, *others = found
    if any(_source(other) != _source(first) for other in others):
        return Attested(Proof.INVALID, "there are several provenances, and they tell of different builds")
    return first


def _source(attested: Attested) -> tuple[str | None, str | None, str | None] | None:
    build = attested.build
    return None if build is None else (build.repository, build.commit, build.workflow)


def _judged(entry: Announced, kind: Kind, subject: Subject, trust: Trust, now: datetime) -> Attested:
    try:
        return guarded(lambda: _verified(entry, kind, subject, trust, now))
    except Undecided as doubt:
        return Attested(Proof.UNKNOWN, str(doubt))
    except Refused as refusal:
        return Attested(Proof.INVALID, str(refusal))


def _verified(entry: Announced, kind: Kind, subject: Subject, trust: Trust, now: datetime) -> Attested:
    bundle = read_bundle(entry.bundle)
    times = claimed_times(bundle)
    known = anchors(trust, select(trust, bundle.entry.log_id, times))
    check_times(bundle, known)
    keyid = build = None
    if kind is Kind.PUBLISH:
        if bundle.leaf is not None:
            raise Refused("it should be signed with the registry's key, and is with a certificate")
        keyid = check_publish(bundle, times, trust.keys, known)
    else:
        if bundle.leaf is None:
            raise Refused("it should be signed with a certificate, and is with a key")
        build = check_workflow(bundle, bundle.leaf, times, trust.issuers, known)
    predicate = check_statement(bundle.payload, entry.predicate_type, subject)
    if build is not None:
        check_told(build, predicate)
    if max(times) > now + AHEAD:
        raise Undecided("it was signed in what is the future here; look at the clock")
    return Attested(Proof.VERIFIED, None, min(times), bundle.entry.log_id.hex(), bundle.log_index, keyid, build)
