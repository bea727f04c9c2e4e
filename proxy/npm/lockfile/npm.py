"""npm's package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3.

Described in npm's documentation, "package-lock.json". 2 and 3 list places under `packages` (2 repeats it all in the old form for
npm 6, passed over here); 1 nests `dependencies`. npm 4 and older wrote a shrinkwrap without a lockfileVersion, in the form of 1.
"""

from __future__ import annotations

from proxy.npm.lockfile.jsontext import Lines, as_object, read_json
from proxy.npm.lockfile.locked import BadLockfile, Findings, Lockfile, split_spec

MODULES = "node_modules/"
BUNDLED = "bundled in the tarball of the package that it lies in"


def read_npm(text: str, family: str) -> Lockfile:
    """`family` is `package-lock` or `npm-shrinkwrap`."""
    document = read_json(text)
    version = document.get("lockfileVersion", 1)
    if isinstance(version, bool) or not isinstance(version, int):
        raise BadLockfile("its lockfileVersion is not a number; write it anew with npm install --package-lock-only")
    if not 1 <= version <= 3:
        raise BadLockfile(
            f"lockfileVersion {str(version)[:20]} is not known (1, 2 and 3 are); write it with --lockfile-version 3"
        )
    packages, dependencies = document.get("packages"), document.get("dependencies")
    if not isinstance(packages if version > 1 else dependencies, dict):
        # A project without dependencies; but a file without any of npm's fields is some other JSON.
        if "lockfileVersion" not in document:
            raise BadLockfile("it has neither lockfileVersion nor dependencies, so it is no lockfile of npm's")
        if packages is not None or (version == 1 and dependencies is not None):
            raise BadLockfile("its list of packages is not an object; write it anew with npm install --package-lock-only")
    findings, lines = Findings(), Lines(text)
    if version > 1 and isinstance(packages, dict):
        read_places(packages, findings, lines)
    else:
        read_nested(as_object(dependencies), findings, lines)
    return findings.lockfile(f"{family} {version}")


def read_places(packages: dict[str, object], findings: Findings, lines: Lines) -> None:
    """Read what 2 and 3 list."""
    for place, value in packages.items():
        line = lines.take(place)
        if not isinstance(value, dict):
            findings.skip(place, line, "its entry is not an object")
        elif place == "":
            continue  # the project itself
        elif value.get("link") is True:
            findings.skip(place, line, "a link to a folder")
        elif MODULES not in place:
            findings.skip(place, line, "a folder of the project")
        elif value.get("inBundle") is True and _is_bundled(place, packages):
            findings.skip(place, line, BUNDLED)
        else:
            findings.add(
                place,
                line,
                name=value.get("name", place.rpartition(MODULES)[2]),
                version=value.get("version", ""),
                integrity=value.get("integrity"),
                resolved=value.get("resolved"),
            )


def _is_bundled(place: str, packages: dict[str, object]) -> bool:
    """Whether a package brings it along. What the *project* bundles is marked in the same way, and fetched like the rest."""
    end = place.find(f"/{MODULES}")
    top = place if end < 0 else place[:end]
    return not (top.startswith(MODULES) and as_object(packages.get(top)).get("inBundle") is True)


def read_nested(dependencies: dict[str, object], findings: Findings, lines: Lines) -> None:
    """Read what 1 nests."""
    # Name, depth, whether it is in what the project itself bundles, entry: a stack, as the file says how deep it is.
    stack = [(name, 0, False, value) for name, value in reversed(dependencies.items())]
    while stack:
        name, depth, bundled, value = stack.pop()
        line = lines.take(name)
        if not isinstance(value, dict):
            findings.skip(name, line, "its entry is not an object")
            continue
        # As above: what is marked at the top is bundled by the project.
        marked = depth > 0 and value.get("bundled") is True and not bundled
        if marked:
            findings.skip(name, line, BUNDLED)
        else:
            _add_nested(name, value, findings, line)
        inner = as_object(value.get("dependencies"))
        ours = bundled or (depth == 0 and value.get("bundled") is True)
        stack += [(each, depth + 1, ours, below) for each, below in reversed(inner.items())]


def _add_nested(name: str, value: dict[str, object], findings: Findings, line: int | None) -> None:
    version: object = value.get("version", "")
    real = name
    if isinstance(version, str) and version.startswith("npm:"):
        real, version = split_spec(version.removeprefix("npm:"))
    elif isinstance(version, str) and version.startswith(("http:", "https:")):
        return findings.skip(name, line, "a tarball that the project names by its address")
    resolved = value.get("resolved")
    return findings.add(name, line, name=real, version=version, integrity=value.get("integrity"), resolved=resolved)
