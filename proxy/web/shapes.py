"""What the admin API answers, typed: the OpenAPI document is made of these, and a test holds every answer against them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Count = Annotated[int, Meta(ge=0)]
Instant = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$")]
"""UTC, to the minute: see `quarantine.verdict.stamp`."""
Exact = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00$")]
Second = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Base64 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]+=*$")]


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """An object of ours: it has these members, and no others."""


class Live(Shape):
    """The process answers."""

    status: Literal["live"]


class Ready(Shape):
    """The ledger can be written; `alarms` is what is wrong all the same."""

    status: Literal["ready"]
    alarms: list[str]


class NotReady(Shape):
    """It cannot."""

    status: Literal["not ready"]
    reason: str


class Finding(Shape):
    """One rule's sentence about a version."""

    rule: str
    reason: str
    effect: Literal["note", "hold", "review", "block"]
    until: Instant | None


class Error(Shape):
    """Whatever went wrong; of a withheld version also which one, and why."""

    error: str
    code: str
    package: str | UnsetType = UNSET
    version: str | UnsetType | None = UNSET
    findings: list[Finding] | UnsetType = UNSET
    until: Instant | UnsetType | None = UNSET
    more: str | UnsetType | None = UNSET


class Version(Shape):
    """One version in lists."""

    package: str
    version: str
    verdict: Literal["admitted", "withheld", "observed"]
    state: Literal["admitted", "held", "released", "blocked"]
    findings: list[Finding]
    until: Instant | None
    beyond_age: bool
    """Whether it waits for more than age."""


class Held(Shape):
    """Everything that waits; `total` counts what was left out, too."""

    audience: str
    held: list[Version]
    total: Count
    alarms: list[str]


class HeldInWords(Held):
    """The same, in sentences too."""

    words: list[str]


class Facts(Shape):
    """What is known of a version; `published` is the upstream's word."""

    published: str | None
    first_seen: Instant | None
    last_absent: Instant | None
    clock_start: Instant | None
    last_look: Instant | None
    digests: str


class Decision(Shape):
    """What somebody decided."""

    id: Count
    action: Literal["release", "block", "hold"]
    subject: str
    reason: str
    actor: str
    at: Instant
    expires: Instant | None
    audience: str | None
    digests: str | None
    lifts: list[str]
    """The rules that a release lifts; none for all of them."""
    withdrawn: Instant | None


class Explained(Version):
    """Verdict and facts of one version."""

    audience: str
    facts: Facts
    decisions: list[Decision]
    served_instead: str | None
    judged_at: Instant


class ExplainedInWords(Explained):
    """The same, in sentences too."""

    words: list[str]


class Decisions(Shape):
    """The latest first."""

    decisions: list[Decision]
    total: Count
    frozen: Instant | None


class ExposureRow(Shape):
    """One record about a version."""

    at: Instant
    how: Literal["fetched", "withheld", "installed", "seen"]
    package: str
    version: str
    client: str
    credential: str | None
    label: str | None
    command: str | None
    agent: str


class Exposed(Shape):
    """One client, with one credential, that must act."""

    client: str
    credential: str | None
    label: str | None
    count: Count
    fetched: Count
    installed: Count
    versions: list[str]
    first: Instant
    last: Instant


class ExposedVersion(Shape):
    """One version, and how far it got."""

    version: str
    fetched: Count
    installed: Count
    withheld: Count
    seen: Count
    clients: Count
    first: Instant
    last: Instant


class Exposure(Shape):
    """Who had these versions."""

    subject: str
    fetched: Count
    installed: Count
    withheld: Count
    versions: list[ExposedVersion]
    who: list[Exposed]
    rows: list[ExposureRow]
    truncated: bool


class Decided(Shape):
    """A decision; a block comes with who had the version already."""

    decision: Decision
    exposure: Exposure | UnsetType = UNSET


class Withdrawn(Shape):
    """The decision that was taken back."""

    decision: Decision


class Refused(Shape):
    """A line of a lockfile that was not adopted."""

    entry: str
    reason: str


class Adopted(Shape):
    """How many lines were adopted, and how many had been before."""

    adopted: Count
    known: Count
    refused: list[Refused]


class Frozen(Shape):
    """Since when nothing new is admitted."""

    frozen: Instant


class Thawed(Shape):
    """Nothing is frozen any more."""

    frozen: None


class ReportTotals(Shape):
    """How much of one kind there was: versions, whole packages, and who asked."""

    versions: Count
    packages: Count
    requests: Count
    credentials: Count
    addresses: Count


class ReportRow(Shape):
    """One version, or a package as a whole, that was withheld or would have been."""

    package: str | None
    version: str | None
    rules: list[str]
    observed: bool
    count: Count
    latest: Instant
    credentials: Count
    clients: Count


class ReportAsker(Shape):
    """From whom: a credential, or an address without one."""

    credential: str | None
    label: str | None
    client: str | None
    observed: bool
    versions: Count
    count: Count
    latest: Instant


class Report(Shape):
    """What was withheld in a span of time, and what would have been."""

    since: Instant
    until: Instant
    versions: Count
    observed: Count
    requests: Count
    withheld: ReportTotals
    would_withhold: ReportTotals
    rows: list[ReportRow]
    who: list[ReportAsker]


