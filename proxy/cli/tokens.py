"""`pratique token create | list | revoke | rotate`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.printing import print_rows


def create(body: dict[str, Any], url: str | None, *, as_json: bool) -> None:
    """Create a token and show its secret, once."""
    _show_secret(ask(url, "v1/tokens", "POST", body), as_json=as_json)


def rotate(id: str, url: str | None, *, as_json: bool) -> None:
    """Replace a token's secret."""
    _show_secret(ask(url, f"v1/tokens/{id}/rotate", "POST", {}), as_json=as_json)


def revoke(id: str, reason: str, url: str | None, *, as_json: bool) -> None:
    """Revoke a token."""
    answer = ask(url, f"v1/tokens/{id}?{urlencode({'reason': reason})}", "DELETE")
    if as_json:
        Console().print_json(json.dumps(answer))
    else:
        Console().print(f"{answer['token']['label']} ({id}) is revoked.", markup=False, highlight=False)


def listed(url: str | None, *, as_json: bool) -> None:
    """List every token."""
    answer = ask(url, "v1/tokens")
    if as_json:
        Console().print_json(json.dumps(answer))
        return
    rows = []
    for each in answer["tokens"]:
        state = f"revoked {each['revoked']}" if each["revoked"] else f"expires {each['expires']}" if each["expires"] else "live"
        limits = ", ".join([*each["packages"], *each["networks"], *([each["audience"]] if each["audience"] else [])]) or "-"
        cells = (each["id"], each["label"], ", ".join(each["roles"]), limits, state, each["last_used"] or "never used")
        rows.append((cells, not each["revoked"]))
    print_rows(("id", "label", "roles", "limits", "state", "last used"), rows)


def _show_secret(answer: dict[str, Any], *, as_json: bool) -> None:
    console = Console(soft_wrap=True)
    if as_json:
        console.print_json(json.dumps(answer))
        return
    console.print(f"{answer['token']['label']} ({answer['token']['id']}):", markup=False, highlight=False)
    console.print(f"  {answer['secret']}", markup=False, highlight=False)
    console.print("It is shown this once. For npm:  npm config set //HOST:PORT/:_authToken TOKEN", markup=False, highlight=False)
