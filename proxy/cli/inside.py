"""What was found inside a tarball, in lines for `pratique show`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

MOST = 10
"""How many entries of a list are shown; --json has all."""


def lines_of(answer: Any) -> Iterator[str]:
    """Of the JSON answer about one version."""
    examination, rewrite = answer.get("examination"), answer.get("rewrite")
    if examination is None:
        yield "examined: not yet"
    elif examination["failed"] is not None:
        yield f"examined: {examination['at']}, in vain: {examination['failed']}"
    else:
        yield f"examined: {examination['at']}, {_compared(examination)}"
        yield from _contents(examination)
    if rewrite is not None:
        yield f"served without: {', '.join(rewrite['removed']) or 'nothing had to be removed'}"
        yield f"served digest: {rewrite['integrity']}"


def _compared(examination: Any) -> str:
    if examination["since"] is not None:
        return f"compared with {examination['since']['version']}"
    return "the first of its package" if examination["alone"] else "compared with no other version"


def _contents(examination: Any) -> Iterator[str]:
    contents, since = examination["contents"], examination["since"] or {}
    grown = f" (before: {since['unpacked']:,})" if since else ""
    yield f"files: {contents['files']:,}, {contents['unpacked']:,} bytes{grown}, {contents['packed']:,} packed"
    new = {_script(each) for each in since.get("scripts", ())}
    changed = {_script(each) for each in since.get("changed_scripts", ())}
    for each in contents["scripts"]:
        text = _script(each)
        yield f"install script: {text}{' (new)' if text in new else ' (changed)' if text in changed else ''}"
    if contents["mentions"]:
        yield f"install scripts mention: {', '.join(contents['mentions'])}"
    yield from _listed("can be read in more than one way", [each["reason"] for each in contents["oddities"]])
    yield from _listed("differs from its document", contents["mismatches"])
    yield from _listed("new dependencies", since.get("dependencies", ()))
    yield from _listed("young dependencies", [f"{each['name']} ({each['spec']})" for each in examination["young"]])
    yield from _listed("from no registry", [f"{each['name']}: {each['spec']}" for each in contents["exotic"]])
    yield from _listed("packages inside", [f"{each['name']}@{each['version']}" for each in contents["bundled"]])
    yield from _listed("leads to other hosts", contents["foreign"])
    yield from _listed("machine code", contents["native"], since.get("native", ()))
    yield from _listed("unreadable code", contents["dense"], since.get("dense", ()))


def _script(script: Any) -> str:
    where = f"{script['inside']}: " if script["inside"] else ""
    return f"{where}{script['name']}: {script['command']}" if script["command"] else f"{where}{script['name']}"


def _listed(what: str, entries: Sequence[str], new: Sequence[str] = ()) -> Iterator[str]:
    if entries:
        shown = [f"{each} (new)" if each in new else each for each in (*new, *(each for each in entries if each not in new))]
        rest = f", and {len(shown) - MOST} more" if len(shown) > MOST else ""
        yield f"{what}: {', '.join(shown[:MOST])}{rest}"
