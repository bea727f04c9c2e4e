"""What taking install scripts out does to the tarballs of a folder: `python -m tests.live.stripping FOLDER`.

Fill one with packages that have some: `npm pack esbuild sharp core-js bcrypt`. Each is stripped, read back strictly, and compared
with the original: everything but what was removed has to be the same, byte for byte, and what is in manifests the same value.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from proxy.npm.archive.reading import read_archive
from proxy.npm.stripping.strip import strip

SCRIPTS = {"preinstall", "install", "postinstall"}


def main(folder: Path) -> int:
    """How many of them are not what they should be."""
    outcomes: Counter[str] = Counter()
    for file in sorted(folder.rglob("*.tgz")):
        before = read_archive(file.read_bytes())
        if before.oddities:
            outcomes["ambiguous"] += 1
            say(f"{file.name}: left alone: {before.oddities[0]}")
            continue
        made = strip(before)
        if made is None:
            outcomes["without scripts"] += 1
            say(f"{file.name}: has none")
            continue
        again = strip(read_archive(made.packed))
        wrong = differences(file.read_bytes(), made.packed)
        if again is not None:
            wrong.append("something was left over")
        outcomes["wrong" if wrong else "stripped"] += 1
        sizes = f"{before.packed:,} -> {len(made.packed):,} bytes, {made.files} files"
        say(f"{file.name}: {', '.join(made.removed)} ({sizes}) {'; '.join(wrong)}".rstrip())
    say(", ".join(f"{count} {name}" for name, count in outcomes.most_common()))
    return outcomes["wrong"]


def differences(original: bytes, stripped: bytes) -> list[str]:
    """Where two tarballs differ beyond what was to go."""
    old, new = read_archive(original), read_archive(stripped)
    wrong = [f"{path} was added" for path in new.files.keys() - old.files.keys()]
    for path in old.files:
        name = path.rpartition("/")[2].lower()
        kept = new.read(path)
        if kept is None:
            wrong += [] if name == "binding.gyp" else [f"{path} is missing"]
        elif kept != old.read(path):
            same = name == "package.json" and json.loads(kept) == without_scripts(json.loads(old.read(path) or b""))
            wrong += [] if same else [f"{path} differs"]
    return wrong


def without_scripts(manifest: dict[str, Any]) -> dict[str, Any]:
    """The value that a manifest should have afterwards."""
    left = {key: value for key, value in manifest.items() if key != "gypfile"}
    if isinstance(left.get("scripts"), dict):
        left["scripts"] = {key: value for key, value in left["scripts"].items() if key not in SCRIPTS}
    return left


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1])) else 0)
