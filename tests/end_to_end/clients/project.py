"""Projects that clients install into."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def write_project(path: Path, dependencies: Mapping[str, str] | None = None, **fields: Any) -> Path:
    """A folder with a package.json; `fields` go into it as they are."""
    path.mkdir(parents=True, exist_ok=True)
    manifest = {"name": "project", "version": "1.0.0", "private": True, "dependencies": dict(dependencies or {})}
    (path / "package.json").write_text(json.dumps({**manifest, **fields}, indent=2) + "\n")
    return path


def forget_modules(project: Path) -> None:
    """As after a fresh checkout: the lockfile stays, what was installed goes."""
    shutil.rmtree(project / "node_modules", ignore_errors=True)


def installed(project: Path) -> dict[str, str]:
    """name -> version of what lies in node_modules, the top level winning over what is nested."""
    found: dict[str, str] = {}
    for manifest in _manifests(project / "node_modules"):
        own = json.loads(manifest.read_text())
        found.setdefault(own["name"], own["version"])
    return found


def _manifests(modules: Path) -> Iterator[Path]:
    """Breadth first. pnpm and bun keep packages in `.pnpm/…/node_modules`, with links at the top."""
    packages = [path for path in _children(modules) if not path.name.startswith(".")]
    packages = [each for path in packages for each in (_children(path) if path.name.startswith("@") else [path])]
    yield from (path / "package.json" for path in packages if (path / "package.json").is_file())
    stores = [entry for name in (".pnpm", ".bun") for entry in _children(modules / name)]
    for folder in [*packages, *stores]:
        if not folder.is_symlink():
            yield from _manifests(folder / "node_modules")


def _children(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
