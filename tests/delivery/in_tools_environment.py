"""Runs in the tools' environment: YAML on stdin, versions of Kubernetes as arguments; JSON on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

import kubernetes_validate  # type: ignore[import-not-found]
import yaml  # type: ignore[import-untyped]

# Kinds of somebody else's, for which there is no schema.
FOREIGN = {"ServiceMonitor"}


class Strict(yaml.SafeLoader):  # type: ignore[misc]
    """Refuses a key that stands twice in one mapping: PyYAML would keep the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """As the base class, after a look at the keys."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(None, None, f"stands twice: {sorted(twice)}", node.start_mark)
        return super().construct_mapping(node, deep)


def main(versions: list[str]) -> None:
    documents = [each for each in yaml.load_all(sys.stdin, Strict) if each is not None]
    problems = []
    for version in versions:
        wanted = kubernetes_validate.latest_version() if version == "newest" else version
        for document in documents:
            if document["kind"] not in FOREIGN:
                try:
                    kubernetes_validate.validate(document, wanted, strict=True)
                except kubernetes_validate.ValidationError as wrong:
                    problems.append(f"{wanted} {document['kind']} {list(wrong.path)}: {wrong.message}")
    json.dump({"documents": documents, "problems": problems}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
