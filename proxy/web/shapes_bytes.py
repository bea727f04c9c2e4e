"""What the admin API answers about the bytes of versions, typed; see proxy.web.shapes_table."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from proxy.web.shapes import Count, Shape

Integrity = Annotated[str, Meta(pattern=r"^sha(1|256|384|512)-[A-Za-z0-9+/]+=*$")]
Sha1 = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Place = Annotated[int, Meta(ge=1)]


class LockedBytes(Shape):
    """The digests of one tarball, and whether documents say of it that it has install scripts."""

    integrity: Integrity | None
    shasum: Sha1 | None
    scripts: bool


class LockedVersion(Shape):
    """What a lockfile may pin of one version. Without `upstream` nothing is known of it, and `reason` says why."""

    package: str
    version: str
    upstream: LockedBytes | None
    served: LockedBytes | None
    """What is served, or would be if it were not withheld."""
    rewritten: LockedBytes | None
    """What is on record as served in place of the upstream's, now or formerly."""
    tarball: str | None
    """Where it is served."""
    withheld: bool
    reason: str | None
    """Why it is withheld, or unknown."""


class Relocked(Shape):
    """In the order of the question."""

    entries: list[LockedVersion]


class ChangedField(Shape):
    """A value of a package.json that is not what it was; `runs`: an installation runs it by itself."""

    field: str
    key: str
    old: str | None
    new: str | None
    inside: str
    """The folder of the bundled package whose manifest it is."""
    runs: bool


class Hunk(Shape):
    """A stretch of a file; each line begins with a blank, `-` or `+`, or with a backslash where it says what was left out.

    A very long line is told in pieces, each as a line.
    """

    old_line: Place
    old_column: Place
    new_line: Place
    new_column: Place
    lines: list[str]


class ChangedFile(Shape):
    """A file that is not what it was. Digests are told of what is not compared as text."""

    path: str
    change: Literal["added", "removed", "changed", "moved"]
    role: Literal["install", "bundled", "entry", "code", "other"]
    kind: str
    old_size: Count | None
    new_size: Count | None
    old_digest: Sha256 | None
    new_digest: Sha256 | None
    hunks: list[Hunk]
    notes: list[str]


class ComparedArchive(Shape):
    """One of two archives; with `oddities` nobody can say what a client makes of it."""

    files: Count
    unpacked: Count
    packed: Count
    oddities: list[str]


class Difference(Shape):
    """What is different, what takes part in the installation first. `notes` say where something was left out."""

    old: ComparedArchive
    new: ComparedArchive
    added: Count
    removed: Count
    changed: Count
    fields: list[ChangedField]
    files: list[ChangedFile]
    notes: list[str]


class ComparedVersion(Shape):
    """Which bytes of a version were compared; `removed` is what was taken out of them, null where they are the upstream's."""

    version: str
    integrity: Integrity | None
    removed: list[str] | None
    withheld: bool


class Compared(Shape):
    """Two versions of a package, or one and nothing, where there is none to compare it with."""

    package: str
    bytes: Literal["served", "upstream"]
    old: ComparedVersion | None
    new: ComparedVersion
    diff: Difference
