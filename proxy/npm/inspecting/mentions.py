"""What install scripts speak of. A search for words: a hint where to look, no proof of anything, and none of its absence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "environment",
        re.compile(
            r"\bprocess\.env\b|\bBun\.env\b|\bos\.(?:userInfo|hostname|networkInterfaces)\b|\bprintenv\b|\$\{?HOME\b|%\w+%"
        ),
    ),
    (
        "eval",
        re.compile(
            r"\beval\s*\(|\bnew\s+Function\s*\(|\bvm\.(?:run|Script|compile)|\bnode:vm\b|\batob\s*\(|\bfromCharCode\b"
            r"|\bnode\s+(?:-e|--eval|-p|--print)\b|['\"]base64['\"]|\bbase64\s+-d"
        ),
    ),
    (
        "files",
        re.compile(
            r"\bhomedir\b|\.npmrc\b|\.ssh\b|\bid_rsa\b|\.aws\b|\.gitconfig\b|\.git-credentials\b|\.bash(?:rc|_profile|_history)\b"
            r"|\.zshrc\b|\.netrc\b|\.kube\b|\.docker\b|\.env\b(?!\.)(?<!process\.env)(?<!Bun\.env)|/etc/passwd\b|\bAppData\b|\.config/"
        ),
    ),
    (
        "network",
        re.compile(
            r"\bhttps?://|['\"](?:node:)?(?:https?|http2|net|tls|dns|dgram)(?:/promises)?['\"]|\bfetch\s*\(|\bXMLHttpRequest\b"
            r"|\bWebSocket\b|['\"](?:axios|undici|node-fetch|got|request|needle|superagent)['\"]|\bcurl\b|\bwget\b|Invoke-WebRequest"
        ),
    ),
    (
        "processes",
        re.compile(
            r"\bchild_process\b|\bexeca\b|\bBun\.(?:spawn|\$)|\b(?:exec|spawn|execFile)(?:Sync)?\s*\(|<!@?\(|\bpowershell\b|\bbash\s+-c\b"
            r"|\bsh\s+-c\b|\|\s*(?:ba|z)?sh\b"
        ),
    ),
)
"""`network`: other computers; `processes`: other programs; `environment`: variables and the machine's name; `files`: places where
people keep secrets; `eval`: code made from text."""


def mentions(texts: Iterable[str]) -> Iterator[str]:
    """The words whose patterns occur in any of the texts, sorted."""
    left = dict(WORDS)
    found: list[str] = []
    for text in texts:
        for word in [word for word, pattern in left.items() if pattern.search(text)]:
            found.append(word)
            del left[word]
        if not left:
            break
    yield from sorted(found)
