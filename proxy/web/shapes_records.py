"""What the admin API answers about who had which version, and who would not have, typed; see proxy.web.shapes_table."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from proxy.web.shapes import Count, Decision, Finding, Instant, Shape


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
    total_withheld: Count
    total_admitted: Count
    total_latest: Count
    total_unknown: Count
    withheld: list[RehearsedVersion]
    admitted: list[RehearsedVersion]
    latest: list[RehearsedTag]
    unknown: list[str]


class Decided(Shape):
    """A decision; a block comes with who had the version already."""

    decision: Decision
    exposure: Exposure | UnsetType = UNSET
