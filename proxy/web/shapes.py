"""What the admin API answers about versions and decisions, typed; see proxy.web.shapes_table."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Count = Annotated[int, Meta(ge=0)]
Instant = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$")]
"""UTC, to the minute: see `quarantine.verdict.stamp`."""


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


class Decisions(Shape):
    """The latest first."""

    decisions: list[Decision]
    total: Count
    frozen: Instant | None


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
