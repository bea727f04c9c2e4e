"""Generated packages: versions around the end of their hold, with everything that an upstream may leave out or get wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from proxy.npm.instants import parse_instant
from tests.fakes.simulator.clock import npm_time
from tests.proxy.web.reference import Listed
from tests.proxy.web.scene import DAY, Scene

VERSIONS = ["0.9.0-rc.0", "1.0.0", "1.1.0", "1.1.1+build.5", "2.0.0-beta.1", "2.0.0-beta.2", "2.0.0", "10.0.0"]
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Version:
    """One version to be published."""

    version: str
    age: timedelta
    trouble: str
    deprecated: bool
    tag: str | None


ages = st.one_of(
    st.sampled_from([7 * DAY, 14 * DAY]).flatmap(
        lambda hold: st.sampled_from([hold, hold - MINUTE, hold + MINUTE, hold - 6 * MINUTE])
    ),
    st.sampled_from([400 * DAY, 30 * DAY, 10 * DAY, DAY, timedelta(0), -3 * MINUTE, -2 * DAY]),
)
troubles = st.sampled_from(
    ["", "", "", "", "no time", "bad time", "sha1 only", "no digest", "other name", "lone surrogate", "no dist", "two digests"]
)
versions = st.builds(
    Version,
    version=st.sampled_from(VERSIONS),
    age=ages,
    trouble=troubles,
    deprecated=st.booleans(),
    tag=st.sampled_from(["latest", "latest", "next", "old-line", None]),
)
packages = st.lists(versions, min_size=1, max_size=5, unique_by=lambda each: each.version)


@dataclass(frozen=True)
class Change:
    """What happens between two questions: time passes, and perhaps the upstream changes one thing."""

    passes: timedelta
    kind: str
    which: int
    fresh: Version


changes = st.builds(
    Change,
    passes=st.sampled_from([6 * MINUTE, DAY, 7 * DAY - MINUTE, 7 * DAY, 8 * DAY, 30 * DAY]),
    kind=st.sampled_from(["nothing", "publish", "unpublish", "other bytes", "deprecate", "move tag"]),
    which=st.integers(0, 7),
    fresh=versions,
)


def publish(scene: Scene, name: str, each: Version) -> None:
    """Put it upstream, trouble included."""
    scene.upstream.publish(name, each.version, at=scene.clock.now() - each.age, tag=each.tag)
    scene.upstream.attestations[f"{name}@{each.version}"] = {"attestations": [{"of": each.version}]}
    document = scene.upstream.package(name)
    entry: dict[str, Any] = document["versions"][each.version]
    if each.deprecated:
        entry["deprecated"] = "do not use"
    match each.trouble:
        case "no time":
            del document["time"][each.version]
        case "bad time":
            document["time"][each.version] = npm_time(scene.clock.now() - each.age).replace("Z", "")
        case "sha1 only":
            del entry["dist"]["integrity"]
        case "no digest":
            del entry["dist"]["integrity"], entry["dist"]["shasum"]
        case "other name":
            entry["name"] = "other"
        case "lone surrogate":
            entry["description"] = "cut \ud83d"
        case "no dist":
            del entry["dist"]
        case "two digests":
            entry["dist"]["integrity"] += " sha512-" + "A" * 86 + "=="
    # The upstream's clock of the whole document only ever grows.
    document["time"]["modified"] = npm_time(scene.clock.now())


def apply(scene: Scene, name: str, change: Change) -> None:
    """Let it happen; what makes no sense any more does not."""
    document = scene.upstream.package(name)
    listed = sorted(document["versions"])
    chosen = listed[change.which % len(listed)] if listed else None
    match change.kind:
        case "publish" if change.fresh.version not in document["time"]:
            publish(scene, name, replace(change.fresh, age=max(change.fresh.age, timedelta(0))))
        case "unpublish" if chosen and len(listed) > 1 and "dist" in document["versions"][chosen]:
            scene.upstream.unpublish(name, chosen)
        case "other bytes" if chosen and not seen(scene, name)[chosen].flawed:
            dist = document["versions"][chosen]["dist"]
            if "shasum" in dist:
                dist |= {"shasum": "0" * 40, **({"integrity": "sha512-" + "B" * 85 + "A=="} if "integrity" in dist else {})}
        case "deprecate" if chosen:
            scene.upstream.deprecate(name, chosen)
        case "move tag" if chosen:
            scene.upstream.tag(name, ("latest", "next")[change.which % 2], chosen)


def seen(scene: Scene, name: str) -> dict[str, Listed]:
    """The upstream's document as one look shows it."""
    document = scene.upstream.package(name)
    listed = {}
    for version, entry in document["versions"].items():
        dist = entry.get("dist", {})
        flawed = entry["name"] != name or "dist" not in entry or " " in dist.get("integrity", "") or not is_text(entry)
        # What a flawed version says of its bytes is not believed.
        digest = None if flawed else dist.get("shasum")
        listed[version] = Listed(parse_instant(document["time"].get(version)), digest, flawed)
    return listed


def is_text(entry: dict[str, Any]) -> bool:
    """Whether the description can be written at all."""
    try:
        entry.get("description", "").encode()
    except UnicodeEncodeError:
        return False
    return True
