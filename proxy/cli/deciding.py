"""`pratique release | block | hold | withdraw | decisions | freeze | thaw`."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from rich.console import Console

from proxy.cli.asking import ask
from proxy.cli.exposing import print_exposure
from proxy.cli.printing import print_rows


def decide(
    action: str, subject: str, reason: str, expires: str | None, audience: str | None, url: str | None, *, as_json: bool
) -> None:
    """Send one order."""
    body: dict[str, Any] = {"action": action, "subject": subject, "reason": reason, "expires": expires, "audience": audience}
    answer = ask(url, "v1/decisions", "POST", body)
    console = Console(soft_wrap=True)
    if as_json:
        console.print_json(json.dumps(answer))
        return
    decision = answer["decision"]
    done = {"release": "released", "block": "blocked", "hold": "held"}[action]
    until = f" until {decision['expires']}" if decision["expires"] else ""
    console.print(f"{_meant(decision)} is {done}{until} (decision {decision['id']}).", markup=False, highlight=False)
    if "exposure" in answer:
        print_exposure(answer["exposure"])


def withdraw(number: int, reason: str, url: str | None, *, as_json: bool) -> None:
    """Take a decision back."""
    answer = ask(url, f"v1/decisions/{number}?{urlencode({'reason': reason})}", "DELETE")
    if as_json:
        Console().print_json(json.dumps(answer))
        return
    decision = answer["decision"]
    Console(soft_wrap=True).print(
        f"Decision {number} ({decision['action']} of {_meant(decision)}) is withdrawn.", highlight=False
    )


def decisions(package: str | None, url: str | None, *, everything: bool, as_json: bool) -> None:
    """List what people decided."""
    query = {key: value for key, value in {"package": package, "all": "true" if everything else None}.items() if value}
    answer = ask(url, f"v1/decisions?{urlencode(query)}")
    if as_json:
        Console().print_json(json.dumps(answer))
        return
    if answer["frozen"]:
        Console().print(f"[bold red]All new admissions are stopped since {answer['frozen']}.[/]")
    rows = []
    for each in answer["decisions"]:
        state = "withdrawn" if each["withdrawn"] else each["expires"] or "-"
        cells = (str(each["id"]), each["action"], _meant(each), each["at"], state, each["actor"], each["reason"])
        rows.append((cells, each["action"] == "block"))
    print_rows(("id", "action", "subject", "at", "expires", "by", "reason"), rows)


def _meant(decision: Any) -> str:
    """What it is about, and for which audience where not for all."""
    return f"{decision['subject']} for {decision['audience']}" if decision["audience"] else str(decision["subject"])


def freeze(reason: str, url: str | None, *, as_json: bool) -> None:
    """Stop all new admissions."""
    answer = ask(url, "v1/freeze", "POST", {"reason": reason})
    if as_json:
        Console().print_json(json.dumps(answer))
    else:
        Console().print(f"All new admissions are stopped since {answer['frozen']}; `pratique thaw` goes on.", highlight=False)


def thaw(reason: str, url: str | None, *, as_json: bool) -> None:
    """Go on admitting."""
    answer = ask(url, f"v1/freeze?{urlencode({'reason': reason})}", "DELETE")
    if as_json:
        Console().print_json(json.dumps(answer))
    else:
        Console().print("New versions are admitted again as they mature.")
