"""ETags, conditions and gzip: the HTTP half of an answer that clients may keep."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from datetime import datetime

from tests.fakes.simulator.answer import Answer
from tests.fakes.simulator.clock import http_date, parse_http_date
from tests.fakes.simulator.style import Style


def cacheable(answer: Answer, asked: Mapping[str, str], style: Style, modified: datetime | None) -> Answer:
    """Adds validators, and turns the answer into a 304 where the client has it already."""
    if style.cache_control:
        answer.headers.setdefault("Cache-Control", style.cache_control)
    if style.etag:
        answer.headers["ETag"] = f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    if style.last_modified and modified:
        answer.headers["Last-Modified"] = http_date(modified)
    if _unchanged(answer, asked, style, modified):
        kept = {key: value for key, value in answer.headers.items() if key != "Content-Type"}
        return Answer(304, b"", kept)
    return answer


def compressed(answer: Answer, asked: Mapping[str, str], style: Style) -> Answer:
    """gzip where the client takes it. Last of all, since validators describe the plain document."""
    answer.headers["Vary"] = "Accept-Encoding, Accept"
    if style.gzip and answer.body and "gzip" in asked.get("Accept-Encoding", ""):
        answer.body = gzip.compress(answer.body, compresslevel=1, mtime=0)
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def _unchanged(answer: Answer, asked: Mapping[str, str], style: Style, modified: datetime | None) -> bool:
    tags = asked.get("If-None-Match")
    if tags is not None:  # it outranks the date
        ours = answer.headers.get("ETag")
        return ours is not None and ours in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    since = parse_http_date(asked.get("If-Modified-Since"))
    if not (style.last_modified and since and modified):
        return False
    return modified.replace(microsecond=0) <= since
