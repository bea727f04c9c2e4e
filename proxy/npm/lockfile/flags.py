"""npm's `hasInstallScript` in a lockfile: while it is there, `npm ci` runs whatever scripts the tarball has."""

from __future__ import annotations

from proxy.npm.lockfile.placed import PlacedObject, Span

FLAG = "hasInstallScript"
_FIRST = ("name", "version", "lockfileVersion", "resolved", "integrity", "requires")
"""What npm writes first, in this order; then come the other plain values by their keys, then objects."""

Edit = tuple[Span, str]
"""A stretch of the text, and what takes its place."""


def flag_edit(text: str, place: PlacedObject, wanted: bool) -> Edit | None:
    """The edit by which a place says that the version has install scripts, or does not; None where it says so already.

    What is taken out is put back at the same place, since that is where npm itself writes it.
    """
    if wanted == (place.get(FLAG) is True):
        return None
    if not wanted:
        return _without(place)
    if FLAG in place:
        return Span(place.members[FLAG].value, place.members[FLAG].end), "true"
    members = list(place.members.values())
    # An object that pins a version has one member at least.
    first = members[0]
    opening = text[first.start : first.value]
    colon = opening[len(opening.rstrip(" ")) - 1 :]
    alone = "," + (text[place.inside : first.start] or colon[1:])
    comma = text[first.end : members[1].start] if len(members) > 1 else alone
    before = [place.members[key] for key in place.members if _comes_before(key, place[key])]
    if before:
        return Span(before[-1].end, before[-1].end), f'{comma}"{FLAG}"{colon}true'
    return Span(first.start, first.start), f'"{FLAG}"{colon}true{comma}'


def _without(place: PlacedObject) -> Edit:
    keys = list(place.members)
    at, own = keys.index(FLAG), place.members[FLAG]
    if at:
        return Span(place.members[keys[at - 1]].end, own.end), ""
    return Span(own.start, place.members[keys[1]].start if len(keys) > 1 else own.end), ""


def _comes_before(key: str, value: object) -> bool:
    return key in _FIRST or (not isinstance(value, dict) and key.lower() < FLAG.lower())
