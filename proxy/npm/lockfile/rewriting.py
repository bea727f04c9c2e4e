"""Writing a lockfile anew for the bytes that are served: the entries that need it are replaced in the text, and nothing else.

A tarball that is served without its install scripts has another digest than its upstream's, so a lockfile that was made with the
one fails with the other. What an entry pins counts: a digest that is nobody's stays, since it may be the trace of an attack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from proxy.npm.lockfile.edits import Known, Left, address_edits, digest_edits, moved_address, script_edits
from proxy.npm.lockfile.flags import Edit
from proxy.npm.lockfile.locked import BadLockfile, Locked, Lockfile, shown
from proxy.npm.lockfile.pins import read_pins
from quarantine.digests import Digests

Side = Literal["served", "upstream"]


@dataclass(frozen=True, slots=True)
class Relocked:
    """What became of a lockfile."""

    kind: str
    text: str
    changed: tuple[str, ...]
    """Versions of which something was replaced, as `name@version`, each once."""
    left: tuple[str, ...]
    """What was left alone although it does not fit, each a sentence."""
    skipped: tuple[str, ...]
    """What is in the lockfile that no registry serves: see `Lockfile.skipped`."""


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a place is to say in the end."""

    id: tuple[str, str]
    digests: Digests | None
    address: str | None

    @classmethod
    def of(cls, entry: Locked, digests: Digests | None, address: str | None) -> _Meant:
        """The sha1 behind an address is compared as a digest, and an encoded address by what it means."""
        return cls((entry.name, entry.version), digests, unquote(address.partition("#")[0]) if address else None)


def versions_in(lockfile: Lockfile) -> list[tuple[str, str]]:
    """The versions that a server has to be asked for, each once."""
    return list(dict.fromkeys((str(entry.name), entry.version) for entry in lockfile.entries))


def relock(
    name: str, text: str, known: Mapping[tuple[str, str], Known], *, to: Side = "served", host: str | None = None
) -> Relocked:
    """Replace digests by those of the tarballs on side `to`; with `host`, a base address, also where they are fetched from.

    Of versions that are not `known` nothing is changed. Raises BadLockfile.
    """
    bare = text.removeprefix("\ufeff")
    lockfile, pins = read_pins(name, bare)
    berry = lockfile.kind.startswith("yarn ") and lockfile.kind != "yarn 1"
    edits: list[Edit] = []
    changed: dict[str, None] = {}
    left: dict[str, None] = {}
    meant: list[_Meant] = []
    for pin in pins:
        entry, digests, address = pin.entry, pin.entry.digests, pin.entry.resolved
        id = f"{entry.name}@{entry.version}"
        where = f"{id} (line {entry.line})" if entry.line else id
        found = known.get((str(entry.name), entry.version))
        if found is not None:
            target = found.upstream if to == "upstream" else found.served
            try:
                of_digest = digest_edits(pin, found, target)
                made = [*of_digest, *script_edits(bare, pin, found, target), *address_edits(pin, host)]
            except Left as reason:
                left[f"{where}: {reason}"] = None
            else:
                edits += made
                changed |= dict.fromkeys([id] if made else [])
                address = moved_address(entry, host)
                if digests and of_digest:
                    digests = Digests({each: target.digests[each] for each in digests})
            if berry and len({str(each.digests) for each in found.all}) > 1:
                left[f"{where}: {_BERRY}"] = None
        meant.append(_Meant.of(entry, digests, address))
    rewritten = _applied(bare, edits)
    _check(name, rewritten, meant)
    return Relocked(lockfile.kind, text[: len(text) - len(bare)] + rewritten, tuple(changed), tuple(left), lockfile.skipped)


_BERRY = (
    "yarn pins a checksum of an archive that it makes itself, which tells nothing about the tarball; remove"
    " .yarn/install-state.gz, run `YARN_CHECKSUM_BEHAVIOR=update yarn install` behind this server, and look at what it changes"
)


def _applied(text: str, edits: list[Edit]) -> str:
    parts, at = [], 0
    for span, new in sorted(edits, key=lambda edit: (edit[0].start, edit[0].end)):
        if span.start < at:
            raise BadLockfile("two of its entries share a place; write the lockfile anew with its client")
        parts += [text[at : span.start], new]
        at = span.end
    return "".join([*parts, text[at:]])


def _check(name: str, text: str, meant: list[_Meant]) -> None:
    """Read what was written, and compare: what does not come out as it was meant is not given to anybody."""
    _, pins = read_pins(name, text)
    if [_Meant.of(pin.entry, pin.entry.digests, pin.entry.resolved) for pin in pins] != meant:
        raise BadLockfile(f"{shown(name)}: it cannot be rewritten safely; write it anew with its client, behind this server")
