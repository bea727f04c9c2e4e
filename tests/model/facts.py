"""What the looks say of each version: when its clock starts, which bytes it has, whether it is still there.

From docs/how-age-is-counted.md, each time anew from the first look on. Nothing is carried over, so nothing can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.model.looks import SKEW, Json, Look, instant

GONE_AFTER = timedelta(minutes=2)
KEPT_TARGETS = 20

Digests = dict[str, str]


@dataclass(frozen=True)
class Version:
    """One version as it stands after the last look."""

    version: str
    manifest: Json
    """As last listed."""
    first_seen: datetime
    published: datetime | None
    """Its `time` at first sight, where that can be used."""
    clock: datetime
    told: object
    """Its `time` as last listed, whatever that is."""
    flawed: bool
    digests: Digests
    """As listed now."""
    known: Digests
    """As listed first, and everything that later looks agreed with."""
    last_shown: datetime
    missing: bool
    """The last look did not show it."""
    listed: bool
    """Shown by the last look, or missing but not yet gone."""

    @property
    def altered(self) -> bool:
        """Whether other bytes are listed than at first."""
        return bool(self.digests and self.known) and not agree(self.known, self.digests)


@dataclass(frozen=True)
class Facts:
    """A package."""

    name: str
    versions: Mapping[str, Version]
    """Every version that was ever seen, in the order of the last document; after it the others, as they were listed before."""
    tags: Mapping[str, str]
    earlier: Mapping[str, Sequence[str]]
    """For each tag the targets that it had, the last one first."""
    last_look: datetime
    since: datetime | None
    """Where the clock of the oldest version starts."""

    @property
    def listed(self) -> list[str]:
        """The versions that there are."""
        return [version for version, each in self.versions.items() if each.listed]


def digests_of(name: str, manifest: Json) -> Digests:
    """The digests that a manifest promises; none where it is not the manifest of this package."""
    dist = manifest.get("dist", {})
    found = {}
    if manifest.get("name") == name:
        if str(dist.get("integrity", "")).startswith("sha512-"):
            found["sha512"] = str(dist["integrity"]).removeprefix("sha512-")
        if "shasum" in dist:
            found["sha1"] = bytes.fromhex(dist["shasum"]).hex()
    return found


def agree(one: Digests, other: Digests) -> bool:
    """Whether both can be of the same bytes."""
    common = one.keys() & other.keys()
    return bool(common) and all(one[each] == other[each] for each in common)


def facts_of(name: str, looks: Sequence[Look]) -> Facts | None:
    """From the looks that count; None before the first sight of the package."""
    if not looks:
        return None
    documents = [look.document for look in looks if look.document is not None]
    last = documents[-1]
    versions = {version: _version(name, version, looks) for version in _in_order(documents)}
    return Facts(
        name=name,
        versions=versions,
        tags=last["dist-tags"],
        earlier={tag: _targets(tag, documents) for tag in last["dist-tags"]},
        last_look=looks[-1].at,
        since=min((each.clock for each in versions.values()), default=None),
    )


def _in_order(documents: Sequence[Json]) -> list[str]:
    """What a document does not list any more comes behind what it lists, in the order in which it was listed before."""
    order: list[str] = []
    for each in documents:
        order = [*each["versions"], *(version for version in order if version not in each["versions"])]
    return order


def _shows(look: Look, version: str) -> bool:
    return look.document is not None and version in look.document["versions"]


def _version(name: str, version: str, looks: Sequence[Look]) -> Version:
    shown = [number for number, look in enumerate(looks) if _shows(look, version)]
    first, last = shown[0], shown[-1]
    first_look, last_look = looks[first], looks[last]
    assert first_look.document is not None
    assert last_look.document is not None
    published = instant(first_look.document["time"].get(version))
    if published is not None and published > first_look.at + SKEW:
        published = None
    absent = looks[first - 1].at if first > 0 else None
    known: Digests = {}
    for number in shown:
        document = looks[number].document
        assert document is not None
        listed = digests_of(name, document["versions"][version])
        if not known and listed:
            known = listed
            if number != first:
                # Bytes that nobody could know of have not aged.
                absent = looks[number - 1].at
        elif agree(known, listed):
            known = {**listed, **known}
    missing = looks[last + 1 :]
    manifest = last_look.document["versions"][version]
    start = published or first_look.at
    return Version(
        version=version,
        manifest=manifest,
        first_seen=first_look.at,
        published=published,
        clock=max(start, absent) if absent else start,
        told=last_look.document["time"].get(version),
        flawed=manifest.get("name") != name,
        digests=digests_of(name, manifest),
        known=known,
        last_shown=last_look.at,
        missing=bool(missing),
        listed=not missing or missing[-1].at - missing[0].at < GONE_AFTER,
    )


def _targets(tag: str, documents: Sequence[Json]) -> list[str]:
    found = [document["dist-tags"][tag] for document in reversed(documents) if tag in document["dist-tags"]]
    return list(dict.fromkeys(found))[:KEPT_TARGETS]
