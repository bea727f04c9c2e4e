"""`pratique config check | show`."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from config.check import check as problems_of
from config.load import Loaded, load
from config.shown import shown
from proxy.cli.trouble import Trouble, told


def loaded(file: Path | None, overrides: dict[str, Any] | None = None) -> Loaded:
    """The settings from every source. Raises Trouble."""
    with told():
        return load(file, overrides=overrides)


def check(file: Path | None, *, as_json: bool) -> None:
    """Print what is doubtful; exit 2 where the server would refuse to start."""
    problems = problems_of(loaded(file).settings, env=os.environ, now=datetime.now(UTC))
    errors = [problem for problem in problems if problem.level == "error"]
    if as_json:
        rows = [{"level": problem.level, "place": problem.place, "text": problem.text} for problem in problems]
        Console().print_json(json.dumps({"problems": rows}))
    else:
        for problem in problems:
            Console(soft_wrap=True).print(f"{problem.level}: {problem}", markup=False, highlight=False)
        if not problems:
            Console().print("The configuration is fine.")
    if errors:
        raise Trouble(f"{len(errors)} of these must be mended before the server starts", code=2)


def show(file: Path | None, *, as_json: bool) -> None:
    """Print every setting beside its source."""
    found = loaded(file)
    values = shown(found.settings)
    if as_json:
        Console().print_json(json.dumps({"settings": values, "sources": found.sources, "digest": found.digest}))
        return
    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for key, value in values.items():
        table.add_row(key, str(value), found.sources.get(key, "default"))
    Console().print(table)
