"""`pratique config try`: what another configuration would withhold, asked of the server that knows what is in use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from config.shown import policy
from proxy.cli.asking import ask
from proxy.cli.configuration import loaded
from proxy.cli.printing import print_rows


def rehearse(file: Path | None, since: str, url: str | None, *, as_json: bool) -> None:
    """Ask and print."""
    answer = ask(url, "v1/dry-run", "POST", {"policy": policy(loaded(file).settings), "since": since})
    console = Console(soft_wrap=True)
    if as_json:
        console.print_json(json.dumps(answer))
        return
    used = f"{answer['versions']} versions of {answer['packages']} packages in use since {answer['since']}"
    console.print(f"Of {used} this policy would newly withhold {answer['total_withheld']}", highlight=False, end="")
    console.print(f", and let {answer['total_admitted']} in that are withheld now.", highlight=False)
    if answer["withheld"]:
        rows = [
            (
                (
                    f"{row['package']}@{row['version']}",
                    row["audience"],
                    row["until"] or "-",
                    "; ".join(finding["reason"] for finding in row["findings"]),
                ),
                False,
            )
            for row in answer["withheld"]
        ]
        print_rows(("would be withheld", "from", "until", "why"), rows)
        _rest(console, answer, "withheld", len(rows))
    for row in answer["latest"][:20]:
        become = f"{row['from'] or 'nothing'} to {row['to'] or 'nothing'}"
        console.print(f"latest of {row['package']} would go from {become} for {row['audience']}", highlight=False)
    _rest(console, answer, "latest", min(20, len(answer["latest"])))
    if answer["unknown"]:
        known = f"{answer['total_unknown']} packages in use are not in the cache, so nothing can be said of them: "
        console.print(known + ", ".join(answer["unknown"][:10]), highlight=False)
        _rest(console, answer, "unknown", min(10, len(answer["unknown"])))


def _rest(console: Console, answer: dict[str, Any], key: str, printed: int) -> None:
    """How many were not printed, and where there are more of them; the server's answer need not have all either."""
    total, told = answer[f"total_{key}"], len(answer[key])
    if total > printed:
        more = f"; --json has {'them all' if told == total else f'the first {told}'}" if told > printed else ""
        console.print(f"… and {total - printed} more{more}.", highlight=False)
