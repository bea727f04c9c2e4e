"""What was found inside a version's tarball, and what is new there: facts for rules and readers, never judgements.

Which is which was measured with the real clients; a tarball's own manifest, its document and its files may each hold a script.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")
"""The scripts that a client runs for a dependency, in the order in which it does."""

GYP = "binding.gyp"
"""Stands for an install script where a package has this file: clients then run `node-gyp rebuild`."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """Something on which readers of archives could differ, so that nobody can say what a client will see."""

    kind: str
    """A word of `proxy.npm.archive.oddities`, for counting."""
    reason: str
    """The sentence, with the place."""

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Script:
    """Code that an installation runs by itself."""

    name: str
    """One of `INSTALL_SCRIPTS`, or `GYP`."""
    command: str = ""
    """What is run. A long one is cut, with a digest of all of it; where tarball and document differ, it holds both."""
    inside: str = ""
    """The folder of the bundled package that has it (`node_modules/x`); empty: the package itself."""

    @property
    def words(self) -> str:
        """For a sentence."""
        where = f" of the bundled {self.inside.rpartition('node_modules/')[2]}" if self.inside else ""
        return f"{self.name}{where}"


@dataclass(frozen=True, slots=True)
class Exotic:
    """A dependency that is no range of versions of a package by that name in the registry."""

    field: str
    """`dependencies`, `optionalDependencies` or `peerDependencies`."""
    name: str
    spec: str
    kind: str
    """`git`, `http`, `file`, `alias` or `unknown`."""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Bundled:
    """A whole package inside of the tarball, out of reach of every decision about that package itself."""

    path: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Contents:
    """One tarball by itself, beside what its document says of it. Long lists are cut; `cut` says where."""

    files: int
    unpacked: int
    """Bytes of all files."""
    packed: int
    """Bytes of the archive."""
    oddities: tuple[Oddity, ...] = ()
    scripts: tuple[Script, ...] = ()
    mismatches: tuple[str, ...] = ()
    """Where the manifest inside says something else than the document: each a sentence."""
    dependencies: tuple[tuple[str, str], ...] = ()
    """Names and specs that a client installs with it, peers included that are not optional: as the document says, then what only
    the manifest inside has, then what bundled packages need beside. Sorted, each name once."""
    exotic: tuple[Exotic, ...] = ()
    bundled: tuple[Bundled, ...] = ()
    foreign: tuple[str, ...] = ()
    """Hosts other than the registry's that an npm-shrinkwrap.json inside sends the client to."""
    native: tuple[str, ...] = ()
    """Paths of machine code, WebAssembly and compiled JavaScript."""
    dense: tuple[str, ...] = ()
    """Paths of code that nobody could read: minified or obfuscated."""
    mentions: tuple[str, ...] = ()
    """What its install scripts, and files that they name, speak of: `network`, `processes`, `environment`, … A hint."""
    cut: tuple[str, ...] = ()
    """The fields above that are not complete: there was more, or too much to look at."""


@dataclass(frozen=True, slots=True)
class Since:
    """What is new in a version, compared with its predecessor."""

    version: str
    """The predecessor."""
    scripts: tuple[Script, ...] = ()
    """Install scripts that it did not have."""
    changed_scripts: tuple[Script, ...] = ()
    """Install scripts of the same name that read differently now."""
    dependencies: tuple[str, ...] = ()
    """Names of dependencies that it did not have."""
    exotic: tuple[Exotic, ...] = ()
    foreign: tuple[str, ...] = ()
    native: tuple[str, ...] = ()
    dense: tuple[str, ...] = ()
    unpacked: int = 0
    """Bytes of all of the predecessor's files."""


@dataclass(frozen=True, slots=True)
class YoungDependency:
    """A dependency of which, when it was looked at, nothing that satisfies the range was old enough."""

    name: str
    spec: str
    started: datetime
    """When the clock of the oldest version began that satisfies the range; of its package, where that is what is young."""
    package: bool = False
    """Whether it is the whole package that was new."""


@dataclass(frozen=True, slots=True)
class Examination:
    """The outcome of one examination of the bytes with one digest."""

    digest: str
    """The strongest digest that the version is listed with, as in `dist.integrity`: of these bytes and no others."""
    examiner: int
    """Which examiner it was: a later one that sees more examines again."""
    at: datetime
    contents: Contents | None = None
    failed: str | None = None
    """Why there are no contents: a cap was reached, or the examining process died. A sentence."""
    since: Since | None = None
    """None where there is no predecessor, or where that could not be examined (see `alone`)."""
    alone: bool = False
    """There is no predecessor to compare with."""
    young: tuple[YoungDependency, ...] = ()


def compare(contents: Contents, before: Contents, version: str) -> Since:
    """What `contents` has that its predecessor `version`, of which `before` was found, has not."""
    known = {(each.inside, each.name): each.command for each in before.scripts}
    names = {name for name, _ in before.dependencies}
    exotic = {(each.name, each.spec) for each in before.exotic}
    return Since(
        version=version,
        scripts=tuple(each for each in contents.scripts if (each.inside, each.name) not in known),
        changed_scripts=tuple(
            each for each in contents.scripts if known.get((each.inside, each.name), each.command) != each.command
        ),
        dependencies=tuple(name for name, _ in contents.dependencies if name not in names),
        exotic=tuple(each for each in contents.exotic if (each.name, each.spec) not in exotic),
        foreign=tuple(each for each in contents.foreign if each not in before.foreign),
        native=tuple(each for each in contents.native if each not in before.native),
        dense=tuple(each for each in contents.dense if each not in before.dense),
        unpacked=before.unpacked,
    )
