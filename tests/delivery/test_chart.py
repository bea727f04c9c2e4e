"""What the chart's files say, without any tool."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from tests.delivery.chart_schema import SCHEMA, config_schema
from tests.delivery.helm import CHART, ROOT


def test_the_schema_knows_every_setting() -> None:
    """Otherwise: python -m tests.delivery.chart_schema"""
    assert json.loads(SCHEMA.read_text("utf-8"))["properties"]["config"] == config_schema()


def test_the_schema_is_closed_but_where_kubernetes_defines_the_words() -> None:
    open_ended = {"global", "affinity", "resources"}

    def objects(schema: dict[str, object], place: str) -> list[str]:
        found = []
        properties = schema.get("properties")
        if schema.get("type") == "object" and schema.get("additionalProperties") is None:
            found.append(place)
        if isinstance(properties, dict):
            for key, value in properties.items():
                if key not in open_ended:
                    found += objects(value, f"{place}.{key}")
        return found

    assert objects(json.loads(SCHEMA.read_text("utf-8")), "values") == []


def test_chart_and_program_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    chart = (CHART / "Chart.yaml").read_text("utf-8")
    assert re.findall(r'^appVersion: "(.+)"$', chart, re.M) == [project["version"]]


def test_no_template_writes_a_secret() -> None:
    """Credentials are named, and kept in a Secret that somebody else makes."""
    for template in sorted(Path(CHART, "templates").rglob("*.yaml")):
        assert "kind: Secret" not in template.read_text("utf-8"), template.name
