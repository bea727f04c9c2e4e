"""yarn 1's yarn.lock: blocks of `pattern, pattern:` and, indented by two, `field value`; what is deeper is about dependencies.

Described in yarn's documentation, "yarn.lock", and by its parser, `src/lockfile/parse.js`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from proxy.npm.lockfile.addresses import address_flaw, foreign
from proxy.npm.lockfile.lines import lines
from proxy.npm.lockfile.locked import BadLockfile, Findings, Lockfile, split_spec
from quarantine.package import InvalidName, PackageName, is_version_text

_STRING = r'"(?:[^"\\]++|\\.)*+"'
_PATTERN = re.compile(rf'\s*+({_STRING}|[^\s",:]++)\s*+(,|:$)')
_FIELD = re.compile(rf"({_STRING}|[^\s:\"]++)(?:\s++({_STRING}|\S++)\s*+|:\s*+)")
_SHASUM = re.compile(r"[0-9a-fA-F]{40}")


@dataclass(slots=True)
class _Block:
    patterns: list[str]
    line: int
    fields: dict[str, str] = field(default_factory=dict)


def read_yarn_classic(text: str, findings: Findings | None = None) -> Lockfile:
    """Read a yarn.lock of yarn 1; what is found goes into `findings`, where some are given."""
    findings = findings or Findings()
    block: _Block | None = None
    seen: set[str] = set()
    for number, line in lines(text):
        content = line.lstrip(" ")
        indent = len(line) - len(content)
        if not content or content.isspace() or content.startswith("#"):
            continue
        if indent == 0:
            if block is not None:
                _read(block, findings)
            block = _Block(_patterns(content, number), number)
            for pattern in block.patterns:
                if pattern in seen:
                    raise BadLockfile(f"line {number} locks {pattern[:80]!a} again; write it anew with yarn install")
                seen.add(pattern)
        elif block is None:
            raise BadLockfile(f"line {number} belongs to no package; write the lockfile anew with yarn install")
        elif indent == 2:
            _take_field(block, content, number)
    if block is not None:
        _read(block, findings)
    return findings.lockfile("yarn 1")


def _patterns(content: str, number: int) -> list[str]:
    found, at = [], 0
    content = content.rstrip()
    while match := _PATTERN.match(content, at):
        found.append(_string(match[1], number))
        at = match.end()
        if match[2] == ":":
            return found
    raise BadLockfile(f"line {number} does not start a package (`name@range:`); write the lockfile anew with yarn install")


def _take_field(block: _Block, content: str, number: int) -> None:
    match = _FIELD.fullmatch(content)
    if match is None:
        raise BadLockfile(f"line {number} is not of the form `field value`; write the lockfile anew with yarn install")
    key = _string(match[1], number)
    if key in block.fields:
        raise BadLockfile(f"line {number} repeats {key[:40]!a}; write the lockfile anew with yarn install")
    block.fields[key] = _string(match[2], number) if match[2] else ""


def _string(text: str, number: int) -> str:
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        raise BadLockfile(f"line {number} has a text that is not quoted as JSON; write it anew with yarn install") from None


def _read(block: _Block, findings: Findings) -> None:
    where, fields = block.patterns[0], block.fields
    specs = [split_spec(pattern) for pattern in block.patterns]
    # An alias is locked under its own name; `npm:` says what is fetched.
    specs = [split_spec(rest.removeprefix("npm:")) if rest.startswith("npm:") else (name, rest) for name, rest in specs]
    resolved, version = fields.get("resolved"), fields.get("version", "")
    reasons = (foreign(rest) for _, rest in specs)
    if not resolved and (reason := next((reason for reason in reasons if reason), None)):
        return findings.skip(where, block.line, reason)
    names = list(dict.fromkeys([*(name for name, _ in specs), *([fields["name"]] if "name" in fields else [])]))
    if len(names) > 1:
        if not resolved:
            return findings.skip(where, block.line, "it is locked under several names, and no address tells which is its own")
        # Patterns of several names share a block when they come from the same address, which then tells whose it is.
        names = [name for name in names if _serves(resolved, name, version)] or names
    fragment = (resolved or "").partition("#")[2]
    shasum = fragment if _SHASUM.fullmatch(fragment) else None
    integrity = fields.get("integrity")
    return findings.add(where, block.line, name=names[0], version=version, integrity=integrity, shasum=shasum, resolved=resolved)


def _serves(address: str, name: str, version: str) -> bool:
    try:
        return is_version_text(version) and address_flaw(address, PackageName.parse(name), version) is None
    except InvalidName:
        return False
