"""Where a lockfile pins its versions, to the character: what is needed to replace what it says, and not a byte more."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from proxy.npm.lockfile.bun import read_packages
from proxy.npm.lockfile.jsontext import Lines, as_object
from proxy.npm.lockfile.locked import BadLockfile, Findings, Locked, Lockfile, shown
from proxy.npm.lockfile.npm import read_nested, read_places
from proxy.npm.lockfile.placed import PlacedObject, PlacedText, Span, placed
from proxy.npm.lockfile.pnpm import read_pnpm
from proxy.npm.lockfile.read import read_lockfile
from proxy.npm.lockfile.yarn_berry import read_yarn_berry
from proxy.npm.lockfile.yarn_classic import read_yarn_classic

_NEWLINE = re.compile("\n")
_ARCHIVE = re.compile(r"__archiveUrl=([^&\"\s]+)")
Find = Callable[[str, str], re.Pattern[str]]


@dataclass(frozen=True, slots=True)
class Spot:
    """A value in the text, without quotes around it."""

    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class Pin:
    """One place that pins one version. Of the same version there may be several."""

    entry: Locked
    integrity: Spot | None = None
    address: Spot | None = None
    """As written, a sha1 fragment included."""
    encoded: bool = False
    """Whether the address is percent-encoded, as yarn 2 and later do."""
    place: PlacedObject | None = None
    """npm's object for this place, since version 2: it may say `hasInstallScript`."""


class _Recorder(Findings):
    """Remembers every place, where Findings lists what is the same once."""

    def __init__(self, *, places: bool = False) -> None:
        super().__init__()
        self.pins: list[Pin] = []
        self._places = places

    def took(self, entry: Locked, *, integrity: object, resolved: object, version: object) -> None:
        owners = (each.owner for each in (version, integrity, resolved) if isinstance(each, PlacedText))
        place = next(owners, None) if self._places else None
        self.pins.append(Pin(entry, _spot(integrity), _spot(resolved), place=place))


def read_pins(name: str, text: str) -> tuple[Lockfile, list[Pin]]:
    """The lockfile, and its places in the order of the file. The text is without a BOM.

    Raises BadLockfile, as `read_lockfile` does, and where the places that were found are not those of its entries.
    """
    lockfile = read_lockfile(name, text)
    pins, more = _found(lockfile.kind, text)
    if {_key(pin.entry) for pin in pins} != {_key(entry) for entry in lockfile.entries}:
        raise BadLockfile(f"{shown(name)}: the places of its entries cannot be told apart; write it anew with its client")
    return lockfile, [*pins, *more]


def _found(kind: str, text: str) -> tuple[list[Pin], list[Pin]]:
    """The places that the reader lists, and those of npm's second, older form of the same."""
    family = kind.partition(" ")[0]
    if family in {"package-lock", "npm-shrinkwrap", "bun.lock"}:
        return _in_json(as_object(placed(text)), family, kind, Lines(text))
    recorder = _Recorder()
    if family == "pnpm-lock":
        read_pnpm(text, recorder)
        return _in_blocks(text, recorder.pins, _of_pnpm), []
    if kind == "yarn 1":
        read_yarn_classic(text, recorder)
        return _in_blocks(text, recorder.pins, _of_yarn), []
    read_yarn_berry(text, recorder)
    return [_of_berry(text, block, pin) for block, pin in _blocks(text, recorder.pins)], []


def _in_json(document: dict[str, object], family: str, kind: str, lines: Lines) -> tuple[list[Pin], list[Pin]]:
    packages, dependencies = as_object(document.get("packages")), as_object(document.get("dependencies"))
    if family == "bun.lock":
        recorder = _Recorder()
        read_packages(packages, recorder, lines)
        return recorder.pins, []
    nested = _Recorder()
    read_nested(dependencies, nested, lines)
    if kind.endswith(" 1") or not isinstance(document.get("packages"), dict):
        return nested.pins, []
    recorder = _Recorder(places=True)
    read_places(packages, recorder, lines)
    return recorder.pins, nested.pins


def _in_blocks(text: str, pins: Iterable[Pin], find: Find) -> list[Pin]:
    made = []
    for block, pin in _blocks(text, pins):
        integrity = _once(text, block, find("integrity", pin.integrity.value)) if pin.integrity else None
        key = "tarball" if find is _of_pnpm else "resolved"
        address = _once(text, block, find(key, pin.address.value)) if pin.address else None
        made.append(Pin(pin.entry, integrity, address))
    return made


def _of_pnpm(key: str, value: str) -> re.Pattern[str]:
    return re.compile(rf"""(?<![^\s{{,"']){key}["']?:\s+["']?({re.escape(value)})(?=["'\s,}}]|\Z)""")


def _of_yarn(key: str, value: str) -> re.Pattern[str]:
    return re.compile(rf'^  "?{key}"?:? +"?({re.escape(value)})"?[ \t]*\r?$', re.MULTILINE)


def _of_berry(text: str, block: Span, pin: Pin) -> Pin:
    if pin.address is None:
        return Pin(pin.entry)
    return Pin(pin.entry, None, _once(text, block, _ARCHIVE), encoded=True)


def _once(text: str, block: Span, pattern: re.Pattern[str]) -> Spot | None:
    """Where the pattern's group is, when it is there once: of two places nobody knows which one counts."""
    found = list(pattern.finditer(text, block.start, block.end))
    return Spot(Span(*found[0].span(1)), found[0][1]) if len(found) == 1 else None


def _blocks(text: str, pins: Iterable[Pin]) -> Iterable[tuple[Span, Pin]]:
    """Each place with the stretch of text from its key to the next key that is not below it."""
    starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
    for pin in pins:
        start = starts[(pin.entry.line or 1) - 1]
        indent = _indent(text, start)
        after = bisect_right(starts, start)
        while after < len(starts) and not _ends(text, starts[after], indent):
            after += 1
        yield Span(start, starts[after] if after < len(starts) else len(text)), pin


def _ends(text: str, start: int, indent: int) -> bool:
    """Whether a line belongs to no block of this indentation any more; `: value` goes on with the `? key` above it."""
    at = start + _indent(text, start)
    return at - start <= indent and at < len(text) and text[at] not in "\r\n#:"


def _indent(text: str, start: int) -> int:
    at = start
    while at < len(text) and text[at] == " ":
        at += 1
    return at - start


def _spot(value: object) -> Spot | None:
    if isinstance(value, PlacedText):
        # What is written with escapes cannot be replaced in part.
        plain = value and value.span.end - value.span.start == len(value)
        return Spot(value.span, str(value)) if plain else None
    return Spot(Span(0, 0), value) if isinstance(value, str) and value else None


def _key(entry: Locked) -> tuple[str, str, str, str | None]:
    return entry.name, entry.version, str(entry.digests or ""), entry.resolved
