"""`pratique log show | verify | export`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.checkpoints import Kept, kept_checkpoint, key_id
from proxy.cli.printing import print_rows
from proxy.cli.trouble import Trouble
from proxy.signing.checkpoint import BadCheckpoint, SignedCheckpoint, canonical, read

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


def verify(checkpoint: Path | None, key: str | None, url: str | None, *, as_json: bool) -> None:
    """Check the whole log, and a checkpoint's signature before it; exit 1 where either is not what it was."""
    if key is not None and checkpoint is None:
        raise Trouble("--key says who must have signed the checkpoint: name that with --checkpoint FILE", code=2)
    expected = key_id(key) if key is not None else None
    kept = _accepted(checkpoint, expected, as_json=as_json) if checkpoint is not None else None
    query = {"number": kept.head.number, "hash": kept.head.hash} if kept else {}
    answer = ask(url, f"v1/log/verify?{urlencode(query)}")
    if as_json:
        Console().print_json(json.dumps(answer | {"checkpoint": kept.value if kept else None}))
    else:
        _tell(answer, kept)
    if not answer["sound"]:
        raise Trouble("the log is not what it was: keep the database as evidence, and compare with a backup")


def _accepted(file: Path, key: str | None, *, as_json: bool) -> Kept:
    """The checkpoint; where it is not to be trusted, the log is not even asked for. Raises Trouble."""
    try:
        return kept_checkpoint(file, key)
    except BadCheckpoint as error:
        reason = f"{file} {error}"
        if as_json:
            refused = {"file": str(file), "accepted": False, "reason": reason}
            Console().print_json(json.dumps({"log": None, "sound": None, "breaks": [], "head": None, "checkpoint": refused}))
        raise Trouble(reason) from error


def _tell(answer: dict[str, Any], kept: Kept | None) -> None:
    console = Console(soft_wrap=True)
    for each in answer["breaks"]:
        console.print(f"entry {each['entry']}: {each['reason']}", markup=False, highlight=False)
    if answer["sound"]:
        count = answer["head"]["number"] if answer["head"] else 0
        against = " and holds the checkpoint" if kept else ""
        console.print(f"The log is whole: {count} entries{against}.", markup=False, highlight=False)
    if kept is not None:
        console.print(kept.words, markup=False, highlight=False)
        if not answer["sound"] and kept.signed is not None and kept.signed.log != answer["log"]:
            text = f"This server keeps the log of {answer['log']}, which is another installation."
            console.print(text, markup=False, highlight=False)


def export(checkpoint: Path | None, url: str | None) -> None:
    """Write every entry to standard output, one JSON line each; the checkpoint into a file that is kept elsewhere."""
    signed = _signed_by_server(url) if checkpoint is not None else None
    held = signed is None or signed.head.number == 0
    after = 0
    while True:
        answer = ask(url, f"v1/log?{urlencode({'after': after, 'limit': PAGE})}")
        for each in answer["entries"]:
            sys.stdout.write(json.dumps(each) + "\n")
            held = held or (signed is not None and (each["number"], each["hash"]) == (signed.head.number, signed.head.hash))
        if len(answer["entries"]) < PAGE:
            break
        after = answer["entries"][-1]["number"]
    if not held:
        raise Trouble(
            "the entries do not hold the checkpoint that the server signed, so none was written; see `pratique log verify`"
        )
    sys.stdout.flush()
    if checkpoint is not None and signed is not None:
        _keep(checkpoint, signed)


def _keep(file: Path, signed: SignedCheckpoint) -> None:
    """Write it, and say on standard error which key to remember."""
    try:
        file.write_text(canonical(signed.value) + "\n", "utf-8")
    except OSError as error:
        raise Trouble(f"{file} cannot be written: {error.strerror or error}") from error
    sys.stderr.write(f"{file}: entry {signed.head.number} of {signed.log}, signed by {signed.key.id}\n")


def _signed_by_server(url: str | None) -> SignedCheckpoint:
    """A new checkpoint, its signature checked on arrival."""
    try:
        found = read(canonical(ask(url, "v1/log/checkpoint")))
    except BadCheckpoint as error:
        raise Trouble(f"what the server gave {error}") from error
    if not isinstance(found, SignedCheckpoint):
        raise Trouble("what the server gave is unsigned")
    return found
