"""Taking a packument apart. Everything that a hostile document can do wrong is met here, once, at first sight."""

from __future__ import annotations

import hashlib
import json
from array import array
from typing import NamedTuple

import msgspec

from proxy.npm.abbreviated import ABBREVIATED, has_install_script, tells_of_bundles, tells_of_scripts
from proxy.npm.asks import tarball_path
from proxy.npm.instants import parse_instant
from proxy.npm.integrity import BadIntegrity, digests_of
from proxy.npm.packument import GAP, MemoryText, Piece, SplitPackument, VersionEntry
from quarantine.errors import PratiqueError
from quarantine.package import PackageName, is_version_text

MAX_VERSIONS = 50_000
"""The largest honest package has about 4,000; past this the document is refused."""

MAX_KEY = 256
"""The longest version or dist-tag that is read; node-semver's limit on a version."""

_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ANY = msgspec.json.Decoder()
_VERSIONS = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)

_TAKEN_APART = frozenset({"versions", "time", "dist-tags"})

_SPOILED = b"1e999"
"""Stands for a value that cannot be written as JSON: it passes where nobody looks into it, and is refused where somebody does."""

Fields = dict[str, msgspec.Raw]


class BadDocument(PratiqueError):
    """The upstream's document cannot be used at all."""


def split(body: bytes, name: str) -> SplitPackument:
    """Take apart the document that the upstream gave for `name`.

    Raises BadDocument when it is not that package's packument. A version that is broken by itself is kept with its flaw.
    """
    try:
        top, versions, times, tags = _decode(body)
    except _BROKEN:
        try:
            top, versions, times, tags = _decode(_mended(body, name))
        except _BROKEN as error:
            raise BadDocument(f"the upstream's document of {name} is no packument ({type(error).__name__})") from None
    if (told := _text(top.get("name"))) != name:
        raise BadDocument(f"the upstream answered for {name} with a document that names {str(told)[:80]!r}")
    if len(versions) > MAX_VERSIONS:
        raise BadDocument(f"the upstream's document of {name} lists {len(versions)} versions; at most {MAX_VERSIONS} are read")
    known = {key: value for key in times if (value := _text(times[key])) is not None}
    pieces = _Pieces(name)
    entries = {
        version: _entry(pieces, version, raw, known.get(version)) for version, raw in versions.items() if _is_storable(version)
    }
    head = tuple(
        (key, bytes(raw)) for key, raw in top.items() if key not in {"name", "dist-tags", "versions", "time"} and _sound(raw)
    )
    return SplitPackument(
        identity=hashlib.sha256(body).hexdigest(),
        name=str(name),
        head=head,
        tags={tag: target for tag in tags if (target := _text(tags[tag])) and _is_storable(tag) and is_version_text(target)},
        versions=entries,
        created=known.get("created"),
        modified=known.get("modified") or _text(top.get("modified")),
        ends=pieces.ends,
        text=pieces.text(),
    )


class _Pieces:
    """Gathers the text of versions."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.package = PackageName(name)
        self._parts: dict[str, list[bytes]] = {"full": [], "abbreviated": [], "times": []}
        self.ends: dict[str, array[int]] = {key: array("I") for key in self._parts}

    def add(self, version: str, fields: Fields, short: Fields, dist: Fragment, time: str | None) -> int:
        """One more version; its position."""
        key = msgspec.json.encode(version) + b":"
        address = GAP + tarball_path(self.package, version).encode()
        around = Fragment(dist.before + address, dist.after)
        published = key + msgspec.json.encode(time) + b"," if parse_instant(time) is not None else b""
        self._put("full", key + _cut(fields, around) + b",")
        self._put("abbreviated", key + _cut(short, around) + b",")
        self._put("times", published)
        return len(self.ends["times"]) - 1

    def text(self) -> MemoryText:
        """All of it."""
        return MemoryText(*(b"".join(parts) for parts in self._parts.values()))

    def _put(self, key: str, piece: bytes) -> None:
        ends = self.ends[key]
        self._parts[key].append(piece)
        ends.append((ends[-1] if ends else 0) + len(piece))


class Fragment(NamedTuple):
    """A version's `dist` around the address of its tarball."""

    before: bytes
    after: bytes


def _decode(body: bytes) -> tuple[Fields, Fields, Fields, Fields]:
    """Decode just as deep as we look. `time` and `dist-tags` that are no objects say nothing; `versions` must be one."""
    top = _RAW.decode(body)
    versions = _RAW.decode(top["versions"]) if _present(top, "versions") else {}
    return top, versions, _object(top, "time"), _object(top, "dist-tags")


def _present(top: Fields, key: str) -> bool:
    return key in top and bytes(top[key]) != b"null"


def _object(top: Fields, key: str) -> Fields:
    return _RAW.decode(top[key]) if _present(top, key) and bytes(top[key]).lstrip().startswith(b"{") else {}


def _mended(body: bytes, name: str) -> bytes:
    """Read a document that msgspec refuses with the forgiving parser of the standard library, and write it anew.

    So one lone surrogate or NaN does not cost the whole package: what holds one becomes `_SPOILED`, which fails its own check
    afterwards, be it a version, a tag or the readme. Keys that are no text are left out.
    """
    try:
        document = json.loads(body.decode("utf-8", "surrogateescape"), parse_int=_bounded_int)
        if not isinstance(document, dict):
            raise BadDocument(f"the upstream's document of {name} is not a JSON object")
        parts = {key: _joined(value) if key in _TAKEN_APART else _written(value) for key, value in document.items()}
        return _object_of(parts)
    except (*_BROKEN, MemoryError) as error:
        kind = type(error).__name__
        raise BadDocument(f"the upstream's document of {name} is not readable JSON ({kind})") from None


