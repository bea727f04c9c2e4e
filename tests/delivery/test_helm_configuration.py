"""The configuration that the chart writes is one that the program reads, and says what the values say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.helm import Helm, manifests
from tests.delivery.value_sets import GOOD, LEAST, UPSTREAM, merged

pytestmark = [pytest.mark.delivery, pytest.mark.timeout(300)]

PRATIQUE = Path(sys.executable).with_name("pratique")
CA = "/etc/pratique-ca/ca.crt"
SIGNING = "/etc/pratique-signing/signing-key.pem"


def configuration(helm: Helm, values: dict[str, Any]) -> str:
    """The text of pratique.toml."""
    done = helm.template(values, "--show-only", "templates/configmap.yaml")
    assert done.returncode == 0, done.output
    (document,), _ = manifests(done.stdout)
    return str(document["data"]["pratique.toml"])


def pratique(home: Path, text: str, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of the product on this configuration, with what the pod would have around it."""
    for place in (CA, SIGNING, "/tls/tls.crt", "/tls/tls.key"):
        here = home / place.replace("/", "_")
        here.touch(0o600)
        text = text.replace(f'"{place}"', json.dumps(str(here)))
    file = home / "pratique.toml"
    file.write_text(text, "utf-8")
    secrets = dict.fromkeys(("UPSTREAM_TOKEN", "ACME_NPM_TOKEN"), "not a real one")
    env = {"HOME": str(home), "PATH": os.defpath, "COLUMNS": "200", **secrets}
    call = [str(PRATIQUE), *command, "--config", str(file), "--json"]
    return subprocess.run(call, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", GOOD)
def test_the_program_accepts_it(helm: Helm, tmp_path: Path, name: str) -> None:
    done = pratique(tmp_path, configuration(helm, GOOD[name]), "config", "check")
    assert done.returncode == 0, done.stdout + done.stderr
    problems = {each["place"]: each["level"] for each in json.loads(done.stdout)["problems"]}
    assert "error" not in problems.values()
    # A hold of 0, as the set says; that public_urls is empty is said where the chart cannot know them.
    # And that whoever reaches the pod reads with a namespace's credential, as the chart's access.anonymous has it.
    assert set(problems) <= {"server.public_urls", "packages[1].quarantine.hold", "namespaces[0].token_env"}
    assert ("namespaces[0].token_env" in problems) == (name == "namespaces")
    assert ("server.public_urls" in problems) == (name not in {"ingress", "everything"})


def test_every_value_arrives_as_it_was_meant(helm: Helm, tmp_path: Path) -> None:
    values = GOOD["policy"]
    text = configuration(helm, values)
    written = tomllib.loads(text)
    for section, keys in values["config"].items():
        assert written[section] == keys if section == "packages" else keys.items() <= written[section].items()
    assert written["server"]["port"] == 4873
    shown = json.loads(pratique(tmp_path, text, "config", "show").stdout)["settings"]
    assert shown["server.contact"] == values["config"]["server"]["contact"]
    assert shown["quarantine.new_package_hold"] == "21d"
    assert shown["packages[0].match"] == "@types/*"
    assert shown["storage.data_dir"] == "/data"
    assert shown["access.anonymous"] is True


def test_a_values_file_in_yaml_and_set_give_the_same(helm: Helm, tmp_path: Path) -> None:
    """YAML reads a bare day as a date and 0 as a number, and helm a number in a file as a float."""
    file = tmp_path / "values.yaml"
    file.write_text(
        f"config:\n  upstream: {{url: {UPSTREAM}}}\n  quarantine: {{hold: 0, baseline: 2026-01-01}}\n  refresh: {{budget: 120}}\n"
    )
    day = "config.quarantine.baseline=2026-01-01"
    others = ["--set", "config.quarantine.hold=0", "--set", day, "--set", "config.refresh.budget=120"]
    one = helm.template({}, "--values", str(file), "--show-only", "templates/configmap.yaml")
    two = helm.template(LEAST, *others, "--show-only", "templates/configmap.yaml")
    assert one.returncode == two.returncode == 0, one.output + two.output
    assert one.stdout == two.stdout
    (document,), _ = manifests(one.stdout)
    written = tomllib.loads(document["data"]["pratique.toml"])
    assert written["quarantine"] == {"hold": 0, "baseline": "2026-01-01"}
    assert written["refresh"] == {"budget": 120}


def test_text_with_every_printable_ascii_character(helm: Helm) -> None:
    contact = "".join(map(chr, range(0x20, 0x7F)))
    values = merged(LEAST, {"config": {"server": {"contact": contact}}})
    assert tomllib.loads(configuration(helm, values))["server"]["contact"] == contact


def test_addresses_behind_an_ingress(helm: Helm) -> None:
    assert tomllib.loads(configuration(helm, GOOD["ingress"]))["server"]["public_urls"] == [
        "https://npm.example",
        "http://npm.internal.example",
        "http://rel-pratique.npm",
        "http://rel-pratique.npm.svc",
        "http://rel-pratique.npm.svc.cluster.local",
        "http://rel-pratique",
    ]
    said = merged(GOOD["ingress"], {"config": {"server": {"public_urls": ["https://npm.example/npm"]}}})
    assert tomllib.loads(configuration(helm, said))["server"]["public_urls"] == ["https://npm.example/npm"]


def test_credentials_are_a_name_and_a_path(helm: Helm) -> None:
    upstream = tomllib.loads(configuration(helm, GOOD["secrets"]))["upstream"]
    assert upstream == {"url": UPSTREAM, "token_env": "UPSTREAM_TOKEN", "ca_file": CA}
    assert tomllib.loads(configuration(helm, GOOD["secrets"]))["signing"] == {"key_file": SIGNING}
    assert "signing" not in tomllib.loads(configuration(helm, LEAST))
