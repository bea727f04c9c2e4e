"""Installations as operators would write them, and mistakes that must be refused."""

from __future__ import annotations

from typing import Any

Values = dict[str, Any]

UPSTREAM = "https://registry.example"


def merged(*layers: Values) -> Values:
    """Later layers win, mapping by mapping."""
    whole: Values = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(whole.get(key), dict)
            whole[key] = merged(whole[key], value) if both else value
    return whole


LEAST: Values = {"config": {"upstream": {"url": UPSTREAM}}}

INGRESS: Values = {
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "10m"},
        "hosts": ["npm.example", "npm.internal.example"],
        "tls": [{"secretName": "npm-tls", "hosts": ["npm.example"]}],
    },
    "config": {"server": {"trusted_proxies": ["10.0.0.0/8"]}},
}
EXISTING_CLAIM: Values = {"persistence": {"existingClaim": "npm-data"}}
SECRETS: Values = {
    "upstream": {"tokenSecret": {"name": "npm-upstream", "key": "token"}, "caConfigMap": {"name": "company-ca", "key": "ca.pem"}},
    "extraEnv": [{"name": "PRATIQUE_UPSTREAM__PROXY", "valueFrom": {"secretKeyRef": {"name": "proxy", "key": "url"}}}],
    "signing": {"keySecret": {"name": "signing", "key": "key.pem"}},
    "extraEnvFrom": [{"secretRef": {"name": "pratique-env"}}],
    "imagePullSecrets": [{"name": "images"}],
}
NETWORK_POLICY: Values = {
    "networkPolicy": {
        "enabled": True,
        "fromNamespaces": ["ci", "ingress-nginx"],
        "from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}],
        "egress": {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}], "extra": [{"ports": [{"port": 5432, "protocol": "TCP"}]}]},
    },
    "config": {"upstream": {"url": "https://registry.example:8443/npm", "proxy": "http://proxy.example:3128"}},
}
TLS: Values = {
    "config": {"server": {"tls_cert": "/tls/tls.crt", "tls_key": "/tls/tls.key", "port": 8443}},
    "service": {"port": 443, "type": "LoadBalancer"},
    "extraVolumes": [{"name": "tls", "secret": {"secretName": "npm-tls"}}],
    "extraVolumeMounts": [{"name": "tls", "mountPath": "/tls", "readOnly": True}],
}
POLICY: Values = {
    "config": {
        "server": {"contact": 'ask "npm help" \\ <#npm> \u00e9 \U0001f6a2', "drain": "30s"},
        "quarantine": {"hold": "10d", "new_package_hold": "3w", "baseline": "2026-01-01", "enforce": "observe"},
        "scripts": {"mode": "strip", "trusted": ["esbuild", "@acme/*", "@swc/core@^1.7", "sharp@>=0.34 <1 || 2.x"]},
        "rules": {"young_dependency": "review", "ambiguous_archive": "block"},
        "examiner": {"budget": 60, "memory": "2GiB", "max_entries": 300000},
        "refresh": {"budget": 120, "enabled": False},
        "storage": {"memory": "128MiB"},
        "log": {"level": "debug"},
        "packages": [
            {"match": "@types/*", "quarantine": {"hold": "1d", "new_package_hold": "3d"}, "scripts": {"mode": "deny"}},
            {"match": "left-pad", "quarantine": {"hold": 0, "new_package_hold": "0"}},
        ],
    }
}
NAMESPACES: Values = {
    "config": {
        "upstream": {"allowed_hosts": ["https://cdn.example:9443"]},
        "namespaces": [
            {
                "match": "@acme/*",
                "upstream": "https://npm.acme.example:8081/repository/npm",
                "token_env": "ACME_NPM_TOKEN",
                "allowed_hosts": ["https://blobs.acme.example:9000"],
                "quarantine": {"hold": "1d"},
                "scripts": {"mode": "flag"},
                "rules": {"manifest_mismatch": "review"},
            },
            {"match": "acme-tool", "upstream": "https://npm.acme.example:8081/repository/npm"},
        ],
    },
    "extraEnv": [{"name": "ACME_NPM_TOKEN", "valueFrom": {"secretKeyRef": {"name": "acme-npm", "key": "token"}}}],
    "networkPolicy": {"enabled": True},
}
REST: Values = {
    "fullnameOverride": "registry",
    "image": {"repository": "images.example/pratique", "digest": f"sha256:{'0' * 64}", "pullPolicy": "Always"},
    "podDisruptionBudget": {"enabled": True},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "serviceAccount": {"annotations": {"example.com/role": "npm"}},
    "service": {"annotations": {"example.com/internal": "true"}},
    "podAnnotations": {"example.com/backup": "data"},
    "podLabels": {"team": "platform"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "infra", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]}}},
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
    "priorityClassName": "system-cluster-critical",
}  # fmt: skip

