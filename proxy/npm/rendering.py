"""Joining the fragments of the versions that are shown into the document a client gets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import msgspec

from proxy.npm.instants import format_instant, parse_instant
from proxy.npm.packument import GAP, TIMES, SplitPackument, Variant
from quarantine.record import PackageRecord


@dataclass(frozen=True, slots=True)
class Restrictions:
    """Versions that policy withholds, for the field in which npm looks for them.

    npm's npm-pick-manifest prefers any version outside it; where a spec can be met by nothing else it stops with E403 and
    this message instead of "No matching version found". Other clients pass over it.
    """

    message: str
    versions: tuple[str, ...]


RESTRICTIONS = "policyRestrictions"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a document. Two of the same key, not None, are the same bytes."""

    key: tuple[object, ...] | None
    make: Callable[[], bytes]


def render(
    document: SplitPackument,
    record: PackageRecord,
    shown: Collection[str],
    tags: Mapping[str, str],
    base: str,
    variant: Variant,
    restrictions: Restrictions | None = None,
) -> bytes:
    """The document with exactly the versions of `shown`, in upstream's order."""
    return b"".join(each.make() for each in stretches(document, record, shown, tags, base, variant, restrictions))


def stretches(
    document: SplitPackument,
    record: PackageRecord,
    shown: Collection[str],
    tags: Mapping[str, str],
    base: str,
    variant: Variant,
    restrictions: Restrictions | None = None,
) -> list[Stretch]:
    """The same in parts, of which those with versions have a key: most of them outlive a verdict that changes."""
    shown = frozenset(shown)
    times, modified = _times(document, record, shown)
    fields: list[tuple[str, bytes]] = [("name", msgspec.json.encode(document.name))]
    if variant is Variant.FULL:
        # A top-level `error` in a 200 answer is fatal in yarn 1 and bun.
        fields += [(key, raw) for key, raw in document.head if key not in {"error", RESTRICTIONS}]
    elif modified is not None:
        fields.append(("modified", msgspec.json.encode(modified)))
    if (restricted := _restrictions(document, restrictions)) is not None:
        fields.append((RESTRICTIONS, restricted))
    fields.append(("dist-tags", msgspec.json.encode(dict(tags))))
    head = b"{" + b"".join(msgspec.json.encode(key) + b":" + raw + b"," for key, raw in fields) + b'"versions":{'
    end = b'},"time":' + times + b"}"
    return [Stretch(None, lambda: head), *_versions(document, shown, base, variant), Stretch(None, lambda: end)]


def render_manifest(document: SplitPackument, version: str, base: str) -> bytes:
    """One version's full manifest, as `/<name>/<version>` answers."""
    begin, end = document.span(Variant.FULL, document.versions[version].position)
    key = msgspec.json.encode(version) + b":"
    return document.text.cut(Variant.FULL, begin + len(key), end - 1).replace(GAP, _json_text(base))


def _versions(document: SplitPackument, shown: frozenset[str], base: str, variant: Variant) -> list[Stretch]:
    address, hidden = _json_text(base), document.versions.keys() - shown
    found = []
    for number, group in enumerate(document.groups):
        runs = list(document.runs(variant, shown, group))
        if runs:
            found.append((number, runs, () if hidden.isdisjoint(group) else tuple(each for each in group if each in hidden)))

    def stretch(number: int, runs: list[tuple[int, int]], without: tuple[str, ...], *, last: bool) -> Stretch:
        def make() -> bytes:
            text = b"".join(document.text.cut(variant, begin, end) for begin, end in runs).replace(GAP, address)
            return text[:-1] if last else text

        return Stretch((document.identity, variant.value, base, number, without, last), make)

    return [stretch(*each, last=each is found[-1]) for each in found]


def _restrictions(document: SplitPackument, ours: Restrictions | None) -> bytes | None:
    """Our restrictions, with those that the upstream had already, as JSON."""
    theirs = dict(document.head).get(RESTRICTIONS)
    if ours is None:
        return theirs
    told = msgspec.json.decode(theirs) if theirs is not None else None
    versions = told["versions"] if isinstance(told, dict) and isinstance(told.get("versions"), dict) else {}
    own = {version: {"name": document.name, "version": version} for version in ours.versions}
    return msgspec.json.encode({"message": ours.message, "versions": versions | own})


def _json_text(text: str) -> bytes:
    return msgspec.json.encode(text)[1:-1]


def _times(document: SplitPackument, record: PackageRecord, shown: frozenset[str]) -> tuple[bytes, str | None]:
    """`time` with one entry a shown version, `created` and `modified`; and the last of these. The upstream's words, if any.

    A version without a usable time gets our first sight of it: client-side age gates fail, or pass silently, without one.
    """
    parts = [document.text.cut(TIMES, begin, end) for begin, end in document.runs(TIMES, shown)]
    made = made_times(document, record, shown)
    parts += [msgspec.json.encode(version) + b":" + msgspec.json.encode(time) + b"," for version, time in made.items()]
    head = {"created": document.created, "modified": document.modified}
    if any(parse_instant(value) is None for value in head.values()):
        oldest = next((each for each in document.by_time if each in shown), None)
        newest = next((each for each in reversed(document.by_time) if each in shown), None)
        times = [document.versions[version].time for version in (oldest, newest) if version is not None]
        ordered = sorted([*filter(None, times), *made.values()], key=lambda text: parse_instant(text) or record.first_seen)
        ends = {"created": ordered[0], "modified": ordered[-1]} if ordered else {}
        head = {key: value if parse_instant(value) is not None else ends.get(key) for key, value in head.items()}
    parts = [msgspec.json.encode(key) + b":" + msgspec.json.encode(value) + b"," for key, value in head.items() if value] + parts
    return b"{" + b"".join(parts)[:-1] + b"}", head["modified"]


def made_times(document: SplitPackument, record: PackageRecord, shown: frozenset[str]) -> dict[str, str]:
    """Our first sight of each shown version for which the upstream has no usable time."""
    known = ((version, record.sightings.get(version)) for version in sorted(document.timeless & shown))
    return {version: format_instant(sighting.first_seen) for version, sighting in known if sighting is not None}
