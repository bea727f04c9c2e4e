"""What the admin API answers about one version and the inside of its tarball, typed; see `quarantine.examination`."""

from __future__ import annotations

from proxy.web.shapes import Count, Decision, Facts, Instant, Shape, Version


class Oddity(Shape):
    """A way in which the archive means two things."""

    kind: str
    reason: str


class Script(Shape):
    """Code that an installation runs by itself."""

    name: str
    command: str
    inside: str
    """The folder of the bundled package that has it; empty: the package itself."""


class Exotic(Shape):
    """A dependency that no registry serves."""

    field: str
    name: str
    spec: str
    kind: str
    inside: str


class Bundled(Shape):
    """A package inside of the tarball."""

    path: str
    name: str
    version: str


class YoungDependency(Shape):
    """A dependency of which nothing was old enough."""

    name: str
    spec: str
    started: Instant
    package: bool
    """Whether it is the whole package that was new."""


class Contents(Shape):
    """One tarball; sizes in bytes. `cut` names the lists of which there was more."""

    files: Count
    unpacked: Count
    packed: Count
    oddities: list[Oddity]
    scripts: list[Script]
    mismatches: list[str]
    dependencies: Count
    """How many it pulls in."""
    exotic: list[Exotic]
    bundled: list[Bundled]
    foreign: list[str]
    native: list[str]
    dense: list[str]
    mentions: list[str]
    cut: list[str]


class Since(Shape):
    """What `version`, which it was compared with, had not."""

    version: str
    scripts: list[Script]
    changed_scripts: list[Script]
    dependencies: list[str]
    exotic: list[Exotic]
    foreign: list[str]
    native: list[str]
    dense: list[str]
    unpacked: Count
    """Bytes of all of that version's files."""


class Examination(Shape):
    """What was found when somebody looked into the bytes with this digest."""

    at: Instant
    examiner: Count
    digest: str
    failed: str | None
    contents: Contents | None
    since: Since | None
    alone: bool
    """Whether there was no other version to compare with."""
    young: list[YoungDependency]


class Rewrite(Shape):
    """What is served in place of the upstream's bytes; with the upstream's own digest where nothing had to be removed."""

    integrity: str
    removed: list[str]
    size: Count
    at: Instant


class Explained(Version):
    """Verdict and facts of one version."""

    audience: str
    facts: Facts
    examination: Examination | None
    """Of the bytes that are listed; null while nobody has looked into them."""
    rewrite: Rewrite | None
    decisions: list[Decision]
    served_instead: str | None
    judged_at: Instant


class ExplainedInWords(Explained):
    """The same, in sentences too."""

    words: list[str]