GOOD: dict[str, Values] = {
    "least": LEAST,
    "ingress": merged(LEAST, INGRESS),
    "existing-claim": merged(LEAST, EXISTING_CLAIM),
    "secrets": merged(LEAST, SECRETS),
    "network-policy": merged(LEAST, NETWORK_POLICY),
    "tls": merged(LEAST, TLS),
    "policy": merged(LEAST, POLICY),
    "namespaces": merged(LEAST, NAMESPACES),
    "bare": merged(LEAST, {"tests": {"enabled": False}, "serviceAccount": {"create": False}}),
    "everything": merged(LEAST, INGRESS, SECRETS, NETWORK_POLICY, TLS, POLICY, REST),
}

BAD: dict[str, Values] = {
    "two pods": {"replicas": 2},
    "no pod": {"replicas": 0},
    "an unknown value": {"replicaCount": 1},
    "a value in the wrong place": {"persistence": {"enabled": False}},
    "an unknown section": {"config": {"quarantin": {"hold": "7d"}}},
    "an unknown setting": {"config": {"quarantine": {"holds": "7d"}}},
    "a duration in words": {"config": {"quarantine": {"hold": "7 days"}}},
    "a duration without a unit": {"config": {"quarantine": {"hold": 7}}},
    "a choice that is none": {"config": {"quarantine": {"enforce": "maybe"}}},
    "a mode that is none": {"config": {"scripts": {"mode": "off"}}},
    "an effect that is none": {"config": {"rules": {"young_dependency": "off"}}},
    "an address that is trusted": {"config": {"scripts": {"trusted": ["https://me:secret@registry.example"]}}},
    "scripts of an audience": {"config": {"audiences": [{"name": "research", "scripts": {"mode": "allow"}}]}},
    "an entry without a match": {"config": {"packages": [{"quarantine": {"hold": "1d"}}]}},
    "a privileged port": {"config": {"server": {"port": 80}}},
    "any port": {"config": {"server": {"port": 0}}},
    "a word for a truth value": {"config": {"access": {"anonymous": "yes"}}},
    "a control character": {"config": {"server": {"contact": "a\x07b"}}},
    "credentials in upstream's address": {"config": {"upstream": {"url": "https://me:secret@registry.example"}}},
    "credentials in a proxy's address": {"config": {"upstream": {"proxy": "http://me:secret@proxy.example:3128"}}},
    "a token": {"config": {"upstream": {"token": "secret"}}},
    "a namespace without an upstream": {"config": {"namespaces": [{"match": "@acme/*"}]}},
    "a namespace's token": {"config": {"namespaces": [{"match": "@acme/*", "upstream": UPSTREAM, "token": "secret"}]}},
    "credentials in a namespace's address": {
        "config": {"namespaces": [{"match": "@acme/*", "upstream": "https://me:secret@npm.acme.example"}]}
    },
    "a signing key": {"signing": {"key": "secret"}},
    "a database's address": {"config": {"storage": {"database_url": "postgresql://me:secret@db/npm"}}},
    "another data folder": {"config": {"storage": {"data_dir": "/elsewhere"}}},
    "an image without a name": {"image": {"repository": ""}},
    "a digest that is none": {"image": {"digest": "latest"}},
    "an ingress without hosts": {"ingress": {"enabled": True}},
    "an ingress host with a path": {"ingress": {"enabled": True, "hosts": ["npm.example/npm"]}},
    "a volume for many": {"persistence": {"accessMode": "ReadWriteMany"}},
    "a budget of two": {"podDisruptionBudget": {"enabled": True, "maxUnavailable": 2}},
    "one namespace as text": {"networkPolicy": {"fromNamespaces": "ci"}},
}
