"""Commands that ask a running server."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlencode

from rich.console import Console

from proxy.cli.inside import lines_of
from proxy.cli.printing import print_rows
from proxy.cli.trouble import Trouble
from quarantine.errors import PratiqueError
from quarantine.package import PackageName, PackageVersion

DEFAULT = "http://127.0.0.1:4873"


def held(package: str | None, audience: str | None, url: str | None, *, as_json: bool) -> None:
    """`pratique held`."""
    if package is not None:
        _checked(lambda: PackageName.parse(package))
    answer = ask(url, "v1/held" + _query(package=package, audience=audience))
    console = Console()
    if as_json:
        console.print_json(json.dumps(answer))
        return
    for alarm in answer["alarms"]:
        console.print(f"[bold red]alarm:[/] {alarm}")
    if not answer["held"]:
        console.print(f"Nothing is held{_for(answer, audience)}.")
        return
    rows = []
    for row in answer["held"]:
        reasons = "; ".join(finding["reason"] for finding in row["findings"])
        mark = " (observed: it is served)" if row["verdict"] == "observed" else ""
        seen_by = (answer["audience"],) if audience else ()
        cells = (f"{row['package']}@{row['version']}", *seen_by, row["until"] or "-", reasons + mark)
        rows.append((cells, row["beyond_age"]))
    print_rows(("version", *(("audience",) if audience else ()), "until", "why"), rows)
    if answer["total"] > len(answer["held"]):
        console.print(f"… and {answer['total'] - len(answer['held'])} more; --package NAME shows those of one package.")


def show(id: str, audience: str | None, url: str | None, *, as_json: bool) -> None:
    """`pratique show`."""
    target = _checked(lambda: PackageVersion.parse(id))
    name = quote(target.name, safe="@")
    answer = ask(url, f"v1/packages/{name}/versions/{quote(target.version, safe='+')}" + _query(audience=audience))
    console = Console(soft_wrap=True)
    if as_json:
        console.print_json(json.dumps(answer))
        return
    until = f" until {answer['until']}" if answer["until"] else ""
    console.print(f"[bold]{target}[/] is {answer['verdict']}{until}{_for(answer, audience)}", highlight=False)
    for finding in answer["findings"]:
        console.print(f"  {finding['rule']} ({finding['effect']}): {finding['reason']}", markup=False, highlight=False)
    for key, value in answer["facts"].items():
        console.print(f"  {key.replace('_', ' ')}: {value or '-'}", markup=False, highlight=False)
    for line in lines_of(answer):
        console.print(f"  {line}", markup=False, highlight=False)


def why(id: str, audience: str | None, url: str | None, *, as_json: bool) -> None:
    """`pratique why`."""
    target = _checked(lambda: PackageVersion.parse(id) if "@" in id[1:] else PackageName.parse(id))
    answer = ask(url, f"why/{quote(str(target), safe='@/+')}" + _query(audience=audience))
    console = Console(soft_wrap=True)
    if as_json:
        console.print_json(json.dumps(answer))
        return
    for line in answer["words"]:
        console.print(line, markup=False, highlight=False)


def ask(url: str | None, path: str, method: str = "GET", body: Any = None, accept: str = "application/json") -> Any:
    """Ask one of the server's own routes; JSON, or text where `accept` says so. Raises Trouble that says what to do.

    A text that the server cut is followed by a line on standard error: it has no room of its own to say so.
    """
    base = (url or DEFAULT).rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise Trouble(f"{base} is no http(s) address; set PRATIQUE_URL or --url to the server's", code=2)
    headers = {"Accept": accept, **({"Content-Type": "application/json"} if body is not None else {})}
    if token := os.environ.get("PRATIQUE_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{base}/-/pratique/{path}", data, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
            if accept == "application/json":
                return json.load(answer)
            text = answer.read().decode()
            if answer.headers.get("Pratique-Truncated") == "true":
                sys.stderr.write("pratique: the server left older rows out; --since narrows it down.\n")
            return text
    except urllib.error.HTTPError as error:
        raise Trouble(_said(error)) from error
    except (OSError, ValueError) as error:
        raise Trouble(f"no server answers at {base}; start it with `pratique serve`, or set PRATIQUE_URL") from error


def _query(**asked: str | None) -> str:
    given = {key: value for key, value in asked.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def _for(answer: Any, audience: str | None) -> str:
    """Whose view it is, where one was asked for."""
    return f" for {answer['audience']}" if audience else ""


def _said(error: urllib.error.HTTPError) -> str:
    """What the server's error says."""
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError, OSError):
        return f"the server answered {error.code}"


def _checked(parse: Any) -> Any:
    try:
        return parse()
    except PratiqueError as error:
        raise Trouble(str(error), code=2) from error
