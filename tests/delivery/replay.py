"""What the Dockerfile's build does, done in a folder: the same commands, with the folder before each of its paths."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.delivery import dockerfile, sealed
from tests.delivery.fetched import fetch

PATHS = re.compile(r"(?<![\w.])/(opt/pratique|dist|data)\b")


@dataclass(frozen=True)
class Image:
    """The result: `root` holds what the final stage would."""

    root: Path
    sources: frozenset[str]
    """The files of the three packages that went in."""

    def here(self, text: str) -> str:
        """The text with the image's paths moved below the folder."""
        return PATHS.sub(lambda found: f"{self.root}/{found[1]}", text)

    @property
    def data(self) -> Path:
        """All that may be written, besides /tmp."""
        return self.root / "data"

    @property
    def tmp(self) -> Path:
        """/tmp."""
        return self.root / "tmp"

    @property
    def environment(self) -> dict[str, str]:
        """What ENV sets in the final stage."""
        found = dockerfile.variables(dockerfile.stages()[-1])
        base = {"HOME": str(self.data), "TMPDIR": str(self.tmp), "LANG": "C.UTF-8"}
        return base | {key: self.here(value).replace("$PATH", os.defpath) for key, value in found.items()}


def build(root: Path) -> Image:
    """Run the first stage below `root`, which the image's user can enter. Raises Unavailable."""
    source, programs = root / "src", root / "bin"
    image = Image(root, frozenset())
    for folder in (source, programs, root / "opt", root / "dist", image.data, image.tmp):
        folder.mkdir(parents=True)
    (programs / "python").symlink_to(sealed.python())
    pip = {key: value for key, value in os.environ.items() if key.startswith("PIP_") or key == "SSL_CERT_FILE"}
    variables = {"PATH": f"{programs}{os.pathsep}{os.defpath}", "HOME": str(Path.home()), "LANG": "C.UTF-8", **pip}
    for step in dockerfile.stages()[1]:
        if step.word == "COPY":
            _copy(step, source)
        elif step.word == "RUN":
            fetch("env", "-i", *(f"{k}={v}" for k, v in variables.items()), "sh", "-euc", image.here(step.command), cwd=source)
    files = [each.relative_to(source) for each in source.rglob("*") if each.is_file()]
    packages = frozenset(str(each) for each in files if each.parts[0] in {"config", "quarantine", "proxy"})
    shutil.rmtree(source)
    if sealed.becomes_user():
        for folder in (image.data, image.tmp):
            os.chown(folder, sealed.UID, sealed.UID)
    else:
        subprocess.run(["chmod", "-R", "a-w", root / "opt"], check=True)
    return Image(root, packages)


def _copy(step: dockerfile.Instruction, source: Path) -> None:
    target = source / step.rest.split()[-1]
    for name in step.sources:
        start = dockerfile.ROOT / name
        if start.is_dir():
            shutil.copytree(start, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            place = target / start.name if step.rest.endswith("/") else target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(start, place)
