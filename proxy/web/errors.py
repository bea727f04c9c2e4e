"""The one table in which errors become HTTP. A test walks the error classes and fails on one that is missing here."""

from __future__ import annotations

from typing import Any

from proxy.access.errors import NotAllowed, NotPermitted
from proxy.access.tokens import without_tokens
from proxy.attestations.refusals import NotRefreshed, NotThere, Refused
from proxy.attestations.trust import BadTrust
from proxy.ledger.errors import LedgerFailed
from proxy.npm.archive.members import ArchiveRefused
from proxy.npm.archive.strict_json import NotJson
from proxy.npm.archive.writing import Unwritable
from proxy.npm.asks import MalformedTarget, NotAnAsk
from proxy.npm.integrity import BadIntegrity, IntegrityMismatch
from proxy.npm.lockfile.locked import BadLockfile
from proxy.npm.signing_keys import BadKeys
from proxy.npm.split import BadDocument
from proxy.npm.stripping.manifest import Unreadable
from proxy.npm.stripping.members import NoObject
from proxy.npm.stripping.verifying import Unstrippable
from proxy.registry.comparing import TooBusy
from proxy.registry.errors import NotFound, UpstreamDown, UpstreamFailed, Withheld
from proxy.registry.origins import BadUpstream
from proxy.registry.scripts import BeingRewritten, Unrewritable
from proxy.shared.confined import Unfinished
from proxy.storage.errors import StorageError
from proxy.web.bases import UnknownHost
from proxy.web.requests import BadBody, LoopFound, MethodRefused
from proxy.web.services import BadPolicy, UnknownAudience
from quarantine.book import UnknownDecision
from quarantine.desk import BadOrder
from quarantine.errors import PratiqueError
from quarantine.gate import EmptyPolicy
from quarantine.lifecycle import IllegalTransition
from quarantine.package import InvalidName
from quarantine.ranges import InvalidRange
from quarantine.verdict import Finding, stamp

STATUS: dict[type[PratiqueError], tuple[int, str]] = {
    Withheld: (403, "withheld"),
    Unrewritable: (403, "withheld"),
    IntegrityMismatch: (403, "withheld"),
    NotAllowed: (401, "not-allowed"),
    NotPermitted: (403, "not-permitted"),
    InvalidName: (400, "invalid-name"),
    BadLockfile: (400, "bad-lockfile"),
    MalformedTarget: (400, "malformed-target"),
    BadBody: (400, "bad-body"),
    BadPolicy: (400, "bad-policy"),
    UnknownAudience: (403, "unknown-audience"),
    UnknownHost: (400, "unknown-host"),
    NotAnAsk: (404, "no-route"),
    NotFound: (404, "not-found"),
    ArchiveRefused: (502, "bad-archive"),
    NotJson: (502, "bad-archive"),
    NoObject: (502, "bad-archive"),
    Unreadable: (502, "bad-archive"),
    Unstrippable: (502, "bad-archive"),
    Unwritable: (502, "bad-archive"),
    Refused: (502, "bad-attestation"),
    BadKeys: (502, "bad-keys"),
    BadTrust: (503, "bad-trust"),
    NotRefreshed: (503, "trust-not-refreshed"),
    NotThere: (503, "trust-not-refreshed"),
    TooBusy: (503, "too-busy"),
    BeingRewritten: (503, "being-rewritten"),
    MethodRefused: (405, "method-not-allowed"),
    LoopFound: (508, "loop"),
    BadDocument: (502, "bad-document"),
    BadIntegrity: (502, "bad-integrity"),
    UpstreamDown: (503, "upstream-down"),
    UpstreamFailed: (502, "upstream-failed"),
    BadOrder: (400, "bad-order"),
    InvalidRange: (400, "invalid-range"),
    UnknownDecision: (404, "unknown-decision"),
    IllegalTransition: (409, "illegal-transition"),
    StorageError: (507, "storage-failed"),
    LedgerFailed: (503, "ledger-failed"),
    Unfinished: (503, "unfinished"),
    BadUpstream: (500, "bad-upstream"),
    EmptyPolicy: (500, "empty-policy"),
}
"""Error class -> status and machine-readable code; a subclass without a row of its own takes its parent's."""


def status_of(error: PratiqueError) -> tuple[int, str]:
    """The row of an error's class."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    raise LookupError(f"{type(error).__name__} has no row in the table of errors")


def body_of(error: PratiqueError, more: str | None) -> dict[str, Any]:
    """What goes out as JSON; `error` is the one line that npm and yarn 1 print."""
    _, code = status_of(error)
    # What could not be read as an address is repeated, and may hold what belongs in a header.
    body: dict[str, Any] = {"error": without_tokens(str(error)), "code": code}
    if isinstance(error, Withheld):
        body["error"] = f"{error}. Why: {more}" if more else str(error)
        body |= {
            "package": error.name,
            "version": error.version,
            "findings": [finding_value(finding) for finding in error.verdict.findings],
            "until": stamp(error.until) if error.until else None,
            "more": more,
        }
    return body


def finding_value(finding: Finding) -> dict[str, str | None]:
    """A finding as every JSON answer gives it."""
    return {
        "rule": finding.rule,
        "reason": finding.reason,
        "effect": str(finding.effect),
        "until": stamp(finding.until) if finding.until else None,
    }
