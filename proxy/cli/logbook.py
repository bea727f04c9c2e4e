"""`pratique log show | verify | export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.printing import print_rows
from proxy.cli.trouble import Trouble

PAGE = 1000


def show(after: int, limit: int, url: str | None, *, as_json: bool) -> None:
    """Print entries."""
    answer = ask(url, f"v1/log?{urlencode({'after': after, 'limit': limit})}")
    if as_json:
        Console().print_json(json.dumps(answer))
        return
    rows = []
    for each in answer["entries"]:
        cells = (str(each["number"]), each["at"], each["name"] or each["actor"], each["kind"], each["payload_text"][:300])
        rows.append((cells, False))
    print_rows(("number", "at", "by", "what", "with"), rows)


def verify(checkpoint: Path | None, url: str | None, *, as_json: bool) -> None:
    """Check the whole log; exit 1 where it is not what it was."""
    kept = _read_checkpoint(checkpoint) if checkpoint else {}
    answer = ask(url, f"v1/log/verify?{urlencode(kept)}")
    if as_json:
        Console().print_json(json.dumps(answer))
    else:
        for each in answer["breaks"]:
            Console(soft_wrap=True).print(f"entry {each['entry']}: {each['reason']}", markup=False, highlight=False)
        if answer["sound"]:
            count = answer["head"]["number"] if answer["head"] else 0
            against = " and holds the checkpoint" if kept else ""
            Console().print(f"The log is whole: {count} entries{against}.", highlight=False)
    if not answer["sound"]:
        raise Trouble("the log is not what it was: keep the database as evidence, and compare with a backup")


def export(checkpoint: Path | None, url: str | None) -> None:
    """Write every entry to standard output, one JSON line each; the checkpoint into a file that is kept elsewhere."""
    after = 0
    head: Any = None
    while True:
        answer = ask(url, f"v1/log?{urlencode({'after': after, 'limit': PAGE})}")
        for each in answer["entries"]:
            sys.stdout.write(json.dumps(each) + "\n")
            head = {"number": each["number"], "hash": each["hash"]}
        if len(answer["entries"]) < PAGE:
            break
        after = answer["entries"][-1]["number"]
    if checkpoint is not None and head is not None:
        checkpoint.write_text(json.dumps(head) + "\n", "utf-8")


def _read_checkpoint(file: Path) -> dict[str, Any]:
    try:
        kept = json.loads(file.read_text("utf-8"))
        return {"number": int(kept["number"]), "hash": str(kept["hash"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{file} is no checkpoint; `pratique log export --checkpoint FILE` writes one", code=2) from error
