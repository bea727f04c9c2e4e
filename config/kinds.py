"""The types of settings that are more than a string or a number.

Each is an ordinary Python type that carries a *kind*: the name of the parser in `config.values` that reads it. A struct
that is built by hand is not parsed, so tests can write `Quarantine(hold=timedelta(days=1))`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta

Duration = Annotated[timedelta, Meta(extra={"kind": "duration"})]
"""Zero or more; written `7d`."""

Size = Annotated[int, Meta(extra={"kind": "size"})]
"""Bytes; written `64MiB`."""

Instant = Annotated[datetime, Meta(extra={"kind": "instant"})]
"""UTC; written `2026-11-01` or `2026-11-01T09:00Z`."""

BaseUrl = Annotated[str, Meta(extra={"kind": "base_url"})]
"""http(s) with an optional path prefix; no credentials, no query, no trailing slash."""

BaseUrls = Annotated[tuple[str, ...], Meta(extra={"kind": "base_urls"})]
"""Several of `BaseUrl`."""

Origins = Annotated[tuple[str, ...], Meta(extra={"kind": "origins"})]
"""Several of scheme://host[:port], lower case, without the scheme's own port."""

Networks = Annotated[tuple[str, ...], Meta(extra={"kind": "networks"})]
"""Several networks in CIDR notation; a single address is /32 or /128."""

ProxyUrl = Annotated[str, Meta(extra={"kind": "proxy_url"})]
"""http(s)://[user:password@]host[:port]. A secret when it holds a password."""

DatabaseUrl = Annotated[str, Meta(extra={"kind": "database_url"})]
"""As SQLAlchemy reads it. A secret when it holds a password."""

BlobsUrl = Annotated[str, Meta(extra={"kind": "blobs_url"})]
"""`file:` and a path."""

VariableName = Annotated[str, Meta(extra={"kind": "variable_name"})]
"""The name of an environment variable, never its value."""

Pattern = Annotated[str, Meta(extra={"kind": "pattern"})]
"""A glob over package names; see `config.pattern`."""

TrustedPackages = Annotated[tuple[str, ...], Meta(extra={"kind": "trusted"})]
"""Several of `name`, `@scope/*` or `name@range`; see `config.trusted`."""

EVERYONE = "everyone"
"""Whoever belongs to no audience: no audience can have this name."""

AudienceName = Annotated[str, Meta(extra={"kind": "audience_name"})]
"""Lower-case letters, digits and dashes; tokens carry it."""

ListenAddress = Annotated[str, Meta(extra={"kind": "listen_address"})]
"""`host:port`, an IPv6 host in brackets."""
