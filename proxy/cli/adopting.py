"""`pratique adopt LOCKFILE…`: what lockfiles pin today is admitted, by exact version and bytes, for rules of age only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.trouble import Trouble, told

AT_ONCE = 5000
"""Entries in one request."""


def adopt(files: list[Path], reason: str, url: str | None, *, as_json: bool) -> None:
    """Read every lockfile before the first is sent, so that a broken one changes nothing."""
    read = [(file, _entries(file)) for file in files]
    told_all: list[dict[str, Any]] = []
    for file, (entries, skipped) in read:
        counts: dict[str, Any] = {"file": str(file), "adopted": 0, "known": 0, "refused": [], "skipped": skipped}
        for start in range(0, len(entries), AT_ONCE):
            body = {"entries": entries[start : start + AT_ONCE], "reason": reason, "source": file.name}
            answer = ask(url, "v1/adoptions", "POST", body)
            counts["adopted"] += answer["adopted"]
            counts["known"] += answer["known"]
            counts["refused"] += answer["refused"]
        told_all.append(counts)
    if as_json:
        Console().print_json(json.dumps({"lockfiles": told_all}))
        return
    console = Console(soft_wrap=True)
    for counts in told_all:
        line = f"{counts['file']}: {counts['adopted']} versions adopted, {counts['known']} were already"
        console.print(line, markup=False, highlight=False)
        for each in [*(f"{one['entry']}: {one['reason']}" for one in counts["refused"]), *counts["skipped"]]:
            console.print(f"  left out: {each}", markup=False, highlight=False)


def _entries(file: Path) -> tuple[list[dict[str, str | None]], list[str]]:
    from proxy.npm.lockfile import read_lockfile

    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{file} cannot be read: {error}", code=2) from error
    with told():
        lockfile = read_lockfile(file.name, text)
    found: dict[tuple[str, str, str | None], dict[str, str | None]] = {}
    left_out = list(lockfile.skipped)
    for each in lockfile.entries:
        if each.digests is None:
            left_out.append(f"{each.name}@{each.version}: {lockfile.kind} pins no integrity of the tarball")
            continue
        strongest = each.digests.strongest
        integrity = f"{strongest}-{each.digests[strongest]}" if strongest else None
        found[each.name, each.version, integrity] = {"name": str(each.name), "version": each.version, "integrity": integrity}
    return list(found.values()), left_out
