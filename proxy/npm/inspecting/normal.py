"""Manifests as publishing leaves them: npm, pnpm and yarn rewrite what an author wrote before they send it to the registry.

What they do is in npm's read-package-json, normalize-package-data, npm-normalize-package-bin and @npmcli/package-json. Both the
manifest in a tarball and the one in its document are brought into this form, so that what is left is a difference.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping

from proxy.npm.inspecting.manifests import Manifest, as_object
from proxy.npm.inspecting.printable import as_text
from quarantine.examination import INSTALL_SCRIPTS

_LOOSE = re.compile(
    r"[v=\s]*(\d+)\.(\d+)\.(\d+)(?:-?((?:\d+|\d*[A-Za-z-][A-Za-z0-9-]*)(?:\.(?:\d+|\d*[A-Za-z-][A-Za-z0-9-]*))*))?(?:\+\S*)?\s*"
)
_IN_TEXT = re.compile(r"(:?[@\s><=])")
_BIN_FOLDER = re.compile(r"^(\.[/\\])?node_modules[/\\]\.bin[\\/]")


def version_of(manifest: Manifest) -> str:
    """`1.0.0` for `v1.0.0`, ` =1.0.0` and `1.0.0+build`; what is no version stays as it is."""
    text = manifest.get("version")
    if not isinstance(text, str):
        return ""
    match = _LOOSE.fullmatch(text) if len(text) <= 256 else None
    if match is None:
        return text.strip()
    numbers = ".".join(part.lstrip("0") or "0" for part in match.group(1, 2, 3))
    return f"{numbers}-{match[4]}" if match[4] else numbers


def specs_of(manifest: Manifest, field: str) -> dict[str, str]:
    """Names and ranges of a field; npm reads a list or a text of `name@range`, too, and leaves out what is no text."""
    value = manifest.get(field)
    if isinstance(value, str):
        value = value.split()
    if isinstance(value, list):
        return dict(_from_text(each) for each in value if isinstance(each, str) and each.strip())
    return {name.strip(): spec.strip() for name, spec in as_object(value).items() if isinstance(spec, str)}


def bundled_names(manifest: Manifest) -> Collection[str]:
    """What a manifest says that it bundles. `true` means all of its dependencies."""
    value = manifest.get("bundleDependencies")
    if value is None:
        value = manifest.get("bundledDependencies")
    if value is True:
        return specs_of(manifest, "dependencies").keys()
    if isinstance(value, list | dict):
        return {each.strip() for each in value if isinstance(each, str)}
    return ()


def installed_of(manifest: Manifest) -> dict[str, str]:
    """All that has to be there: `optionalDependencies` go before `dependencies`, and what is bundled counts as a dependency."""
    listed = {**specs_of(manifest, "dependencies"), **specs_of(manifest, "optionalDependencies")}
    return {**dict.fromkeys(bundled_names(manifest), "*"), **listed}


def scripts_of(manifest: Manifest) -> dict[str, str]:
    """Install scripts that do something. What is neither text nor empty is shown as JSON: no client is known to run it."""
    scripts = as_object(manifest.get("scripts"))
    return {name: _command(scripts[name]) for name in INSTALL_SCRIPTS if scripts.get(name)}


def commands_of(manifest: Manifest, files: Collection[str], name: str) -> dict[str, str]:
    """`bin`: the commands and the files they run. A command whose file is not in the tarball is left out: newer npm drops it."""
    value = manifest.get("bin")
    found: dict[str, str] = {}
    if isinstance(value, str):
        found = {name.rpartition("/")[2]: value}
    elif isinstance(value, list):
        found = {posixpath.basename(each): each for each in value if isinstance(each, str)}
    elif isinstance(value, dict):
        found = {key: each for key, each in value.items() if isinstance(each, str)}
    elif isinstance(folder := as_object(manifest.get("directories")).get("bin"), str):
        inside = _path(folder)
        found = {posixpath.basename(each): each for each in files if inside and each.startswith(f"{inside}/")}
    plain = {posixpath.basename(re.sub(r"[\\:]", "/", key)): _path(each) for key, each in found.items()}
    return {key: path for key, path in plain.items() if path in files}


def _from_text(text: str) -> tuple[str, str]:
    name, *rest = _IN_TEXT.split(text.strip())
    return name, "".join(rest).strip().removeprefix("@")


def _command(value: object) -> str:
    return _BIN_FOLDER.sub("", as_text(value)).strip()


def _path(text: str) -> str:
    return posixpath.normpath("/" + text.replace("\\", "/")).lstrip("/")


def optional_peers(manifest: Manifest) -> Collection[str]:
    """Peers that no client installs by itself."""
    meta: Mapping[str, object] = as_object(manifest.get("peerDependenciesMeta"))
    return {name for name, each in meta.items() if as_object(each).get("optional") is True}
