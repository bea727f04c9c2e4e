"""What all entries come to: the members of a package, and where they get into each other's way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from proxy.npm.archive.members import Caps, Member
from proxy.npm.archive.oddities import Kind, Oddities, shown
from proxy.npm.archive.paths import folded, landed
from proxy.npm.archive.walking import Entry


def settle(entries: Iterable[Entry], stream: memoryview, caps: Caps, odd: Oddities) -> tuple[str, tuple[Member, ...]]:
    """The root that the files are in, and the members below it. Raises ArchiveRefused for a path beyond the caps."""
    roots: Counter[str] = Counter()
    members = []
    for entry in entries:
        root, path = landed(entry.name, caps, odd)
        if not entry.directory:
            if not path:
                odd.add(Kind.ROOTLESS, shown(root))
                path = root
            else:
                roots[root] += 1
        if path:
            members.append(Member(path, entry.size, entry.mode, entry.offset, entry.directory))
    if len(roots) > 1:
        odd.add(Kind.ROOTS, ", ".join(shown(root) for root, _ in roots.most_common(3)))
    files = _files(members, stream, odd)
    _check_disks(files, [member.path for member in members if member.directory], odd)
    if "package.json" not in files:
        odd.add(Kind.NO_MANIFEST)
    return (roots.most_common(1)[0][0] if roots else ""), tuple(members)


def _files(members: Iterable[Member], stream: memoryview, odd: Oddities) -> dict[str, Member]:
    """Files by path, the last of each. Twice the same bytes are no matter."""
    files: dict[str, Member] = {}
    for member in members:
        if member.directory:
            continue
        before = files.get(member.path)
        files[member.path] = member
        if before is not None and _content(before, stream) != _content(member, stream):
            odd.add(Kind.DUPLICATE, shown(member.path))
    return files


def _content(member: Member, stream: memoryview) -> memoryview:
    return stream[member.offset : member.offset + member.size]


def _check_disks(files: Iterable[str], folders: Iterable[str], odd: Oddities) -> None:
    """No two files may be one where capitals or accents do not count, and no file a folder."""
    seen: dict[str, str] = {}
    for path in files:
        other = seen.setdefault(folded(path), path)
        if other is not path:
            odd.add(Kind.FOLDING, f"{shown(other)} and {shown(path)}")
    above: set[str] = set()
    for folder in (*(key.rpartition("/")[0] for key in seen), *map(folded, folders)):
        while folder and folder not in above:
            above.add(folder)
            folder = folder.rpartition("/")[0]  # noqa: PLW2901 - upwards
    for both in above & seen.keys():
        odd.add(Kind.FILE_AND_FOLDER, shown(seen[both]))
