"""The chart, as helm 3 and helm 4 render it, held against the oldest and the newest Kubernetes it claims to run on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.delivery.helm import CHART, Helm, manifests, notes
from tests.delivery.value_sets import BAD, GOOD, LEAST, UPSTREAM, merged

pytestmark = [pytest.mark.delivery, pytest.mark.timeout(300)]

Manifest = dict[str, Any]


def oldest() -> str:
    """The Kubernetes that Chart.yaml asks for."""
    (version,) = re.findall(r'^kubeVersion: ">=([0-9.]+)-0"$', (CHART / "Chart.yaml").read_text("utf-8"), re.M)
    return str(version)


def rendered(helm: Helm, values: dict[str, Any]) -> list[Manifest]:
    """The documents, all of them valid."""
    done = helm.template(values)
    assert done.returncode == 0, done.output
    documents, problems = manifests(done.stdout, oldest(), "newest")
    assert problems == []
    return documents


def the(documents: list[Manifest], kind: str) -> Manifest:
    """The one document of a kind."""
    (found,) = [each for each in documents if each["kind"] == kind]
    return found


def pods(documents: list[Manifest]) -> Iterator[Manifest]:
    """The specification of every pod, helm's test too."""
    for each in documents:
        if each["kind"] == "StatefulSet":
            yield each["spec"]["template"]["spec"]
        elif each["kind"] == "Pod":
            yield each["spec"]


def server(documents: list[Manifest]) -> Manifest:
    """The container that serves."""
    (container,) = the(documents, "StatefulSet")["spec"]["template"]["spec"]["containers"]
    return dict(container)


@pytest.mark.parametrize("name", GOOD)
def test_good_values_lint_and_render(helm: Helm, name: str) -> None:
    linted = helm.lint(GOOD[name])
    assert linted.returncode == 0, linted.output
    documents = rendered(helm, GOOD[name])
    names = [(each["kind"], each["metadata"]["name"]) for each in documents]
    assert len(names) == len(set(names))
    for pod in pods(documents):
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        security = pod["securityContext"]
        assert (security["runAsNonRoot"], security["runAsUser"], security["runAsGroup"]) == (True, 10001, 10001)
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }  # fmt: skip
            assert container["resources"]["limits"]["memory"]
    assert the(documents, "StatefulSet")["spec"]["replicas"] == 1
    assert not [each for each in documents if each["kind"] == "Secret"]


def test_the_chart_lints_as_it_stands(helm: Helm) -> None:
    done = helm("lint", "--strict", CHART)
    assert done.returncode == 0, done.output


@pytest.mark.parametrize("name", BAD)
def test_bad_values_are_refused(helm: Helm, name: str) -> None:
    values = merged(LEAST, BAD[name])
    for done in (helm.template(values), helm.lint(values)):
        assert done.returncode != 0
        assert "schema" in done.output, done.output


def test_without_an_upstream_it_says_what_to_set(helm: Helm) -> None:
    done = helm.template({})
    assert done.returncode != 0
    assert (
        'config.upstream.url is needed, the registry behind: --set config.upstream.url="$(npm config get registry)"'
        in done.output
    )


