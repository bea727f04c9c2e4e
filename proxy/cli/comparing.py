"""`pratique diff NAME@OLD NAME@NEW`: what is different, what takes part in the installation first."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from rich.console import Console
from rich.text import Text

from proxy.cli.asking import ask
from proxy.cli.reporting import counted
from proxy.cli.trouble import Trouble
from quarantine.errors import PratiqueError
from quarantine.package import PackageVersion

CHANGES = {"added": "green", "removed": "red", "changed": "yellow", "moved": "cyan"}
ALARM = "bold white on red"
LINES = {"+": "green", "-": "red", "\\": "bold yellow"}
ROLES = {"install": "takes part in the installation", "bundled": "of a bundled package", "entry": "runs when it is used"}


def diff(versions: list[str], file: str | None, url: str | None, *, upstream: bool, as_json: bool) -> None:
    """Ask and print."""
    if len(versions) > 2:
        raise Trouble(f"{len(versions)} versions are too many: name the new one, or the old one and the new one", code=2)
    try:
        *before, new = [PackageVersion.parse(each) for each in versions]
    except PratiqueError as error:
        raise Trouble(str(error), code=2) from error
    old = before[0] if before else None
    if old is not None and old.name != new.name:
        raise Trouble(f"{old} and {new} are versions of two packages; name two of one", code=2)
    asked = {"new": new.version, "old": old.version if old else None, "bytes": "upstream" if upstream else None, "file": file}
    query = urlencode({key: value for key, value in asked.items() if value is not None})
    answer = ask(url, f"v1/packages/{quote(new.name, safe='@')}/diff?{query}")
    if as_json:
        Console().print_json(json.dumps(answer))
    else:
        print_diff(answer)


def print_diff(answer: dict[str, Any]) -> None:
    """The whole, with everything that an installation runs in red."""
    console, told = Console(soft_wrap=True, highlight=False), answer["diff"]
    for line in _lead(answer):
        console.print(line)
    for each in told["fields"]:
        console.print(field_line(each))
    for each in told["files"]:
        console.print(_file(each))
        for note in each["notes"]:
            console.print(Text(f"    ! {note}", "bold yellow"))
    for each in told["files"]:
        for hunk in each["hunks"]:
            console.print(Text(_where(each, hunk), "cyan"))
            for line in hunk["lines"]:
                console.print(Text(line, LINES.get(line[:1], "")))
    for note in told["notes"]:
        console.print(Text(f"! {note}", "bold yellow"))


def _lead(answer: dict[str, Any]) -> list[Text]:
    old, new, told = answer["old"], answer["new"], answer["diff"]
    before = old["version"] if old else "nothing (there is no version before it)"
    lines = [
        Text(f"{answer['package']} {before} → {new['version']}: ", "bold").append(
            f"{counted(told['added'], 'file')} added, {told['removed']} removed, {told['changed']} changed; "
            f"{told['old']['unpacked']:,} → {told['new']['unpacked']:,} bytes"
        )
    ]
    for side, told_side in ((old, told["old"]), (new, told["new"])):
        if side and side["removed"] is not None:
            removed = ", ".join(side["removed"]) or "nothing"
            lines.append(Text(f"{side['version']} is served rewritten, without {removed}; --upstream compares the original"))
        if side and side["withheld"]:
            lines.append(Text(f"{side['version']} is withheld"))
        lines += [Text(f"{side['version']}: {each}", ALARM) for each in told_side["oddities"] if side]
    return lines


def field_line(each: dict[str, Any]) -> Text:
    """One change of a manifest; what an installation runs from now on stands out."""
    where = f"{each['inside']}: " if each["inside"] else ""
    name = f"{each['field']}.{each['key']}" if each["key"] else each["field"]
    if each["old"] is None:
        said = f"+ {where}{name}: {each['new']}"
    elif each["new"] is None:
        said = f"- {where}{name}: {each['old']}"
    else:
        said = f"~ {where}{name}: {each['old']} → {each['new']}"
    alarming = each["runs"] and each["new"] is not None
    return Text(said, ALARM if alarming else {"+": "green", "-": "red"}.get(said[0], "yellow"))


def _file(each: dict[str, Any]) -> Text:
    sizes = [f"{size:,}" for size in (each["old_size"], each["new_size"]) if size is not None]
    said = f"{each['change']:8} {each['path']} ({' → '.join(sizes)} bytes"
    said += f", {each['kind']}" if each["kind"] != "text" else ""
    said += f", {ROLES[each['role']]}" if each["role"] in ROLES else ""
    digest = each["new_digest"] or each["old_digest"]
    said += f", sha256 {digest}" if digest else ""
    return Text(f"{said})", ("bold " if each["role"] == "install" else "") + CHANGES[each["change"]])


def _where(each: dict[str, Any], hunk: dict[str, Any]) -> str:
    old, new = hunk["old_line"], hunk["new_line"]
    column = f", column {hunk['new_column']:,}" if hunk["new_column"] > 1 else ""
    return f"@@ {each['path']} -{old} +{new}{column} @@"
