"""The code that an installation runs by itself: what some client runs counts, wherever that client looks.

npm runs `scripts` of the document, pnpm, yarn and bun those in the tarball; all of them build a binding.gyp. Measured.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from proxy.npm.inspecting.manifests import Manifest, Packages
from proxy.npm.inspecting.normal import scripts_of
from proxy.npm.inspecting.printable import COMMAND, PATH, distinct
from quarantine.examination import GYP, INSTALL_SCRIPTS, Script

GYP_BUILD = "node-gyp rebuild"
"""What clients run for a binding.gyp; npm writes it into the document as `scripts.install` when such a package is published."""

_STOPS_GYP = {"install", "preinstall"}
"""With one of these a client leaves a binding.gyp alone."""


def install_scripts(packages: Packages, document: Manifest | None, gyps: Collection[str]) -> Iterator[Script]:
    """All of them, those of the package itself first. `gyps`: the folders with a binding.gyp.

    One of each name in each folder: where tarball and document differ, its command holds both.
    """
    for folder, manifest in packages.items():
        scripts = scripts_of(manifest)
        if not folder and document is not None:
            yield from _both(scripts, scripts_of(document), "" in gyps)
            continue
        yield from (_script(name, scripts[name], folder) for name in INSTALL_SCRIPTS if name in scripts)
        # `gypfile: false` and an empty `install` keep some clients from building it, and others not.
        if folder in gyps and not scripts.keys() & _STOPS_GYP:
            yield _script(GYP, GYP_BUILD, folder)


def _both(inside: dict[str, str], listed: dict[str, str], gyp: bool) -> Iterator[Script]:
    """The package's own: a build is prevented only where every client sees a script in its place."""
    builds = gyp and not (inside.keys() & _STOPS_GYP and listed.keys() & _STOPS_GYP)
    if builds and "install" not in inside and listed.get("install") == GYP_BUILD:
        listed = {name: command for name, command in listed.items() if name != "install"}
    for name in INSTALL_SCRIPTS:
        there, told = inside.get(name), listed.get(name)
        if there is not None and told is not None and there != told:
            half = COMMAND // 2 - 20
            yield Script(name, f"{distinct(there, half)} (in the document: {distinct(told, half)})")
        elif there is not None or told is not None:
            yield _script(name, there or told or "", "")
    if builds:
        yield _script(GYP, GYP_BUILD, "")


def _script(name: str, text: str, folder: str) -> Script:
    return Script(name, distinct(text, COMMAND), distinct(folder, PATH))
