"""One request as it is remembered: who asked for what, when, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Kind = Literal["packument", "tarball", "manifest", "dist-tags", "audit", "attestations", "search"]
Outcome = Literal["served", "withheld", "would-withhold", "not-found", "failed"]

# Stored by their place in here: append, and never reorder.
KINDS: tuple[Kind, ...] = get_args(Kind)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

MAX_AGENT = 200
"""Characters of a user agent that are kept."""

MAX_COMMAND = 40
"""Characters of an npm-command header that are kept."""

MAX_TEXT = 300
"""Characters of any other text that are kept; a name, a version and an address are shorter."""


@dataclass(frozen=True, slots=True)
class Access:
    """One request. Texts that a client chose are cut when this is made, so that a queue of them stays small.

    ValueError for an instant without a time zone, and for a kind or an outcome that there is none of.
    """

    at: datetime
    kind: Kind
    package: str | None
    version: str | None
    outcome: Outcome
    client: str
    """The IP address, as text."""
    agent: str
    command: str | None = None
    """npm's own word for what it was doing (`install`, `ci`)."""
    credential: str | None = None
    """The name of the credential, never the credential."""
    rules: str = ""
    """The names of the rules that withheld it, with commas between them."""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"{self.at!r} has no time zone, so it names no instant: give it one (UTC)")
        if self.kind not in KINDS or self.outcome not in OUTCOMES:
            raise ValueError(f"no access is of the kind {self.kind!r} with the outcome {self.outcome!r}")
        if len(self.agent) > MAX_AGENT:
            object.__setattr__(self, "agent", self.agent[:MAX_AGENT])
        if self.command is not None and len(self.command) > MAX_COMMAND:
            object.__setattr__(self, "command", self.command[:MAX_COMMAND])


@dataclass(frozen=True, slots=True)
class Withheld:
    """How often one version was withheld, or would have been, and from how many."""

    package: str | None
    version: str | None
    """None where nothing of the package was admitted, so that the packument itself was withheld."""
    rules: str
    """The names of all rules that withheld it, in order, with commas between them."""
    outcome: Outcome
    count: int
    latest: datetime
    clients: int = 0
    """Distinct addresses that asked."""
    credentials: int = 0
    """Distinct credentials that asked; anonymous readers are none."""


@dataclass(frozen=True, slots=True)
class Asker:
    """From whom something was withheld, or would have been: a credential, wherever it was used, or an address without one."""

    outcome: Outcome
    client: str | None
    """The address; None for a credential."""
    credential: str | None
    versions: int
    """Distinct versions that it asked for."""
    count: int
    latest: datetime


@dataclass(frozen=True, slots=True)
class WithheldReport:
    """Everything withheld in a span of time, the most frequent first, and how far it reached."""

    rows: tuple[Withheld, ...] = ()
    versions: int = 0
    """Distinct versions, whether withheld or only observed."""
    clients: int = 0
    credentials: int = 0
    who: tuple[Asker, ...] = ()
    """Credentials before addresses, the one that asked for most versions first."""

    def __iter__(self) -> Iterator[Withheld]:
        return iter(self.rows)
