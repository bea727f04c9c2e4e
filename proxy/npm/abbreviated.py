"""The abbreviated packument: the fields of `application/vnd.npm.install-v1+json` (npm's package-metadata document)."""

from __future__ import annotations

import msgspec

MEDIA_TYPE = "application/vnd.npm.install-v1+json"

ABBREVIATED = (
    "name",
    "version",
    "deprecated",
    "dependencies",
    "optionalDependencies",
    "devDependencies",
    "bundleDependencies",
    "bundledDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "acceptDependencies",
    "bin",
    "directories",
    "dist",
    "engines",
    "cpu",
    "os",
    "libc",
    "funding",
    "_hasShrinkwrap",
    "hasInstallScript",
)

INSTALL_SCRIPTS = frozenset({"preinstall", "install", "postinstall"})


def has_install_script(scripts: msgspec.Raw | None, flag: msgspec.Raw | None, gypfile: msgspec.Raw | None) -> bool:
    """What the flag of that name has to say: full documents often leave it out."""
    if flag is not None:
        return bytes(flag) == b"true"
    if gypfile is not None and bytes(gypfile) == b"true":
        return True
    if scripts is None:
        return False
    parsed = msgspec.json.decode(scripts)
    return isinstance(parsed, dict) and any(parsed.get(name) for name in INSTALL_SCRIPTS)


def tells_of_scripts(scripts: msgspec.Raw | None, flag: msgspec.Raw | None, gypfile: msgspec.Raw | None) -> bool:
    """Whether any of the three makes some client run a script: `hasInstallScript: false` keeps only some from it.

    So does `gypfile: false`, which is written beside a binding.gyp alone: pnpm 10, yarn, bun and `npm ci` build it all the same.
    """
    if (flag is not None and bytes(flag) == b"true") or (gypfile is not None and bytes(gypfile) != b"null"):
        return True
    text = bytes(scripts) if scripts is not None else b""
    # Escapes can spell the names, too.
    if scripts is None or not (b"install" in text or b"\\" in text):
        return False
    parsed = msgspec.json.decode(scripts)
    return isinstance(parsed, dict) and any(parsed.get(name) is not None for name in INSTALL_SCRIPTS)


def tells_of_bundles(*fields: msgspec.Raw | None) -> bool:
    """Whether `bundleDependencies`, in either spelling, names anything."""
    return any(raw is not None and bytes(raw) not in {b"false", b"null", b"[]", b"{}"} for raw in fields)


def wants_abbreviated(accept: str) -> bool:
    """Whether an Accept header prefers the abbreviated document: it names it, with no lower weight than plain JSON."""
    weights = {media: weight for media, weight in map(_range, accept.split(",")) if weight > 0}
    if MEDIA_TYPE not in weights:
        return False
    return weights[MEDIA_TYPE] >= weights.get("application/json", 0.0)


def _range(text: str) -> tuple[str, float]:
    media, *parameters = (part.strip() for part in text.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return media.lower(), float(value)
            except ValueError:
                return media.lower(), 0.0
    return media.lower(), 1.0
