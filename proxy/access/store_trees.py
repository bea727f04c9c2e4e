"""Installed trees: each distinct one is written once, in parts that it shares with its likes, and audits point at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from zlib import crc32

from sqlalchemy import Connection, select, tuple_

from proxy.access.records import MAX_TEXT
from proxy.access.store_tables import members, part_members, parts, tree_parts, trees
from proxy.access.store_words import clean, look_up, stamp, write_rows

PARTS = 64
"""Parts that a tree is cut into at most. With 1,300 packages each has 20, so that another version costs 20 rows, not 1,300."""

AT_ONCE = 250
"""Members in one query; each is two parameters."""

TREE_LOCK = 1633903476

Member = tuple[str, str]
"""A package and a version."""


class Tree:
    """What an audit said is installed: as one text, a tenth of what the same takes as a dict of lists."""

    __slots__ = ("content", "digest", "waiting")

    def __init__(self, content: str) -> None:
        self.digest = _digest(content)
        self.content: str | None = content
        """None once it is known to be written."""
        self.waiting = 0
        """Audits in the queue that point at it."""

    @classmethod
    def of(cls, tree: Mapping[str, Sequence[str]]) -> Tree:
        """The tree of an audit's body, whatever order that was in."""
        found = {f"{_kept(package)}\0{_kept(version)}" for package, versions in tree.items() for version in versions}
        return cls("\0".join(sorted(found)))

    @property
    def key(self) -> tuple[bytes, bool]:
        """What tells whether another tree can stand for this one."""
        return self.digest, self.content is None

    @property
    def size(self) -> int:
        """Bytes of memory, roughly."""
        return len(self.content or "") + 500

    def parts(self) -> dict[bytes, list[Member]]:
        """Its members, by the digests of the parts that they are in; nothing for a tree that is known to be written."""
        texts = (self.content or "").split("\0")
        cut: dict[int, list[Member]] = {}
        for member in zip(texts[::2], texts[1::2], strict=False):
            # By package alone, so that another version of it changes one part.
            cut.setdefault(crc32(member[0].encode()) % PARTS, []).append(member)
        return {_digest("\0".join(map("\0".join, part))): part for part in cut.values()}


def _kept(text: str) -> str:
    return text if len(text) <= MAX_TEXT and text.isascii() and "\0" not in text else clean(text)


def _digest(content: str) -> bytes:
    return blake2b(content.encode(), digest_size=20).digest()


def add_trees(connection: Connection, used: Mapping[Tree, datetime]) -> dict[bytes, int]:
    """Write the trees that are not there yet, and say that all are used; their numbers by digest.

    One whose content is not at hand, and which is not there any more, gets no number.
    """
    keep_others_out(connection)
    stamps: dict[bytes, datetime] = {}
    for tree, at in used.items():
        stamps[tree.digest] = max(at, stamps.get(tree.digest, at))
    there = look_up(connection, trees.c.digest, trees.c.id, stamps)
    new = {tree.digest: tree.parts() for tree in used if tree.digest not in there and tree.content is not None}
    stamp(connection, trees, "digest", {digest: at for digest, at in stamps.items() if digest in there or digest in new})
    if not new:
        return there
    numbers = there | look_up(connection, trees.c.digest, trees.c.id, new)
    part_numbers = _add_parts(connection, {digest: part for cut in new.values() for digest, part in cut.items()})
    pairs = sorted((part_numbers[part], numbers[digest]) for digest, cut in new.items() for part in cut)
    write_rows(connection, tree_parts, ("part", "tree"), pairs)
    return numbers


def keep_others_out(connection: Connection) -> None:
    """Wait for other transactions that write or delete trees, till the end of this one. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TREE_LOCK})")


def _add_parts(connection: Connection, wanted: Mapping[bytes, Sequence[Member]]) -> dict[bytes, int]:
    there = look_up(connection, parts.c.digest, parts.c.id, wanted)
    new = sorted(wanted.keys() - there.keys())
    if not new:
        return there
    write_rows(connection, parts, ("digest",), [(digest,) for digest in new])
    numbers = look_up(connection, parts.c.digest, parts.c.id, new)
    member_numbers = _add_members(connection, {member for digest in new for member in wanted[digest]})
    pairs = sorted((member_numbers[member], numbers[digest]) for digest in new for member in wanted[digest])
    write_rows(connection, part_members, ("member", "part"), pairs)
    return there | numbers


def _add_members(connection: Connection, wanted: Iterable[Member]) -> dict[Member, int]:
    wanted = sorted(wanted)
    there = _member_numbers(connection, wanted)
    new = [member for member in wanted if member not in there]
    if new:
        write_rows(connection, members, ("package", "version"), new)
        there |= _member_numbers(connection, new)
    return there


def _member_numbers(connection: Connection, wanted: Sequence[Member]) -> dict[Member, int]:
    found: dict[Member, int] = {}
    for start in range(0, len(wanted), AT_ONCE):
        pair = tuple_(members.c.package, members.c.version)
        some = select(members).where(pair.in_(wanted[start : start + AT_ONCE]))
        found.update({(row.package, row.version): row.id for row in connection.execute(some)})
    return found
