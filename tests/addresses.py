"""No address of a package registry may stand in the repository: `python -m tests.addresses` prints those that do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# In pieces, so that this file does not hold what it looks for.
HOSTS = re.compile(
    "|".join(("npm" + r"js\.(?:org|com)", "yarn" + r"pkg\.com", "pypi" + r"\.org", "python" + "hosted", "npm" + "mirror")), re.I
)
MACHINE = re.compile(r"(?:^|[^A-Za-z0-9_.-])/(?:work|root|farm)/")


def findings(root: Path) -> list[str]:
    """`file:line` of everything that must not be there, in the files that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True).stdout
    found = []
    for name in filter(None, listed.decode().split("\0")):
        path = root / name
        if path.is_file():
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
                if HOSTS.search(line) or MACHINE.search(line):
                    found.append(f"{name}:{number}: {line.strip()[:120]}")
    return found


if __name__ == "__main__":
    bad = findings(Path(__file__).parent.parent)
    for line in bad:
        sys.stderr.write(f"an address that must not be here: {line}\n")
    sys.exit(1 if bad else 0)
