"""The ways in which an archive can mean two things, each with a name and a sentence.

Which ones matter was measured with the real clients, and read in their sources: what all of them agree on is not odd.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from quarantine.examination import Oddity

_TOLD = 3
"""How many of one kind are told with their place; the rest are counted."""


class Kind(StrEnum):
    """What is odd. The words are kept in ledgers and counted in metrics: none changes its meaning."""

    # the compression
    NOT_GZIP = "not-gzip"
    GZIP_HEADER = "gzip-header"
    GZIP_MEMBERS = "gzip-members"
    GZIP_TRAILING = "gzip-trailing"
    GZIP_TRUNCATED = "gzip-truncated"
    GZIP_CHECKSUM = "gzip-checksum"
    # the stream of headers
    CHECKSUM = "checksum"
    NUMBER = "number"
    NAME_FIELD = "name-field"
    PREFIX = "prefix"
    TYPE = "type"
    LINK = "link"
    LINK_NAME = "link-name"
    FOLDER_SIZE = "folder-size"
    FILE_SLASH = "file-slash"
    RECORD = "record"
    RECORD_SIZE = "record-size"
    RECORD_ORDER = "record-order"
    GLOBAL_RECORD = "global-record"
    LONG_NAME = "long-name"
    LONE_ZEROS = "lone-zeros"
    AFTER_END = "after-end"
    NO_END = "no-end"
    TRUNCATED = "truncated"
    # the paths
    PATH = "path"
    BACKSLASH = "backslash"
    DRIVE = "drive"
    CONTROL = "control"
    ENCODING = "encoding"
    NAME_LENGTH = "name-length"
    ROOTLESS = "rootless"
    ROOTS = "roots"
    # the files among themselves
    DUPLICATE = "duplicate"
    FOLDING = "folding"
    FILE_AND_FOLDER = "file-and-folder"
    NO_MANIFEST = "no-manifest"
    # the root package.json
    MANIFEST_JSON = "manifest-json"


SENTENCES: Mapping[Kind, str] = {
    Kind.NOT_GZIP: "it is not compressed with gzip",
    Kind.GZIP_HEADER: "its gzip header is not as it should be ({place})",
    Kind.GZIP_MEMBERS: "there is a second gzip member at byte {place}",
    Kind.GZIP_TRAILING: "there are {place} after its gzip stream",
    Kind.GZIP_TRUNCATED: "its gzip stream is cut off ({place})",
    Kind.GZIP_CHECKSUM: "its gzip trailer does not fit what was unpacked ({place})",
    Kind.CHECKSUM: "the header at {place} has a bad checksum",
    Kind.NUMBER: "the header at {place} has a number that readers take differently",
    Kind.NAME_FIELD: "the header at {place} has a name with something hidden behind its end, or none at all",
    Kind.PREFIX: "the header at {place} has a name in two parts, which only some readers join",
    Kind.TYPE: "{place} is neither a file nor a folder",
    Kind.LINK: "{place} is a link",
    Kind.LINK_NAME: "the header at {place} leads somewhere though it is no link's",
    Kind.FOLDER_SIZE: "{place} is a folder with content",
    Kind.FILE_SLASH: "{place} is a file whose name ends like a folder's",
    Kind.RECORD: "the extended header at {place} is malformed, or is read differently",
    Kind.RECORD_SIZE: "the extended header at {place} gives another size than the header itself",
    Kind.RECORD_ORDER: "the extended header at {place} follows another, or belongs to no file",
    Kind.GLOBAL_RECORD: "the global extended header at {place} gives a path or a size",
    Kind.LONG_NAME: "the header at {place} names something else than its long name does",
    Kind.LONE_ZEROS: "a single block of zeros at {place} is followed by more",
    Kind.AFTER_END: "there is something after its end, at {place}",
    Kind.NO_END: "it has no end mark",
    Kind.TRUNCATED: "it ends in the middle of {place}",
    Kind.PATH: "the path {place} is not a plain one",
    Kind.BACKSLASH: "the path {place} has a backslash",
    Kind.DRIVE: "the path {place} names a drive",
    Kind.CONTROL: "the path {place} has control characters",
    Kind.ENCODING: "the path {place} is not UTF-8",
    Kind.NAME_LENGTH: "the path {place} has a name of more than 255 bytes",
    Kind.ROOTLESS: "the file {place} is in no folder",
    Kind.ROOTS: "its files are in more than one folder ({place})",
    Kind.DUPLICATE: "{place} is in it twice, with different content",
    Kind.FOLDING: "{place} are one file on some disks",
    Kind.FILE_AND_FOLDER: "{place} is both a file and a folder",
    Kind.NO_MANIFEST: "it has no package.json",
    Kind.MANIFEST_JSON: "its package.json {place}",
}


def oddity(kind: Kind, place: str = "") -> Oddity:
    """One, in words. `place` says where: a path as `shown` writes it, or a position."""
    return Oddity(kind.value, SENTENCES[kind].replace("{place}", place))


def shown(path: str) -> str:
    """A path for a sentence: nothing in it can pass for something else, and it is not endless."""
    text = repr(path)[1:-1]
    return text if len(text) <= 120 else f"{text[:80]}…{text[-30:]}"


class Oddities:
    """Gathers them. A hostile archive may have a million; what is told stays short."""

    def __init__(self) -> None:
        self._found: dict[Kind, list[Oddity]] = {}
        self._more: dict[Kind, int] = {}

    def add(self, kind: Kind, place: str = "") -> None:
        """One more."""
        told = self._found.setdefault(kind, [])
        if len(told) < _TOLD:
            told.append(oddity(kind, place))
        else:
            self._more[kind] = self._more.get(kind, 0) + 1

    def all(self) -> tuple[Oddity, ...]:
        """By kind, in the order in which they were met. The last of a kind says how many more there were."""
        found: list[Oddity] = []
        for kind, told in self._found.items():
            found += told
            if kind in self._more:
                found[-1] = Oddity(kind.value, f"{told[-1].reason} (and {self._more[kind]:,} more like it)")
        return tuple(found)
