"""What the admin API answers about the log and the tokens, typed; see proxy.web.shapes_table."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from proxy.web.shapes import Count, Instant, Shape

Exact = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}\+00:00$")]
Second = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Base64 = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]+=*$")]


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