def _joined(value: object) -> bytes:
    """An object whose values are mended one by one."""
    return _object_of({key: _written(each) for key, each in value.items()}) if isinstance(value, dict) else _written(value)


def _object_of(parts: dict[str, bytes]) -> bytes:
    written = ((_written(key), raw) for key, raw in parts.items())
    return b"{" + b",".join(key + b":" + raw for key, raw in written if key != _SPOILED) + b"}"


def _written(value: object) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return _SPOILED


def _is_storable(key: str) -> bool:
    """Whether a version's or tag's name can be remembered and told at all: a line of text, no longer than npm's own limit."""
    return 0 < len(key) <= MAX_KEY and key.isprintable()


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) < 400 else float("nan")


def _sound(raw: msgspec.Raw) -> bool:
    """Whether the value is JSON that every client reads: no NaN, no broken text, no number without bounds."""
    try:
        _ANY.decode(raw)
    except _BROKEN:
        return False
    return True


def _text(raw: msgspec.Raw | None) -> str | None:
    """The value when it is a string."""
    if raw is None:
        return None
    try:
        value = _ANY.decode(raw)
    except _BROKEN:
        return None
    return value if isinstance(value, str) else None


def _entry(pieces: _Pieces, version: str, raw: msgspec.Raw, time: str | None) -> VersionEntry:
    """Check one version and cut it at its tarball's address."""
    try:
        if not is_version_text(version):
            return VersionEntry(flaw="its version is not one that npm could have published", time=time)
        if not _sound(raw):
            return VersionEntry(flaw="its manifest is not valid JSON for every client", time=time)
        return _checked_entry(pieces, version, raw, time)
    except (*_BROKEN, BadIntegrity) as error:
        reason = str(error) if isinstance(error, BadIntegrity) else "its manifest cannot be read"
        return VersionEntry(flaw=reason, time=time)


def _checked_entry(pieces: _Pieces, version: str, raw: msgspec.Raw, time: str | None) -> VersionEntry:
    fields = _RAW.decode(raw)
    for key, wanted in (("name", pieces.name), ("version", version)):
        if (told := _text(fields.get(key))) != wanted:
            return VersionEntry(flaw=f"its manifest says {key} {str(told)[:80]!r}", time=time)
    if "dist" not in fields:
        return VersionEntry(flaw="its manifest has no dist, so there is nothing to install", time=time)
    dist = _RAW.decode(fields["dist"])
    digests = digests_of(_text(dist.get("integrity")), _text(dist.get("shasum")))
    tarball = _text(dist.get("tarball")) or ""
    deprecated = fields.get("deprecated")
    short = {key: fields[key] for key in ABBREVIATED if key in fields}
    if has_install_script(fields.get("scripts"), fields.get("hasInstallScript"), fields.get("gypfile")):
        short["hasInstallScript"] = msgspec.Raw(b"true")
    return VersionEntry(
        position=pieces.add(version, fields, short, _cut_dist(dist), time),
        tarball=tarball,
        digests=str(digests or ""),
        time=time,
        deprecated=deprecated is not None and bytes(deprecated) not in {b"false", b'""', b"null"},
        scripted=_tells_of_scripts(fields),
        bundling=_tells_of_bundles(fields),
    )


def retold(piece: Piece) -> Piece:
    """A piece that an earlier release cut out, with what its text tells of scripts. Raises ValueError where it has none."""
    if piece.entry.position < 0:
        return piece
    # Around the base address nothing of this is told.
    (fields,) = _VERSIONS.decode(b"{" + piece.text.full[:-1].replace(GAP, b"") + b"}").values()
    told = msgspec.structs.replace(piece.entry, scripted=_tells_of_scripts(fields), bundling=_tells_of_bundles(fields))
    return msgspec.structs.replace(piece, entry=told)


def _tells_of_scripts(fields: Fields) -> bool:
    return tells_of_scripts(fields.get("scripts"), fields.get("hasInstallScript"), fields.get("gypfile"))


def _tells_of_bundles(fields: Fields) -> bool:
    return tells_of_bundles(fields.get("bundleDependencies"), fields.get("bundledDependencies"))


def _cut_dist(dist: Fields) -> Fragment:
    """`{"integrity":…,"tarball":"` and what follows the address; other fields verbatim, each key once."""
    before, after = bytearray(b"{"), bytearray(b'"')
    target = before
    for key, raw in {"tarball": b"", **dist}.items():
        if len(target) > 1 or target is after:
            target += b","
        target += msgspec.json.encode(key) + b":"
        if key == "tarball":
            target += b'"'
            target = after
        else:
            target += raw
    return Fragment(bytes(before), bytes(after + b"}"))


def _cut(fields: Fields, dist: Fragment) -> bytes:
    """A version's object with its `dist`."""
    whole = bytearray(b"{")
    for position, (key, raw) in enumerate(fields.items()):
        if position:
            whole += b","
        whole += msgspec.json.encode(key) + b":"
        whole += dist.before + dist.after if key == "dist" else raw
    return bytes(whole + b"}")
