"""docs/kubernetes.md: its helm commands and its values work as they are written."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.delivery.helm import CHART, ROOT, Helm, manifests
from tests.delivery.value_sets import UPSTREAM

TEXT = (ROOT / "docs" / "kubernetes.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.M | re.S)


def commands(program: str) -> list[list[str]]:
    """The words of every command of this program, options of several lines included."""
    lines = "".join(blocks("console")).replace("\\\n", " ").splitlines()
    said = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    said += [each.replace("\n", " ") for each in re.findall(r"`([a-z]+ [^`]+)`", TEXT)]
    answered = [each.replace("$(npm config get registry)", UPSTREAM) for each in said]
    return [shlex.split(each) for each in answered if each.startswith(f"{program} ")]


def test_versions_are_those_that_are_tested() -> None:
    oldest = re.search(r'kubeVersion: ">=([0-9]+\.[0-9]+)', (CHART / "Chart.yaml").read_text("utf-8"))
    newest = re.search(
        r"^kubernetes-validate==([0-9]+\.[0-9]+)", (CHART.parents[1] / "tests/delivery/tools.in").read_text("utf-8"), re.M
    )
    assert oldest is not None
    assert newest is not None
    assert f"Kubernetes {oldest[1]} and {newest[1]}" in TEXT


@pytest.mark.delivery
@pytest.mark.timeout(300)
def test_helm_commands_and_values(helm: Helm) -> None:
    (values,) = blocks("yaml")
    (helm.home / "values.yaml").write_text(values, "utf-8")
    installing = [each for each in commands("helm") if each[1:3] == ["upgrade", "--install"]]
    assert len(installing) == 2
    for command in installing:
        _, _, _, release, chart, *options = command
        kept = [each for each in options if each != "--create-namespace"]
        places = [str(helm.home / each) if each == "values.yaml" else each for each in kept]
        done = helm("template", release, ROOT / chart, *places)
        assert done.returncode == 0, done.output
        documents, problems = manifests(done.stdout, "newest")
        assert problems == []
        # What the kubectl commands name.
        names = {(each["kind"], each["metadata"]["name"]) for each in documents}
        assert {("StatefulSet", "pratique"), ("PersistentVolumeClaim", "pratique-data")} <= names


def test_kubectl_names_what_there_is() -> None:
    for command in commands("kubectl"):
        assert command[1:3] == ["--namespace", "npm"], command
        if command[3] in {"exec", "logs", "rollout"}:
            assert "statefulset/pratique" in command
