"""Rows for people and for pipes: a table on a terminal, one tab-separated line each elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table


def print_rows(titles: Sequence[str], rows: Iterable[tuple[Sequence[str], bool]]) -> None:
    """Print rows of cells; those marked are bold, as unread mail is."""
    if not sys.stdout.isatty():
        for cells, _ in rows:
            sys.stdout.write("\t".join(cell.replace("\t", " ") for cell in cells) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    for position, title in enumerate(titles):
        table.add_column(title, overflow="fold", min_width=20 if position == 0 else None)
    for cells, marked in rows:
        table.add_row(*cells, style="bold" if marked else None)
    Console().print(table)
