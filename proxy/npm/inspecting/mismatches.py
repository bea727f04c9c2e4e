"""Manifest confusion: what the registry shows of a version against what lies in its tarball.

npm installs by the document, others run what is in the tarball, and readers look at either: a difference that publishing does
not make means that one of them is deceived.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from proxy.npm.archive.members import Archive
from proxy.npm.inspecting import normal
from proxy.npm.inspecting.manifests import Manifest, gyp_folders
from proxy.npm.inspecting.printable import as_text, printable
from proxy.npm.inspecting.scripts import GYP_BUILD
from proxy.npm.inspecting.specs import canonical

_NO_REGISTRY = ("workspace:", "catalog:")
"""Specs that pnpm and yarn replace when they publish. No client can install them, so who forgot to do so deceives nobody."""


def mismatches(archive: Archive, inside: Manifest, document: Manifest) -> Iterator[str]:
    """Each difference as a sentence; `inside` is the tarball's own package.json."""
    yield from _identity(inside, document)
    yield from _scripts(archive, inside, document)
    yield from _specs("dependencies", normal.installed_of(inside), normal.installed_of(document))
    yield from _optional(inside, document)
    yield from _specs("peerDependencies", *(normal.specs_of(each, "peerDependencies") for each in (inside, document)))
    yield from _bundles(inside, document)
    yield from _commands(archive, inside, document)


def _identity(inside: Manifest, document: Manifest) -> Iterator[str]:
    name = inside.get("name")
    if not isinstance(name, str) or name.strip() != document.get("name"):
        yield f"its package.json names {_quoted(name)}, not {_quoted(document.get('name'))}"
    if (version := normal.version_of(inside)) != normal.version_of(document):
        yield f"its package.json is that of version {_quoted(version)}, not {_quoted(document.get('version'))}"


def _specs(field: str, inside: Mapping[str, str], document: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(inside.keys() | document.keys()):
        there, listed = inside.get(name), document.get(name)
        if there is None or listed is None:
            yield _one_sided(f"{field}.{name}", there, listed)
        elif canonical(there) != canonical(listed) and not there.startswith(_NO_REGISTRY) and not listed.startswith(_NO_REGISTRY):
            yield f"{_quoted(f'{field}.{name}')} is {_quoted(there)} in its package.json and {_quoted(listed)} in its document"


def _optional(inside: Manifest, document: Manifest) -> Iterator[str]:
    """Their ranges are among those of `dependencies`."""
    there, listed = (normal.specs_of(each, "optionalDependencies") for each in (inside, document))
    for name in sorted(there.keys() ^ listed.keys()):
        yield _one_sided(f"optionalDependencies.{name}", there.get(name), listed.get(name))


def _bundles(inside: Manifest, document: Manifest) -> Iterator[str]:
    there, listed = {*normal.bundled_names(inside)}, {*normal.bundled_names(document)}
    for name in sorted(there ^ listed):
        where = "its package.json" if name in there else "its document"
        yield f"only {where} says that {_quoted(name)} is bundled"


def _scripts(archive: Archive, inside: Manifest, document: Manifest) -> Iterator[str]:
    there, listed = normal.scripts_of(inside), normal.scripts_of(document)
    gyp = "" in gyp_folders(archive)
    if gyp and not there.keys() & {"install", "preinstall"} and listed.get("install") == GYP_BUILD:
        del listed["install"]
    if gyp and (inside.get("gypfile") is False) != (document.get("gypfile") is False):
        where = "package.json" if inside.get("gypfile") is False else "document"
        yield f"only its {where} says that its binding.gyp is not to be built (gypfile: false)"
    flag = document.get("hasInstallScript")
    if not isinstance(document.get("scripts"), dict) and flag is True:
        # The short form of a document has this flag in place of the scripts.
        listed = there
    for name in sorted(there.keys() | listed.keys()):
        one, other = there.get(name), listed.get(name)
        if one is None or other is None:
            yield _one_sided(f"scripts.{name}", one, other)
        elif one != other:
            yield f"scripts.{name} is {_quoted(one)} in its package.json and {_quoted(other)} in its document"
    if flag is True and not there and not listed and not gyp:
        yield "its document says that it has install scripts, and it has none"
    if flag is False and (there or gyp):
        yield "its document says that it has no install scripts, and it has some"


def _commands(archive: Archive, inside: Manifest, document: Manifest) -> Iterator[str]:
    name = str(document.get("name"))
    there, listed = (normal.commands_of(each, archive.files, name) for each in (inside, document))
    for command in sorted(there.keys() | listed.keys()):
        one, other = there.get(command), listed.get(command)
        if one is None or other is None:
            yield _one_sided(f"bin.{command}", one, other)
        elif one != other:
            yield f"{_quoted(f'bin.{command}')} is {_quoted(one)} in its package.json and {_quoted(other)} in its document"


def _one_sided(what: str, inside: str | None, document: str | None) -> str:
    if inside is not None:
        return f"{_quoted(what)} ({_quoted(inside)}) is in its package.json, and not in its document"
    return f"{_quoted(what)} ({_quoted(document)}) is in its document, and not in its package.json"


def _quoted(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    return printable(as_text(value))