def test_least(helm: Helm) -> None:
    documents = rendered(helm, GOOD["least"])
    kinds = ["ConfigMap", "PersistentVolumeClaim", "Pod", "Service", "ServiceAccount", "StatefulSet"]
    assert sorted(each["kind"] for each in documents) == kinds
    assert the(documents, "PersistentVolumeClaim")["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    container = server(documents)
    assert container["args"] == ["serve"]
    assert container["env"] == [{"name": "PRATIQUE_CONFIG", "value": "/etc/pratique/pratique.toml"}]
    assert "envFrom" not in container
    assert {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")} == {"/data", "/tmp"}
    assert [container[f"{each}Probe"]["httpGet"]["path"].rpartition("/")[2] for each in ("startup", "liveness", "readiness")] == [
        "live", "live", "ready",
    ]  # fmt: skip


def test_the_service_finds_the_server_and_not_the_test(helm: Helm) -> None:
    documents = rendered(helm, GOOD["everything"])
    selector = the(documents, "Service")["spec"]["selector"].items()
    assert selector <= the(documents, "StatefulSet")["spec"]["template"]["metadata"]["labels"].items()
    assert not selector <= the(documents, "Pod")["metadata"]["labels"].items()
    for kind in ("StatefulSet", "PodDisruptionBudget", "ServiceMonitor"):
        assert the(documents, kind)["spec"]["selector"]["matchLabels"].items() == selector
    assert selector <= the(documents, "Service")["metadata"]["labels"].items()  # what the ServiceMonitor selects by
    port = the(documents, "Service")["spec"]["ports"][0]
    assert port["targetPort"] == server(documents)["ports"][0]["name"]


def test_a_changed_configuration_restarts_the_pod(helm: Helm) -> None:
    def template(values: dict[str, Any]) -> Manifest:
        return dict(the(rendered(helm, values), "StatefulSet")["spec"]["template"])

    before = template(LEAST)
    assert template(merged(LEAST, {"service": {"annotations": {"example.com/a": "b"}}})) == before
    assert template(merged(LEAST, {"config": {"quarantine": {"hold": "8d"}}})) != before
    assert template(merged(LEAST, {"config": {"quarantine": {"hold": "7d"}}})) != template(
        merged(LEAST, {"config": {"quarantine": {"hold": "8d"}}})
    )


def test_existing_claim(helm: Helm) -> None:
    documents = rendered(helm, GOOD["existing-claim"])
    assert not [each for each in documents if each["kind"] == "PersistentVolumeClaim"]
    volumes = the(documents, "StatefulSet")["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["persistentVolumeClaim"] == {"claimName": "npm-data"}


def test_ingress(helm: Helm) -> None:
    ingress = the(rendered(helm, GOOD["ingress"]), "Ingress")
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["npm.example", "npm.internal.example"]
    assert not [key for key in ingress["metadata"]["annotations"] if "rewrite" in key]


def test_credentials_are_named_only(helm: Helm) -> None:
    container = server(rendered(helm, GOOD["secrets"]))
    token = {"name": "UPSTREAM_TOKEN", "valueFrom": {"secretKeyRef": {"name": "npm-upstream", "key": "token"}}}
    assert token in container["env"]
    assert container["envFrom"] == [{"secretRef": {"name": "pratique-env"}}]


def test_the_signing_key_is_mounted_from_a_secret(helm: Helm) -> None:
    documents = rendered(helm, GOOD["secrets"])
    assert {"name": "signing", "mountPath": "/etc/pratique-signing", "readOnly": True} in server(documents)["volumeMounts"]
    # 288 is 0440: for the pod's own group, which the volume gets by fsGroup.
    items = [{"key": "key.pem", "path": "signing-key.pem"}]
    secret = {"secretName": "signing", "defaultMode": 288, "items": items}
    assert {"name": "signing", "secret": secret} in the(documents, "StatefulSet")["spec"]["template"]["spec"]["volumes"]


def test_network_policy(helm: Helm) -> None:
    spec = the(rendered(helm, GOOD["network-policy"]), "NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    (incoming,) = spec["ingress"]
    assert incoming["ports"] == [{"port": "http", "protocol": "TCP"}]
    assert incoming["from"] == [
        {"podSelector": {}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ci"}}},
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}},
        {"ipBlock": {"cidr": "10.0.0.0/8"}},
    ]
    names, registry, database = spec["egress"]
    assert [(each["port"], each["protocol"]) for each in names["ports"]] == [(53, "UDP"), (53, "TCP")]
    assert [each["port"] for each in registry["ports"]] == [443, 8443, 3128]
    assert registry["to"] == [{"ipBlock": {"cidr": "192.0.2.0/24"}}]
    assert database["ports"] == [{"port": 5432, "protocol": "TCP"}]


def test_registries_of_ones_own_can_be_reached(helm: Helm) -> None:
    documents = rendered(helm, GOOD["namespaces"])
    _, registries = the(documents, "NetworkPolicy")["spec"]["egress"]
    assert [each["port"] for each in registries["ports"]] == [443, 9443, 8081, 9000]
    secret = {"valueFrom": {"secretKeyRef": {"name": "acme-npm", "key": "token"}}}
    assert {"name": "ACME_NPM_TOKEN", **secret} in server(documents)["env"]


def test_tls_in_the_pod_is_what_probes_speak(helm: Helm) -> None:
    documents = rendered(helm, GOOD["tls"])
    container = server(documents)
    assert container["ports"][0]["containerPort"] == 8443
    assert {container[f"{each}Probe"]["httpGet"]["scheme"] for each in ("startup", "liveness", "readiness")} == {"HTTPS"}
    assert 'address = "https://rel-pratique:443"' in the(documents, "Pod")["spec"]["containers"][0]["args"][0]


def test_everything(helm: Helm) -> None:
    documents = rendered(helm, GOOD["everything"])
    assert server(documents)["image"] == f"images.example/pratique@sha256:{'0' * 64}"
    assert the(documents, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 0
    monitor = the(documents, "ServiceMonitor")
    assert monitor["apiVersion"] == "monitoring.coreos.com/v1"
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint == {"port": "http", "path": "/-/pratique/metrics", "interval": "30s", "scheme": "https"}
    assert {each["metadata"]["name"] for each in documents} == {"registry", "registry-data", "registry-test"}


def test_notes_say_what_to_paste(newest_helm: Helm) -> None:
    told = notes(newest_helm, GOOD["least"])
    assert f"stands in front of {UPSTREAM}." in told
    assert "npm config set registry http://rel-pratique.npm/\n" in told
    assert "kubectl --namespace npm port-forward service/rel-pratique 4873:80\n" in told
    assert "helm test rel --namespace npm\n" in told
    assert "networkPolicy.enabled=true" in told
    told = notes(newest_helm, GOOD["everything"])
    assert "npm config set registry https://npm.example/\n" in told
    assert "Pods of npm, ci, ingress-nginx may connect" in told
    assert "port-forward" not in told
