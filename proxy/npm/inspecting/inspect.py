"""All facts of one tarball, beside what its document says of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from proxy.npm.archive.members import Archive, Caps
from proxy.npm.inspecting.bundled import bundled_packages
from proxy.npm.inspecting.dense import dense_files
from proxy.npm.inspecting.dependencies import exotic_dependencies, installed, leading_first
from proxy.npm.inspecting.manifests import Manifest, gyp_folders, read_document, read_packages
from proxy.npm.inspecting.mentions import mentions
from proxy.npm.inspecting.mismatches import mismatches
from proxy.npm.inspecting.native import native_files
from proxy.npm.inspecting.printable import PATH, distinct, printable
from proxy.npm.inspecting.scripts import install_scripts
from proxy.npm.inspecting.shrinkwrap import foreign_hosts
from proxy.npm.inspecting.sources import sources
from quarantine.examination import Contents

ENTRIES = 100
"""How many entries of a list are kept."""

DEPENDENCIES = 2000
"""Of dependencies there are more, since each of them is asked about."""

_Entry = TypeVar("_Entry")


def inspect(
    archive: Archive,
    document: bytes | None,
    caps: Caps = Caps(),  # noqa: B008 - frozen
    hosts: Collection[str] | None = None,
) -> Contents:
    """Look at everything in a tarball. Whatever is in it, all text that comes back can be shown to people.

    `document`: the version's own object out of its packument, as JSON; None: there is none, so nothing is compared.
    `hosts`: the host names of the registry, to which an npm-shrinkwrap.json may lead.
    Raises ArchiveRefused where a cap is reached, and nothing else.
    """
    packages, odd = read_packages(archive, caps)
    listed, complaint = _document(document)
    cut = _Cut()
    scripts = tuple(install_scripts(packages, listed, gyp_folders(archive)))
    foreign, unreadable = foreign_hosts(archive, packages, hosts, caps)
    dense, all_read = dense_files(archive)
    told = [complaint] if complaint else [] if listed is None else mismatches(archive, packages[""], listed)
    return Contents(
        files=len(archive.files),
        unpacked=sum(member.size for member in archive.files.values()),
        packed=archive.packed,
        oddities=(*archive.oddities, *odd, *unreadable),
        scripts=cut("scripts", scripts),
        mismatches=cut("mismatches", told),
        dependencies=cut("dependencies", installed(packages, listed).items(), DEPENDENCIES),
        exotic=cut("exotic", leading_first(exotic_dependencies(packages, listed))),
        bundled=cut("bundled", bundled_packages(packages)),
        foreign=cut("foreign", foreign),
        native=cut("native", _shown(native_files(archive))),
        dense=cut("dense", _shown(dense), complete=all_read),
        mentions=tuple(mentions(sources(archive, packages, scripts))),
        cut=tuple(cut.fields),
    )


class _Cut:
    """Shortens lists, and remembers which are not complete."""

    def __init__(self) -> None:
        self.fields: list[str] = []

    def __call__(
        self, field: str, entries: Iterable[_Entry], most: int = ENTRIES, *, complete: bool = True
    ) -> tuple[_Entry, ...]:
        found = tuple(islice(entries, most + 1))
        if len(found) > most or not complete:
            self.fields.append(field)
        return found[:most]


def _document(raw: bytes | None) -> tuple[Manifest | None, str | None]:
    """The document, or why it cannot be compared: a document that nobody can read is not one that says the same."""
    if raw is None:
        return None, None
    try:
        return read_document(raw), None
    except (ValueError, RecursionError) as error:
        return None, f"its document cannot be read ({printable(str(error))})"


def _shown(paths: Iterable[str]) -> Iterator[str]:
    return (distinct(path, PATH) for path in paths)
