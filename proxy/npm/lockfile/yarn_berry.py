"""The yarn.lock of yarn 2 and later: YAML without most of it; `resolution` names the package, whatever the patterns above it say.

Described in yarn's repository, `Project.ts` and `parsers/sources/syml.ts`. Its `checksum` is of the zip archive that yarn makes
of a tarball, with a cache key in front, so it says nothing about the tarball: these entries have no digests.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from proxy.npm.lockfile.addresses import foreign
from proxy.npm.lockfile.blocks import items
from proxy.npm.lockfile.locked import BadLockfile, Findings, Lockfile, split_spec

OLDEST = 4
"""The `__metadata` version of yarn 2.0."""


def read_yarn_berry(text: str, findings: Findings | None = None) -> Lockfile:
    """Read a yarn.lock of yarn 2 and later; what is found goes into `findings`, where some are given."""
    findings = findings or Findings()
    generation, section, line, resolutions = "", "", 0, 0
    for item in items(text):
        if item.depth == 0:
            section, line = item.key, item.line
        elif item.depth == 1 and section == "__metadata" and item.key == "version":
            generation = item.value
        elif item.depth == 1 and item.key == "resolution":
            resolutions += 1
            _read(section, line, item.value, findings)
    if not (generation.isascii() and generation.isdigit() and len(generation) < 4 and int(generation) >= OLDEST):
        raise BadLockfile(
            f"its __metadata has the version {ascii(generation)[:20]}, not {OLDEST} or more; write it with yarn install"
        )
    return findings.lockfile(f"yarn {_major(int(generation))}")


def _major(generation: int) -> int:
    """Which yarn wrote it: the format is counted on its own."""
    if generation < 6:
        return 2
    return 3 if generation < 7 else 4


def _read(where: str, line: int, resolution: str, findings: Findings) -> None:
    name, reference = split_spec(resolution)
    if not reference.startswith("npm:"):
        reason = foreign(reference) or "a tarball that the project names by its address"
        return findings.skip(where, line, reason)
    version, _, bindings = reference.removeprefix("npm:").partition("::")
    # Only addresses that cannot be made up from registry, name and version are written down.
    try:
        address = parse_qs(bindings, max_num_fields=50).get("__archiveUrl", [None])[0]
    except ValueError:
        return findings.skip(where, line, "its resolution cannot be read")
    return findings.add(where, line, name=name, version=version, resolved=address)
