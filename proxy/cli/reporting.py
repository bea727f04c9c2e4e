"""`pratique report`: what was withheld lately and from whom, and what would have been."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.printing import print_rows


def report(since: str, url: str | None, *, as_json: bool) -> None:
    """Ask and print: a sentence each for what would have been withheld and for what was, then the versions and who asked."""
    answer = ask(url, f"v1/report?{urlencode({'since': since})}")
    if as_json:
        Console().print_json(json.dumps(answer))
        return
    console = Console(soft_wrap=True)
    for line in sentences(answer, since):
        console.print(line, markup=False, highlight=False)
    rows = []
    for each in answer["rows"]:
        version = f"{each['package']}@{each['version']}" if each["version"] else f"{each['package']} (all of it)"
        cells = (version, _what(each), str(each["count"]), each["latest"], ", ".join(each["rules"]))
        rows.append((cells, not each["observed"]))
    print_rows(("version", "what", "times", "latest", "rules"), rows)
    askers = []
    for each in answer["who"]:
        who = each["label"] or each["credential"] or f"{each['client']} (no token)"
        cells = (who, _what(each), counted(each["versions"], "version"), str(each["count"]), each["latest"])
        askers.append((cells, not each["observed"]))
    print_rows(("from", "what", "versions", "times", "latest"), askers)
    if _all(answer, "versions", "packages") > len(rows) or _all(answer, "credentials", "addresses") > len(askers):
        console.print("… and more; a shorter --since narrows it down.")


def sentences(answer: dict[str, Any], since: str) -> list[str]:
    """What a person would say of the counts."""
    when, said = _lately(since, answer["since"]), []
    for key in ("would_withhold", "withheld"):
        counts = answer[key]
        if not counts["requests"]:
            continue
        what = [
            *([_these(counts["versions"], "version")] if counts["versions"] else []),
            *([counted(counts["packages"], "whole package")] if counts["packages"] else []),
        ]
        whom = [
            *([_these(counts["credentials"], "credential")] if counts["credentials"] else []),
            *([f"{counted(counts['addresses'], 'address', 'addresses')} without a token"] if counts["addresses"] else []),
        ]
        one = counts["versions"] + counts["packages"] == 1
        verb = "would have been" if key == "would_withhold" else "was" if one else "were"
        asked = f"asked for {counted(counts['requests'], 'time')}"
        said.append(f"{when} {' and '.join(what)} {verb} withheld from {' and '.join(whom)}; {asked}.")
    return said or [f"{when} nothing was withheld, and nothing would have been."]


def _these(count: int, one: str) -> str:
    return counted(count, one) if count < 2 else f"these {counted(count, one)}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 version`, `31 versions`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def _what(each: dict[str, Any]) -> str:
    return "would be withheld" if each["observed"] else "withheld"


def _all(answer: dict[str, Any], *kinds: str) -> int:
    total: int = sum(answer[key][kind] for key in ("withheld", "would_withhold") for kind in kinds)
    return total


def _lately(since: str, stamp: str) -> str:
    days = re.fullmatch(r"\s*0*([1-9][0-9]*)d\s*", since)
    if days is None:
        return f"Since {stamp}"
    return "In the last day" if days[1] == "1" else f"In the last {days[1]} days"
