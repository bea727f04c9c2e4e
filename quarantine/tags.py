"""dist-tag repair: no tag points at a withheld version, and `latest` exists whenever anything is admitted.

pnpm, yarn 1 and deno break on a dangling tag, and pnpm and yarn 4 on a missing `latest`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from quarantine.package import order, semver

LATEST = "latest"


def repair(
    tags: Mapping[str, str],
    history: Mapping[str, tuple[str, ...]],
    admitted: Collection[str],
    deprecated: Collection[str] = frozenset(),
) -> dict[str, str]:
    """Give every tag a target among `admitted`, or drop it.

    `tags` are the upstream's, `history` the targets of each tag as observed (newest first). Keeps the order of tags.
    """
    served: dict[str, str] = {}
    for tag, target in tags.items():
        replacement = _target(tag, target, history.get(tag, ()), admitted, deprecated)
        if replacement is not None:
            served[tag] = replacement
    if LATEST not in served and admitted:
        served[LATEST] = _any_target(admitted, deprecated)
    return served


def _target(tag: str, target: str, history: Iterable[str], admitted: Collection[str], deprecated: Collection[str]) -> str | None:
    if target in admitted:
        return target
    for earlier in history:
        if earlier in admitted:
            return earlier
    if tag != LATEST:
        line = [version for version in admitted if _same_line(version, target)]
        return _below(line, target, deprecated) or _above(line, target, deprecated)
    stable = [version for version in admitted if _is_stable(version)]
    prereleases = [version for version in admitted if _is_prerelease(version)]
    if below := _below(stable, target, deprecated):
        return below
    if prereleases and (_is_prerelease(target) or not stable):
        return _below(prereleases, target, deprecated) or _highest(prereleases, deprecated)
    if above := _above(stable, target, deprecated):
        return above
    return _any_target(admitted, deprecated) if admitted else None


def _any_target(admitted: Collection[str], deprecated: Collection[str]) -> str:
    """The highest stable version, else the highest of what there is."""
    stable = [version for version in admitted if _is_stable(version)]
    chosen = _highest(stable or list(admitted), deprecated)
    assert chosen is not None
    return chosen


def _below(versions: Collection[str], target: str, deprecated: Collection[str]) -> str | None:
    return _highest([version for version in versions if order(version) < order(target)], deprecated)


def _above(versions: Collection[str], target: str, deprecated: Collection[str]) -> str | None:
    above = [version for version in versions if order(version) > order(target)]
    kept = [version for version in above if version not in deprecated]
    return min(kept or above, key=order, default=None)


def _highest(versions: Collection[str], deprecated: Collection[str]) -> str | None:
    kept = [version for version in versions if version not in deprecated]
    return max(kept or versions, key=order, default=None)


def _is_stable(version: str) -> bool:
    parsed = semver(version)
    return parsed is not None and not parsed.prerelease


def _is_prerelease(version: str) -> bool:
    parsed = semver(version)
    return parsed is not None and bool(parsed.prerelease)


def _same_line(version: str, target: str) -> bool:
    """Whether both belong to one release line."""
    one, other = semver(version), semver(target)
    return one is not None and other is not None and one.line == other.line
