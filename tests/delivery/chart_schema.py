"""The part of the chart's values.schema.json that describes `config`: read off the settings, so that it cannot fall behind.

`python -m tests.delivery.chart_schema` writes it anew after a setting has come or gone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from config.check import MOST_WORKERS
from config.schema import Leaf, leaves, tables
from config.settings import Settings

SCHEMA = Path(__file__).parents[2] / "helm" / "pratique" / "values.schema.json"

NOT_VALUES = {
    "admin.listen": "the chart has one port",
    "storage.data_dir": "the volume's place",
    "storage.database_url": "may hold a password",
    "upstream.token_env": "follows from upstream.tokenSecret",
    "signing.key_file": "follows from signing.keySecret",
}
"""Settings that the chart does not take, and why."""

PLAIN = "^[^\\x00-\\x1f\\x7f]*$"
DURATION = "^(0|([0-9]{1,18}(w|d|h|m|s|ms|us) ?)+)$"
SIZE = "^(0|[0-9]{1,19} ?([kKMGT]?B|[KMGT]iB))$"
PATTERNS = {"duration": DURATION, "size": SIZE, "proxy_url": "^(https?://[^@\\s]+)?$", "base_url": "^(https?://[^@\\s]+)?$"}
PATTERNS["audience_name"] = "^[a-z][a-z0-9-]{0,31}$"
PATTERNS["trusted"] = "^(@[^@/:\\s]+/)?[^@/:\\s]+(@[^@/:]+)?$"
"""By kind. An address with credentials is refused: values end up in a ConfigMap."""

SHARP = {
    "server.host": {"type": "string", "minLength": 1},
    "server.port": {"type": "integer", "minimum": 1024, "maximum": 65535},
    "server.workers": {"type": "integer", "minimum": 1, "maximum": MOST_WORKERS},
    "access.anonymous": {"type": "boolean"},
}
"""Where a type does not say it all. The chart is stricter: a pod without capabilities binds no low port, 0 would be any port."""


def config_schema() -> dict[str, Any]:
    """The schema of `config`."""
    properties: dict[str, Any] = {}
    for key, leaf in leaves(Settings).items():
        if key not in NOT_VALUES:
            _put(properties, leaf, SHARP.get(key) or _of(leaf))
    for name, entry in tables(Settings).items():
        item: dict[str, Any] = {}
        for leaf in leaves(entry).values():
            _put(item, leaf, _of(leaf))
        required = [field.name for field in msgspec.structs.fields(entry) if field.required]
        properties[name] = {"type": "array", "items": _closed(item) | {"required": required}}
    return _closed(properties) | {"required": ["access", "server", "upstream"]}


def _put(properties: dict[str, Any], leaf: Leaf, schema: dict[str, Any]) -> None:
    for word in leaf.path[:-1]:
        properties = properties.setdefault(word, _closed({}))["properties"]
    properties[leaf.path[-1]] = schema


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _of(leaf: Leaf) -> dict[str, Any]:
    if get_origin(leaf.type) is Literal:
        return {"type": "string", "enum": list(get_args(leaf.type))}
    if get_origin(leaf.type) is tuple:
        return {"type": "array", "items": {"type": "string", "pattern": PATTERNS.get(leaf.kind or "", "^[^@\\s]+$")}}
    if leaf.type is bool:
        return {"type": "boolean"}
    if leaf.kind in {"duration", "size"}:  # 0 needs no unit, and YAML reads it as a number
        return {"anyOf": [{"type": "string", "pattern": PATTERNS[leaf.kind]}, {"type": "integer", "const": 0}]}
    if leaf.type is int:
        return {"type": "integer", "minimum": 0}
    return {"type": "string", "pattern": PATTERNS.get(leaf.kind or "", PLAIN)}


if __name__ == "__main__":
    whole = json.loads(SCHEMA.read_text("utf-8"))
    whole["properties"]["config"] = config_schema()
    SCHEMA.write_text(json.dumps(whole, indent=2) + "\n", "utf-8")
