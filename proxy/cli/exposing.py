"""`pratique exposure`: who fetched a version, and who has it installed."""

from __future__ import annotations

import json
import shlex
import sys
from typing import Any
from urllib.parse import urlencode

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.printing import print_rows
from proxy.cli.reporting import counted

MOST = 20
"""The most records that are printed below those who must act."""


def exposure(subject: str, since: str | None, url: str | None, *, as_json: bool, as_csv: bool) -> None:
    """Ask and print."""
    query = urlencode({key: value for key, value in {"subject": subject, "since": since}.items() if value})
    if as_csv:
        sys.stdout.write(ask(url, f"v1/exposure?{query}", accept="text/csv"))
        return
    answer = ask(url, f"v1/exposure?{query}")
    if as_json:
        Console().print_json(json.dumps(answer))
    else:
        print_exposure(answer, since)


def print_exposure(found: dict[str, Any], since: str | None = None) -> None:
    """Who has to act first, then the newest records."""
    console = Console(soft_wrap=True)
    if not found["rows"]:
        console.print(f"Nobody fetched {found['subject']} or has reported it installed, as far as records go.", highlight=False)
        return
    count = len(found["who"])
    who = "One client" if count == 1 else f"{count} clients"
    have = "has" if count == 1 else "have"
    console.print(
        f"{who} fetched {found['subject']} or {have} it installed ({counted(len(found['versions']), 'version')}: fetched "
        f"{counted(found['fetched'], 'time')}, named by audits {counted(found['installed'], 'time')}, refused "
        f"{counted(found['withheld'], 'time')}):",
        highlight=False,
    )
    many = len(found["versions"]) > 1
    rows = []
    for each in found["who"]:
        who = each["label"] or each["credential"] or "-"
        counts = (str(each["fetched"]), str(each["installed"]))
        rows.append(((each["client"], who, *counts, each["last"], *([_few(each["versions"])] if many else [])), False))
    print_rows(("client", "credential", "fetched", "installed", "last", *(["versions"] if many else [])), rows)
    records = []
    for each in found["rows"][:MOST]:
        who = each["label"] or each["credential"] or "-"
        version = f"{each['package']}@{each['version']}"
        cells = (each["at"], each["how"], version, each["client"], who, each["command"] or "-", each["agent"])
        records.append((cells, each["how"] == "fetched"))
    print_rows(("at", "how", "version", "client", "credential", "command", "agent"), records)
    more = sum(each[how] for each in found["versions"] for how in ("fetched", "installed", "withheld", "seen")) - len(records)
    if more > 0:
        command = ["pratique", "exposure", found["subject"], *(["--since", since] if since else []), "--csv"]
        console.print(f"… {counted(more, 'more record')}: `{shlex.join(command)}`", markup=False, highlight=False)


def _few(versions: list[str]) -> str:
    more = f" and {len(versions) - 3} more" if len(versions) > 3 else ""
    return ", ".join(versions[:3]) + more
