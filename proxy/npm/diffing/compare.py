"""Comparing two archives."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from proxy.npm.archive.members import Archive, Caps, Member
from proxy.npm.diffing.fields import MANIFEST, changes, manifests
from proxy.npm.diffing.hunks import Budget, path_of, told
from proxy.npm.diffing.kinds import TEXT, kind_of
from proxy.npm.diffing.roles import roles
from proxy.npm.diffing.values import ROLES, Diff, FileChange, Limits, Role, Totals
from proxy.npm.diffing.visible import short
from quarantine.examination import GYP

NOTHING = memoryview(b"")

ALONE = 20
"""Times as many lines of a file are told when it is the only one that is asked for."""


def compare(
    old: Archive,
    new: Archive,
    only: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    caps: Caps = Caps(),  # noqa: B008 - frozen
) -> Diff:
    """What `new` has that `old` has not, and the other way. `only`: the path of the one file whose text is told, at length."""
    before, after = manifests(old, caps), manifests(new, caps)
    ranks = {**roles(old, before), **roles(new, after)}
    fields = changes(before, after, GYP in old.files, GYP in new.files)
    listed = sorted(_changed(old, new, ranks), key=_rank)
    counts = Counter(each.change for each in listed)
    notes = []
    if len(fields) > limits.fields:
        notes.append(f"{len(fields) - limits.fields:,} more changes of manifests are not shown")
    if only is not None:
        limits = replace(limits, lines=limits.lines * ALONE, all_lines=limits.lines * ALONE)
        listed = [each for each in listed if each.path == only]
    if len(listed) > limits.files:
        notes.append(f"{len(listed) - limits.files:,} more files are not listed")
    files, silent = _with_text(listed[: limits.files], old, new, limits)
    if silent:
        notes.append(f"the text of {silent:,} more files is not shown; ask for them one by one")
    return Diff(
        old=_totals(old),
        new=_totals(new),
        added=counts["added"] + counts["moved"],
        removed=counts["removed"],
        changed=counts["changed"],
        fields=tuple(fields[: limits.fields]),
        files=files,
        notes=tuple(notes),
    )


def _rank(each: FileChange) -> tuple[int, bool, bool, str]:
    return ROLES.index(each.role), each.change == "removed", each.path != MANIFEST, each.path


def _totals(archive: Archive) -> Totals:
    files = archive.files
    odd = tuple(short(each.reason) for each in archive.oddities[:20])
    return Totals(len(files), sum(member.size for member in files.values()), archive.packed, odd)


def _changed(old: Archive, new: Archive, ranks: Mapping[str, Role]) -> Iterable[FileChange]:
    """Every file that differs, with its own path and without its text."""
    gone = {_digest(old, member): path for path, member in old.files.items() if path not in new.files and member.size}
    for path in {**old.files, **new.files}:
        left, right = old.files.get(path), new.files.get(path)
        if left is not None and right is not None:
            if left.size == right.size and old.view(left) == new.view(right):
                if (left.mode ^ right.mode) & 0o111:
                    mode = "it can be run as a program now" if right.mode & 0o111 else "it cannot be run as a program any more"
                    kind = _kind(path, new, right)
                    yield FileChange(path, "changed", ranks[path], kind, left.size, right.size, notes=(mode,))
                continue
            yield FileChange(path, "changed", ranks[path], _kind(path, new, right), left.size, right.size)
        elif right is not None:
            origin = gone.get(_digest(new, right)) if right.size else None
            notes = (f"its bytes are those of {path_of(origin)}, which is gone",) if origin is not None else ()
            change = "added" if origin is None else "moved"
            yield FileChange(path, change, ranks[path], _kind(path, new, right), None, right.size, notes=notes)
        elif left is not None:
            yield FileChange(path, "removed", ranks[path], _kind(path, old, left), left.size, None)


def _with_text(listed: list[FileChange], old: Archive, new: Archive, limits: Limits) -> tuple[tuple[FileChange, ...], int]:
    """The files with what is to be told of each, as far as the limits go; and of how many there would have been more."""
    budget, left, silent = Budget(limits.all_lines, limits.text), limits.total, 0
    made = []
    for each in listed:
        before, after = _bytes(old, each.path, each.old_size), _bytes(new, each.path, each.new_size)
        if each.kind != TEXT:
            digests = _sha256(before, each.old_size), _sha256(after, each.new_size)
            each = replace(each, old_digest=digests[0], new_digest=digests[1])  # noqa: PLW2901
        elif each.change in {"added", "changed"} and (each.old_size != each.new_size or before != after):
            if budget.lines <= 0 or budget.text <= 0 or left <= 0:
                silent += 1
            else:
                most = min(limits.file, left)
                text = told(before, after, budget, limits.lines, most, limits.context)
                left -= min(most, max(len(before), len(after)))
                each = replace(each, hunks=text.hunks, notes=(*each.notes, *text.notes))  # noqa: PLW2901
        made.append(replace(each, path=path_of(each.path)))
    return tuple(made), silent


def _bytes(archive: Archive, path: str, size: int | None) -> memoryview:
    return archive.view(archive.files[path]) if size is not None else NOTHING


def _kind(path: str, archive: Archive, member: Member) -> str:
    return kind_of(path, archive.view(member))


def _digest(archive: Archive, member: Member) -> bytes:
    return hashlib.sha256(archive.view(member)).digest()


def _sha256(data: memoryview, size: int | None) -> str | None:
    return hashlib.sha256(data).hexdigest() if size is not None else None
