"""What the admin API takes, typed: a body that does not fit is refused with the place that does not."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from proxy.web.requests import BadBody

Body = TypeVar("Body", bound=msgspec.Struct)


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST v1/decisions`."""

    action: Literal["release", "block", "hold"]
    subject: str
    """`name@version`, `name@range`, or `name` for all versions."""
    reason: str
    expires: str | None = None
    """An instant, or how long from now (`7d`)."""
    audience: str | None = None


class ReasonBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where only a reason is needed."""

    reason: str


class PinnedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a lockfile."""

    name: str
    version: str
    integrity: str | None = None


class AdoptionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST v1/adoptions`."""

    entries: list[PinnedEntry]
    reason: str
    source: str = ""
    """Which lockfile, for the log."""


class RehearsalBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST v1/dry-run`."""

    policy: dict[str, Any]
    """`quarantine`, `scripts`, `rules`, `examiner`, `packages`, `audiences` and `namespaces`, as in the configuration."""
    since: str | None = None
    """Versions used since then count as in use: an instant, or how long ago (`30d`)."""


class RelockEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a lockfile."""

    name: str
    version: str


class RelockBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST v1/relock`."""

    entries: Annotated[list[RelockEntry], msgspec.Meta(max_length=500)]


class TokenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST v1/tokens`."""

    label: str
    roles: list[str]
    owner: str | None = None
    """A person's name, kept where it can be erased."""
    packages: list[str] = []
    networks: list[str] = []
    expires: str | None = None
    """As above."""
    audience: str | None = None


def read(kind: type[Body], body: bytes) -> Body:
    """Decode a body. Raises BadBody that says where it does not fit."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise BadBody(f"the request's body does not fit: {error}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadBody("the request's body is not JSON") from error
