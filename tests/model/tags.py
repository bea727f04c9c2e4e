"""Where each dist-tag points: the numbered list of docs/how-age-is-counted.md, read aloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quarantine.package import order


def served_tags(
    tags: Mapping[str, str], earlier: Mapping[str, Sequence[str]], served: Sequence[str], deprecated: set[str]
) -> dict[str, str]:
    """Every tag that there is, at its target."""
    found = {}
    for tag, target in tags.items():
        points = (
            target if target in served else _instead(tag, target, earlier.get(tag, ()), sorted(served, key=order), deprecated)
        )
        if points is not None:
            found[tag] = points
    if "latest" not in found and served:
        everything = sorted(served, key=order)
        stable = [version for version in everything if "-" not in version]
        found["latest"] = _first(list(reversed(stable or everything)), deprecated) or served[0]
    return found


def _instead(tag: str, target: str, earlier: Sequence[str], rising: list[str], deprecated: set[str]) -> str | None:
    for before in earlier:
        if before in rising:
            return before
    if tag != "latest":
        line = [version for version in rising if _line(version) == _line(target)]
        return _first(_under(line, target), deprecated) or _first(_over(line, target), deprecated)
    stable = [version for version in rising if "-" not in version]
    previews = [version for version in rising if "-" in version]
    choices = [_under(stable, target)]
    if "-" in target or not stable:
        choices += [_under(previews, target), list(reversed(previews))]
    choices += [_over(stable, target), list(reversed(stable)), list(reversed(rising))]
    return next((chosen for choice in choices if (chosen := _first(choice, deprecated)) is not None), None)


def _line(version: str) -> str:
    number, _, preview = version.partition("-")
    return preview.partition(".")[0] if preview else number.partition(".")[0]


def _under(rising: Sequence[str], target: str) -> list[str]:
    """Those below, from the highest down."""
    return [version for version in reversed(rising) if order(version) < order(target)]


def _over(rising: Sequence[str], target: str) -> list[str]:
    """Those above, from the lowest up."""
    return [version for version in rising if order(version) > order(target)]


def _first(versions: Sequence[str], deprecated: set[str]) -> str | None:
    """The first that is not deprecated, else the first."""
    return next((version for version in versions if version not in deprecated), next(iter(versions), None))
