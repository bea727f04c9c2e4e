"""Keys of a section that an entry sets for fewer than all packages; what it does not set it inherits."""

from __future__ import annotations

from typing import Any

import msgspec


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one entry changes of one section: every field may be None, which inherits."""

    def keys(self) -> frozenset[str]:
        """The names of the keys that are set."""
        return frozenset(self.said())

    def said(self) -> dict[str, Any]:
        """The keys that are set, and their values."""
        return {key: value for key in self.__struct_fields__ if (value := getattr(self, key)) is not None}


def said(entry: msgspec.Struct) -> dict[str, Any]:
    """What an entry sets of all sections, by the keys as they are written: `quarantine.hold`, `scripts.mode`."""
    found: dict[str, Any] = {}
    for section in entry.__struct_fields__:
        part = getattr(entry, section)
        if isinstance(part, Override):
            found |= {f"{section}.{key}": value for key, value in part.said().items()}
    return found
