"""Which rules apply to a package. A new rule is added to `rules_for`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from quarantine.package import PackageName
from quarantine.ranges import Subject
from quarantine.rules import Rule
from quarantine.rules.age import Age
from quarantine.rules.ambiguous_archive import AmbiguousArchive
from quarantine.rules.document import SoundDocument
from quarantine.rules.examined import Examined
from quarantine.rules.exotic_dependency import ExoticDependency
from quarantine.rules.install_script_added import InstallScriptAdded
from quarantine.rules.integrity import Integrity
from quarantine.rules.manifest_mismatch import ManifestMismatch
from quarantine.rules.new_package import NewPackage
from quarantine.rules.scripts import InstallScripts, Mode
from quarantine.rules.young_dependency import YoungDependency
from quarantine.verdict import Effect


@dataclass(frozen=True, slots=True)
class Effects:
    """What the findings of rules about the inside of a tarball do."""

    ambiguous_archive: Effect = Effect.REVIEW
    manifest_mismatch: Effect = Effect.REVIEW
    install_script_added: Effect = Effect.REVIEW
    exotic_dependency: Effect = Effect.REVIEW
    young_dependency: Effect = Effect.HOLD


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator set for one package."""

    hold: timedelta
    new_package_hold: timedelta
    fresh_look: timedelta
    baseline: datetime | None = None
    enforce: bool = True
    """False in observe mode: everything is served, and what would have been withheld is recorded."""
    examine: bool = False
    """Whether tarballs are examined: without that, no rule about what is in them applies."""
    examined_since: datetime | None = None
    """When that began; None: before anything was seen."""
    effects: Effects = Effects()
    scripts: Mode = Mode.ALLOW
    trusted: tuple[Subject, ...] = ()
    """Versions whose install scripts are allowed whatever `scripts` says."""


TermsOf = Callable[[PackageName], Terms]


def rules_for(terms: Terms) -> tuple[Rule, ...]:
    """The rules in the order in which their findings are shown."""
    return (
        SoundDocument(),
        Integrity(),
        Age(terms.hold, terms.fresh_look, terms.baseline),
        NewPackage(terms.new_package_hold, terms.fresh_look, terms.baseline),
        *_about_the_inside(terms),
    )


def _about_the_inside(terms: Terms) -> tuple[Rule, ...]:
    if not terms.examine:
        return ()
    effects, young = terms.effects, (terms.hold, terms.baseline)
    return (
        Examined(*young, terms.examined_since),
        AmbiguousArchive(effects.ambiguous_archive),
        ManifestMismatch(effects.manifest_mismatch),
        InstallScriptAdded(effects.install_script_added, *young),
        ExoticDependency(effects.exotic_dependency, *young),
        YoungDependency(effects.young_dependency, terms.hold, terms.new_package_hold, terms.baseline),
        InstallScripts(terms.scripts, terms.trusted),
    )