class RehearsedVersion(Shape):
    """A version in use that would be served no longer, or again."""

    audience: str
    package: str
    version: str
    last_used: Instant
    until: Instant | None
    findings: list[Finding]


class RehearsedTag(Shape):
    """A package whose `latest` would be another version."""

    audience: str
    package: str
    before: str | None = msgspec.field(name="from")
    after: str | None = msgspec.field(name="to")


class Rehearsed(Shape):
    """What another policy would change for what is in use."""

    since: Instant
    packages: Count
    versions: Count
    unknown: list[str]
    total_withheld: Count
    total_admitted: Count
    total_latest: Count
    withheld: list[RehearsedVersion]
    admitted: list[RehearsedVersion]
    latest: list[RehearsedTag]


class Head(Shape):
    """An entry of the log by its number, and its hash."""

    number: Count
    hash: Hash


class LogEntry(Shape):
    """One entry, with every field that its hash covers."""

    number: Count
    at: Exact
    actor: str
    kind: str
    payload: dict[str, Any]
    payload_text: str
    """The payload as it was hashed."""
    previous: Hash
    hash: Hash
    name: str | None
    """Whom the actor stands for, while that is kept."""


class Log(Shape):
    """Entries in order, and the last one there is."""

    entries: list[LogEntry]
    head: Head | None


class Break(Shape):
    """Where the log is not what it was."""

    entry: Count
    reason: str


class Verified(Shape):
    """Whether the log is whole."""

    log: str
    sound: bool
    breaks: list[Break]
    head: Head | None


class Checkpoint(Shape):
    """The log's last entry, signed; `proxy.signing.checkpoint` says how to check it without this program."""

    pratique: Literal["checkpoint"]
    log: str
    number: Count
    hash: Hash
    at: Second
    key_id: Annotated[str, Meta(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")]
    public_key: Base64
    signature: Base64


class Token(Shape):
    """A token, without anything that helps to use it."""

    id: str
    label: str
    roles: list[str]
    packages: list[str]
    networks: list[str]
    audience: str | None
    created: Instant
    expires: Instant | None
    revoked: Instant | None
    last_used: Instant | None


class Tokens(Shape):
    """Every token."""

    tokens: list[Token]


class NewToken(Shape):
    """A token and its secret, which is shown this once."""

    token: Token
    secret: Annotated[str, Meta(pattern=r"^prq_[0-9A-Za-z]{49}$")]


class RevokedToken(Shape):
    """The token that counts no more."""

    token: Token


JSON = "application/json"
TEXT = "text/plain"

Content = dict[str, tuple[Any, ...]]
"""Media type -> what it is one of: shapes, or `str` for a text."""

ANSWERS: dict[tuple[str, str], dict[int, Content]] = {
    ("GET", "health/live"): {200: {JSON: (Live,)}},
    ("GET", "health/ready"): {200: {JSON: (Ready,)}, 503: {JSON: (NotReady,)}},
    ("GET", "metrics"): {200: {TEXT: (str,)}},
    ("GET", "v1/openapi.json"): {200: {JSON: (dict[str, Any],)}},
    ("GET", "v1/held"): {200: {JSON: (Held,)}},
    ("GET", "v1/packages/{name}/versions/{version}"): {200: {JSON: (Explained,)}},
    ("GET", "why/{subject}"): {200: {JSON: (ExplainedInWords, HeldInWords), "text/html": (str,), TEXT: (str,)}},
    ("GET", "v1/decisions"): {200: {JSON: (Decisions,)}},
    ("POST", "v1/decisions"): {201: {JSON: (Decided,)}},
    ("DELETE", "v1/decisions/{id}"): {200: {JSON: (Withdrawn,)}},
    ("POST", "v1/adoptions"): {200: {JSON: (Adopted,)}, 201: {JSON: (Adopted,)}},
    ("POST", "v1/freeze"): {201: {JSON: (Frozen,)}},
    ("DELETE", "v1/freeze"): {200: {JSON: (Thawed,)}},
    ("GET", "v1/exposure"): {200: {JSON: (Exposure,), "text/csv": (str,)}},
    ("GET", "v1/report"): {200: {JSON: (Report,)}},
    ("POST", "v1/dry-run"): {200: {JSON: (Rehearsed,)}},
    ("GET", "v1/log"): {200: {JSON: (Log,)}},
    ("GET", "v1/log/verify"): {200: {JSON: (Verified,)}},
    ("GET", "v1/log/checkpoint"): {200: {JSON: (Checkpoint,)}},
    ("GET", "v1/tokens"): {200: {JSON: (Tokens,)}},
    ("POST", "v1/tokens"): {201: {JSON: (NewToken,)}},
    ("POST", "v1/tokens/{id}/rotate"): {201: {JSON: (NewToken,)}},
    ("DELETE", "v1/tokens/{id}"): {200: {JSON: (RevokedToken,)}},
}
"""Method and path of a route -> status -> what it answers when nothing went wrong; a test fails on a route without a row."""
