"""`pratique relock LOCKFILE…`: what lockfiles pin becomes what is served, or the upstream's again, entry by entry."""

from __future__ import annotations

import json
import os
import secrets
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.reporting import counted
from proxy.cli.trouble import Trouble
from proxy.cli.unified import unified

if TYPE_CHECKING:
    from proxy.npm.lockfile.edits import Known
    from proxy.npm.lockfile.rewriting import Relocked

AT_ONCE = 250
"""Versions in one request: each may cost the server a look at its upstream."""

CHANGES = 1
"""The exit code where something would be changed."""

WRONG = 2


@dataclass(frozen=True, slots=True)
class _Read:
    """A lockfile as it is on disk."""

    path: Path
    text: str
    versions: list[tuple[str, str]]


def relock(files: list[Path], host: str | None, url: str | None, *, write: bool, original: bool, as_json: bool) -> None:
    """Read every lockfile before the server is asked, and rewrite all before one is written."""
    if host is not None and (urlsplit(host).scheme not in {"http", "https"} or not urlsplit(host).netloc):
        raise Trouble(f"--host {host} is no http(s) address; give the one that clients use as their registry", code=WRONG)
    read = [_read(file) for file in files]
    known, reasons = _known([id for each in read for id in each.versions], url)
    done = [(each, _relocked(each, known, host, original=original)) for each in read]
    if write:
        for each, relocked in done:
            replace_text(each.path, each.text, relocked.text)
    if as_json:
        print_json([_value(each, relocked, reasons, written=write) for each, relocked in done])
    else:
        for each, relocked in done:
            _print(each, relocked, reasons, written=write)
    if not write and any(relocked.text != each.text for each, relocked in done):
        raise SystemExit(CHANGES)


def _read(file: Path) -> _Read:
    from proxy.npm.lockfile import BadLockfile, read_lockfile
    from proxy.npm.lockfile.rewriting import versions_in

    try:
        # Bytes, since line ends stay what they are.
        text = file.read_bytes().decode("utf-8")
        return _Read(file, text, versions_in(read_lockfile(file.name, text)))
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{file} cannot be read: {error}", code=WRONG) from error
    except BadLockfile as error:
        raise Trouble(str(error), code=WRONG) from error


def _relocked(read: _Read, known: dict[tuple[str, str], Known], host: str | None, *, original: bool) -> Relocked:
    from proxy.npm.lockfile import BadLockfile
    from proxy.npm.lockfile.rewriting import relock as rewritten

    try:
        return rewritten(read.path.name, read.text, known, to="upstream" if original else "served", host=host)
    except BadLockfile as error:
        raise Trouble(str(error), code=WRONG) from error


def _known(ids: list[tuple[str, str]], url: str | None) -> tuple[dict[tuple[str, str], Known], dict[tuple[str, str], str]]:
    """What the server knows of each version; and of those of which it knows nothing, or which it withholds, why."""
    from proxy.npm.lockfile.edits import Known

    known: dict[tuple[str, str], Known] = {}
    reasons: dict[tuple[str, str], str] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), AT_ONCE):
        entries = [{"name": name, "version": version} for name, version in wanted[start : start + AT_ONCE]]
        try:
            answer = ask(url, "v1/relock", "POST", {"entries": entries})
        except Trouble as trouble:
            raise Trouble(*trouble.lines, code=WRONG) from trouble
        for each in answer["entries"]:
            id = (each["package"], each["version"])
            upstream, served = _bytes(each["upstream"]), _bytes(each["served"])
            if upstream is not None and served is not None:
                known[id] = Known(upstream, served, _bytes(each["rewritten"]))
            if each["reason"]:
                reasons[id] = each["reason"]
    return known, reasons


def _bytes(told: dict[str, Any] | None) -> Any:
    from proxy.npm.integrity import digests_of
    from proxy.npm.lockfile.edits import Bytes

    digests = digests_of(told["integrity"], told["shasum"]) if told is not None else None
    return Bytes(digests, told["scripts"]) if told is not None and digests is not None else None


def replace_text(file: Path, before: str, after: str) -> None:
    """Replace the file in one step, and only while it is what was read. Raises Trouble."""
    if after == before:
        return
    # A link stays a link.
    path = file.resolve()
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        if path.read_bytes().decode("utf-8") != before:
            raise Trouble(f"{file} has been changed meanwhile; run the command again", code=WRONG)
        with beside.open("xb") as target:
            os.fchmod(target.fileno(), path.stat().st_mode & 0o7777)
            target.write(after.encode())
            target.flush()
            os.fsync(target.fileno())
        beside.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{file} cannot be written: {error}", code=WRONG) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def print_json(lockfiles: list[dict[str, Any]]) -> None:
    """One object."""
    Console().print_json(json.dumps({"lockfiles": lockfiles}))


def _value(read: _Read, relocked: Relocked, reasons: dict[tuple[str, str], str], *, written: bool) -> dict[str, Any]:
    return {
        "file": str(read.path),
        "kind": relocked.kind,
        "changed": list(relocked.changed),
        "written": written and relocked.text != read.text,
        "left": list(relocked.left),
        "told": [f"{name}@{version}: {reasons[name, version]}" for name, version in read.versions if (name, version) in reasons],
        "skipped": list(relocked.skipped),
    }


def _print(read: _Read, relocked: Relocked, reasons: dict[tuple[str, str], str], *, written: bool) -> None:
    value = _value(read, relocked, reasons, written=written)
    if not written:
        sys.stdout.writelines(f"{line}\n" for line in unified(str(read.path), read.text, relocked.text))
    verb = "were" if written else "would be"
    count = counted(len(relocked.changed), "version")
    said = f"{read.path}: {count} {'was' if written and len(relocked.changed) == 1 else verb} locked anew"
    lines = [said + ("" if written or not relocked.changed else "; --write does it")]
    lines += [f"  left alone: {each}" for each in value["left"]]
    lines += [f"  {each}" for each in value["told"]]
    # Beside the diff, which somebody may want to keep.
    Console(stderr=True, soft_wrap=True).print("\n".join(lines), markup=False, highlight=False)
