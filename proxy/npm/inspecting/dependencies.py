"""What a client installs along with a package, and which of it comes past the registry."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.npm.inspecting.manifests import Manifest, Packages, as_object
from proxy.npm.inspecting.normal import optional_peers, specs_of
from proxy.npm.inspecting.printable import PATH, SPEC, as_text, distinct
from proxy.npm.inspecting.specs import ALIAS, UNKNOWN, canonical, kind_of
from quarantine.examination import Exotic
from quarantine.package import InvalidName, PackageName

FIELDS = ("dependencies", "optionalDependencies", "peerDependencies")


def installed(packages: Packages, document: Manifest | None) -> dict[str, str]:
    """Names and specs, sorted by name. What is bundled is there already, unless the package names it itself.

    Clients go by the document, so its specs come first; then those that only the tarball has, and what bundled packages need.
    """
    found: dict[str, str] = {}
    own = [packages[""]] if document is None else [document, packages[""]]
    for manifest in own:
        for name, spec in _pulled_in(manifest).items():
            found.setdefault(name, spec)
    bundled = {folder.rpartition("node_modules/")[2] for folder in packages}
    for folder, manifest in packages.items():
        for name, spec in _pulled_in(manifest).items() if folder else ():
            if name not in bundled:
                found.setdefault(name, spec)
    return {distinct(name, PATH): distinct(found[name], SPEC) for name in sorted(found)}


def exotic_dependencies(packages: Packages, document: Manifest | None) -> Iterator[Exotic]:
    """Everything that is no range or tag of a package of that name. The same in tarball and document is told once."""
    seen: set[tuple[str, str, str, str]] = set()
    pairs = [*([("", document)] if document is not None else []), *packages.items()]
    for folder, manifest in pairs:
        for field in FIELDS:
            for name, spec in _all_specs(manifest, field).items():
                kind = _kind(name, spec)
                key = (folder, field, name, canonical(spec))
                if kind is None or key in seen:
                    continue
                seen.add(key)
                yield Exotic(field, distinct(name, PATH), distinct(spec, SPEC), kind, distinct(folder, PATH))


def leading_first(exotic: Iterator[Exotic]) -> list[Exotic]:
    """Sorted so that the harmless are cut first: aliases stay inside of the registry."""
    return sorted(exotic, key=lambda each: (each.kind == ALIAS, each.inside, each.field, each.name))


def _pulled_in(manifest: Manifest) -> dict[str, str]:
    """npm, pnpm and bun install peers, too, unless they are optional."""
    optional = optional_peers(manifest)
    peers = {name: spec for name, spec in specs_of(manifest, "peerDependencies").items() if name not in optional}
    return {**peers, **specs_of(manifest, "dependencies"), **specs_of(manifest, "optionalDependencies")}


def _all_specs(manifest: Manifest, field: str) -> dict[str, str]:
    """Like `specs_of`, with what is no text: nobody knows what becomes of that."""
    odd = {name: spec for name, spec in as_object(manifest.get(field)).items() if not isinstance(spec, str)}
    return {**specs_of(manifest, field), **{name: as_text(spec) for name, spec in odd.items()}}


def _kind(name: str, spec: str) -> str | None:
    try:
        PackageName.parse(name)
    except InvalidName:
        return UNKNOWN
    return kind_of(spec)
