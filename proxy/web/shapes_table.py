"""What each route answers when nothing goes wrong: the OpenAPI document is made of it, and a test holds answers against it."""

from __future__ import annotations

from typing import Any

from proxy.web.shapes import (
    Adopted,
    Decisions,
    Frozen,
    Held,
    HeldInWords,
    Live,
    NotReady,
    Ready,
    Thawed,
    Withdrawn,
)
from proxy.web.shapes_book import Checkpoint, Log, NewToken, RevokedToken, Tokens, Verified
from proxy.web.shapes_bytes import Compared, Relocked
from proxy.web.shapes_inside import Explained, ExplainedInWords
from proxy.web.shapes_records import Decided, Exposure, Rehearsed, Report

JSON = "application/json"
TEXT = "text/plain"

Content = dict[str, tuple[Any, ...]]
"""Media type -> what it is one of: shapes, or `str` for a text."""

ANSWERS: dict[tuple[str, str], dict[int, Content]] = {
    ("GET", "health/live"): {200: {JSON: (Live,)}},
    ("GET", "health/ready"): {200: {JSON: (Ready,)}, 503: {JSON: (NotReady,)}},
    ("GET", "metrics"): {200: {TEXT: (str,)}},
    ("GET", "v1/openapi.json"): {200: {JSON: (dict[str, Any],)}},
    ("GET", "v1/held"): {200: {JSON: (Held,)}},
    ("GET", "v1/packages/{name}/versions/{version}"): {200: {JSON: (Explained,)}},
    ("GET", "v1/packages/{name}/diff"): {200: {JSON: (Compared,)}},
    ("GET", "why/{subject}"): {200: {JSON: (ExplainedInWords, HeldInWords), "text/html": (str,), TEXT: (str,)}},
    ("GET", "v1/decisions"): {200: {JSON: (Decisions,)}},
    ("POST", "v1/decisions"): {201: {JSON: (Decided,)}},
    ("DELETE", "v1/decisions/{id}"): {200: {JSON: (Withdrawn,)}},
    ("POST", "v1/adoptions"): {200: {JSON: (Adopted,)}, 201: {JSON: (Adopted,)}},
    ("POST", "v1/relock"): {200: {JSON: (Relocked,)}},
    ("POST", "v1/freeze"): {201: {JSON: (Frozen,)}},
    ("DELETE", "v1/freeze"): {200: {JSON: (Thawed,)}},
    ("GET", "v1/exposure"): {200: {JSON: (Exposure,), "text/csv": (str,)}},
    ("GET", "v1/report"): {200: {JSON: (Report,)}},
    ("POST", "v1/dry-run"): {200: {JSON: (Rehearsed,)}},
    ("GET", "v1/log"): {200: {JSON: (Log,)}},
    ("GET", "v1/log/verify"): {200: {JSON: (Verified,)}},
    ("GET", "v1/log/checkpoint"): {200: {JSON: (Checkpoint,)}},
    ("GET", "v1/tokens"): {200: {JSON: (Tokens,)}},
    ("POST", "v1/tokens"): {201: {JSON: (NewToken,)}},
    ("POST", "v1/tokens/{id}/rotate"): {201: {JSON: (NewToken,)}},
    ("DELETE", "v1/tokens/{id}"): {200: {JSON: (RevokedToken,)}},
}
"""Method and path of a route -> status -> what it answers when nothing went wrong; a test fails on a route without a row."""
