"""`pratique exposure`: who fetched a version, and who has it installed."""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import urlencode

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.printing import print_rows


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
        print_exposure(answer)


def report(since: str, url: str | None, *, as_json: bool) -> None:
    """What was withheld lately, and what would have been."""
    answer = ask(url, f"v1/report?{urlencode({'since': since})}")
    if as_json:
        Console().print_json(json.dumps(answer))
        return
    asked = f"asked for {answer['requests']} times"
    line = (
        f"Since {answer['since']}: {answer['versions']} versions withheld, {answer['observed']} of them only observed; {asked}."
    )
    Console(soft_wrap=True).print(line, highlight=False)
    rows = []
    for each in answer["rows"]:
        what = "would be withheld" if each["observed"] else "withheld"
        version = f"{each['package']}@{each['version']}" if each["version"] else str(each["package"])
        rows.append(((version, what, str(each["count"]), each["latest"], ", ".join(each["rules"])), not each["observed"]))
    print_rows(("version", "what", "times", "latest", "rules"), rows)


def print_exposure(found: dict[str, Any]) -> None:
    """Who has to act first, then every record."""
    console = Console(soft_wrap=True)
    if not found["rows"]:
        console.print(f"Nobody fetched {found['subject']} or has reported it installed, as far as records go.", highlight=False)
        return
    count = len(found["who"])
    who = "One client" if count == 1 else f"{count} clients"
    console.print(f"{who} fetched {found['subject']} or have it installed:", highlight=False)
    rows = [
        ((each["client"], each["label"] or each["credential"] or "-", str(each["count"]), each["first"], each["last"]), False)
        for each in found["who"]
    ]
    print_rows(("client", "credential", "times", "first", "last"), rows)
    records = []
    for each in found["rows"]:
        who = each["label"] or each["credential"] or "-"
        version = f"{each['package']}@{each['version']}"
        cells = (each["at"], each["how"], version, each["client"], who, each["command"] or "-", each["agent"])
        records.append((cells, each["how"] == "fetched"))
    print_rows(("at", "how", "version", "client", "credential", "command", "agent"), records)
    if found["truncated"]:
        console.print("… and more; --csv or --since narrows it down.")
