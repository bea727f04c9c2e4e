"""What a comparison of two archives comes to. Every text in it is printable: see `proxy.npm.diffing.visible`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is compared and told. What is cut is said, with where and how much."""

    file: int = 4 * 2**20
    """Bytes of one file that are compared, once what both sides begin and end with is taken off."""
    total: int = 48 * 2**20
    """The same of all files."""
    lines: int = 400
    """Lines that are told of one file."""
    all_lines: int = 5000
    """Lines that are told of all files."""
    text: int = 2**20
    """Characters that are told of all files."""
    files: int = 2000
    """Files that are listed."""
    fields: int = 500
    """Changes of manifests that are listed."""
    context: int = 3
    """Lines around a change that are told, too."""


class Role(StrEnum):
    """Why somebody should look at a file, the most urgent reason first."""

    INSTALL = "install"
    """It takes part in the installation: the manifest, binding.gyp, whatever an install script names."""
    BUNDLED = "bundled"
    """The manifest of a package that is brought along."""
    ENTRY = "entry"
    """What `main`, `bin` or `exports` lead to."""
    CODE = "code"
    OTHER = "other"


ROLES = tuple(Role)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A value of a package.json that is not what it was."""

    field: str
    key: str
    """Within the field; empty: the field itself."""
    old: str | None
    new: str | None
    inside: str = ""
    """The folder of the bundled package whose manifest it is."""
    runs: bool = False
    """Whether an installation runs it by itself."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """A stretch of a file with its changes. Lines and columns count from 1; a long line is told in pieces, each as a line."""

    old_line: int
    old_column: int
    new_line: int
    new_column: int
    lines: tuple[str, ...]
    """Each begins with a blank, `-` or `+`, as in a unified diff; with a backslash where lines were left out, and how many."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is not what it was."""

    path: str
    change: str
    """`added`, `removed`, `changed` or `moved`."""
    role: Role
    kind: str
    """`text`, or what it is besides."""
    old_size: int | None
    new_size: int | None
    old_digest: str | None = None
    """sha256 in hexadecimal, of what is not compared as text."""
    new_digest: str | None = None
    hunks: tuple[Hunk, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """Of one archive."""

    files: int
    unpacked: int
    packed: int
    oddities: tuple[str, ...]
    """Why nobody can say what a client makes of it; see `proxy.npm.archive.oddities`."""


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything, what concerns the installation first."""

    old: Totals
    new: Totals
    added: int
    removed: int
    changed: int
    fields: tuple[FieldChange, ...]
    files: tuple[FileChange, ...]
    notes: tuple[str, ...]
    """Where something was cut."""
