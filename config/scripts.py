"""What an operator says about install scripts, and about rules that look into tarballs."""

from __future__ import annotations

from typing import Literal

import msgspec

from config.kinds import TrustedPackages
from config.override import Override

ScriptsMode = Literal["allow", "flag", "strip", "deny"]
"""allow: nothing is said of them; flag: they are shown; strip: served without them; deny: a person has to agree."""

NEEDING_EXAMINATION = frozenset({"strip", "deny"})
"""Modes that withhold or rewrite a version for what is in its tarball."""

Effect = Literal["note", "hold", "review", "block"]
"""note is shown and withholds nothing; hold waits for a day or another fact; review waits for a person; block is a no."""


class ScriptsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is done about scripts that run when a package is installed."""

    mode: ScriptsMode = "flag"  # for every package that nothing else is said of
    trusted: TrustedPackages = ()  # names, scopes (@scope/*) or name@range whose scripts are allowed


class PackageScripts(Override, frozen=True, forbid_unknown_fields=True):
    """What one entry changes of `[scripts]`."""

    mode: ScriptsMode | None = None


class RulesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a finding about the inside of a tarball does to the version."""

    install_script_added: Effect = "review"  # runs code at installation that its predecessor did not
    exotic_dependency: Effect = "review"  # depends on what no registry serves
    young_dependency: Effect = "hold"  # depends on what is too young itself
    manifest_mismatch: Effect = "review"  # the manifest inside says something else than the document
    ambiguous_archive: Effect = "review"  # readers of the archive could see different files


class PackageRules(Override, frozen=True, forbid_unknown_fields=True):
    """What one entry changes of `[rules]`."""

    install_script_added: Effect | None = None
    exotic_dependency: Effect | None = None
    young_dependency: Effect | None = None
    manifest_mismatch: Effect | None = None
    ambiguous_archive: Effect | None = None
