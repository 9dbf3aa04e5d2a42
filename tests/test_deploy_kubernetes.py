"""The manifests of deploy/kubernetes are valid, fit the programs, and fit each other; a broken one is refused."""

from collections.abc import Callable
from functools import reduce
from operator import getitem
from typing import Any

import pytest
import yaml
from deployed import KUBERNETES, MANIFESTS, Cluster, drain_seconds, invalid_manifests, known_settings, served

DEPLOYMENTS = {"gateway", "worker", "harmonizer"}


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster.read()


def pod(cluster: Cluster, name: str) -> dict[str, Any]:
    return cluster.of("Deployment")[name]["spec"]["template"]["spec"]


def unknown_settings(cluster: Cluster) -> list[str]:
    known = known_settings()
    names = {name for _, container in cluster.containers() for name in cluster.environment(container)}
    assert len(names) > 10
    return sorted(name for name in names if name.startswith(("HARMONIZER_", "HARMONIZERD_")) and name not in known)


def wrong_probes(cluster: Cluster) -> list[str]:
    """Probes that lead nowhere, and those that a container lacks."""
    found = []
    for name in cluster.of("Deployment"):
        port, paths = served()[name]
        for container in pod(cluster, name)["containers"]:
            named = {one["name"]: one["containerPort"] for one in container["ports"]}
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                get = container.get(kind, {}).get("httpGet", {"path": "", "port": ""})
                right = "/readyz" if kind == "readinessProbe" else "/healthz"
                if named.get(get["port"]) != port or get["path"] != right or right not in paths:
                    found.append(f"{name}: {kind}")
    return found


def short_grace(cluster: Cluster) -> list[str]:
    return [
        name
        for name in cluster.of("Deployment")
        for container in pod(cluster, name)["containers"]
        if pod(cluster, name)["terminationGracePeriodSeconds"] < drain_seconds(cluster.environment(container)) + 10
    ]


def unmatched_labels(cluster: Cluster) -> list[str]:
    """Selectors that select none of the pods, or not those of the Deployment of their name."""
    labels = {name: one["spec"]["template"]["metadata"]["labels"] for name, one in cluster.of("Deployment").items()}
    found = []
    for kind in ("Deployment", "PodDisruptionBudget", "Service"):
        for name, one in cluster.of(kind).items():
            wanted = one["spec"]["selector"].get("matchLabels", one["spec"]["selector"])
            if not wanted or not wanted.items() <= labels[name].items():
                found.append(f"{kind} {name}")
    for name, one in cluster.of("NetworkPolicy").items():
        found += [f"NetworkPolicy {name}" for wanted in _chosen(one["spec"]) if wanted not in labels]
    for name in labels:
        spread = pod(cluster, name)["topologySpreadConstraints"]
        found += [f"spread of {name}" for one in spread if one["labelSelector"]["matchLabels"] != labels[name]]
    return found


def _chosen(policy: dict[str, Any]) -> list[str]:
    """Names of the pods that a policy speaks of."""
    peers = [peer for rule in policy.get("ingress", []) for peer in rule.get("from", [])]
    peers += [peer for rule in policy.get("egress", []) for peer in rule.get("to", [])]
    found = []
    for one in [policy["podSelector"], *(peer["podSelector"] for peer in peers if "podSelector" in peer)]:
        found += list(one.get("matchLabels", {}).values())
        found += [value for wanted in one.get("matchExpressions", []) for value in wanted["values"]]
    return found


def wrong_ports(cluster: Cluster) -> list[str]:
    """Named ports that no container of those pods has."""
    ports = {
        name: {port["name"] for port in pod(cluster, name)["containers"][0]["ports"]}
        for name in cluster.of("Deployment")
    }
    found = [
        f"Service {name}"
        for name, one in cluster.of("Service").items()
        for port in one["spec"]["ports"]
        if port["targetPort"] not in ports[name]
    ]
    every = set().union(*ports.values())
    for name, one in cluster.of("NetworkPolicy").items():
        rules = [*one["spec"].get("ingress", []), *one["spec"].get("egress", [])]
        used = {port["port"] for rule in rules for port in rule["ports"]}
        found += [f"NetworkPolicy {name}" for port in used if isinstance(port, str) and port not in every]
    return found


def incomplete(cluster: Cluster) -> list[str]:
    """Deployments that lack an autoscaler, a budget for disruptions, limits, or a restricted container."""
    found = []
    for name in cluster.of("Deployment"):
        scaler = cluster.of("HorizontalPodAutoscaler").get(name)
        if scaler is None or scaler["spec"]["scaleTargetRef"]["name"] != name or scaler["spec"]["minReplicas"] < 2:
            found.append(f"{name}: autoscaler")
        if name not in cluster.of("PodDisruptionBudget"):
            found.append(f"{name}: budget")
    for name, container in cluster.containers():
        resources, security = container.get("resources", {}), container.get("securityContext", {})
        if any(not resources.get(kind, {}).get(what) for kind in ("requests", "limits") for what in ("cpu", "memory")):
            found.append(f"{name}: resources of {container['name']}")
        if not security.get("readOnlyRootFilesystem") or security.get("capabilities") != {"drop": ["ALL"]}:
            found.append(f"{name}: security of {container['name']}")
    return found


def wrong_images(cluster: Cluster) -> list[str]:
    """Images that no Dockerfile of deploy/ makes, or without a version."""
    built = {"harmonizer-gateway": "gateway.Dockerfile", "harmonizer-harmonizerd": "harmonizer.Dockerfile"}
    found = []
    for _, container in cluster.containers():
        name, _, tag = container["image"].partition(":")
        if not (MANIFESTS.parent / built.get(name, "none")).is_file() or tag in ("", "latest"):
            found.append(container["image"])
    return found


def unlisted(cluster: Cluster) -> list[str]:
    """Files that kustomize would leave out, and those it would not find. The template of secrets is for a person."""
    (kustomization,) = (one for one in cluster.documents if one["kind"] == "Kustomization")
    files = {file.name for file in MANIFESTS.glob("*.yaml")} - {"kustomization.yaml", "secret.example.yaml"}
    return sorted(files ^ set(kustomization["resources"]))


CHECKS: list[Callable[[Cluster], list[str]]] = [
    invalid_manifests, unknown_settings, wrong_probes, short_grace, unmatched_labels, wrong_ports, incomplete,
    wrong_images, unlisted,
]  # fmt: skip


def test_every_part_is_there(cluster: Cluster) -> None:
    assert set(cluster.of("Deployment")) == DEPLOYMENTS
    assert cluster.of("Service")["harmonizer"]["spec"]["clusterIP"] == "None", "dns:/// would see one address"
    assert pod(cluster, "gateway")["initContainers"][0]["args"] == ["python", "-m", "gateway", "migrate"]
    secret = cluster.of("Secret")["gateway"]["stringData"]
    assert all("REPLACE-ME" in secret[name] for name in secret if "ENDPOINT" not in name)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_manifests_have_no(check: Callable[[Cluster], list[str]], cluster: Cluster) -> None:
    assert check(cluster) == []


Break = Callable[[Cluster], object]
POD = ("spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)
LIVE = (*CONTAINER, "livenessProbe", "httpGet")
NO_PODS = {"matchLabels": {"a": "b"}}


def put(kind: str, name: str, *path: str | int, **values: Any) -> Break:
    """Sets something in a manifest."""
    return lambda cluster: reduce(getitem, path, cluster.of(kind)[name]).update(values)


def drop(kind: str, name: str, *path: str | int) -> Break:
    """Takes something out of a manifest, or the whole manifest."""
    return lambda cluster: (
        reduce(getitem, path[:-1], cluster.of(kind)[name]).pop(path[-1])
        if path
        else cluster.documents.remove(cluster.of(kind)[name])
    )


def leave_out_a_file(cluster: Cluster) -> None:
    (kustomization,) = (one for one in cluster.documents if one["kind"] == "Kustomization")
    kustomization["resources"].pop()


# Each breaks one thing, which one check has to find.
BROKEN: list[tuple[Callable[[Cluster], list[str]], str, Break]] = [
    (invalid_manifests, "a field that is none", put("Deployment", "worker", *POD, replica=3)),
    (invalid_manifests, "a text for a number", put("Deployment", "worker", "spec", revisionHistoryLimit="5")),
    (invalid_manifests, "an API that is gone", put("PodDisruptionBudget", "worker", apiVersion="policy/v1beta1")),
    (unknown_settings, "a setting that is none", put("ConfigMap", "gateway", "data", HARMONIZER_DRAIN="5")),
    (unknown_settings, "the same of the harmonizer", put("ConfigMap", "harmonizer", "data", HARMONIZERD_THREADS="5")),
    (wrong_probes, "no such path", put("Deployment", "gateway", *LIVE, path="/health")),
    (wrong_probes, "another port", put("Deployment", "gateway", *LIVE, port="grpc")),
    (wrong_probes, "no probe", drop("Deployment", "harmonizer", *CONTAINER, "startupProbe")),
    (short_grace, "a drain too long", put("ConfigMap", "harmonizer", "data", HARMONIZERD_DRAIN_SECONDS="140")),
    (short_grace, "a grace too short", put("Deployment", "gateway", *POD, terminationGracePeriodSeconds=100)),
    (unmatched_labels, "a service of no pods", put("Service", "gateway", "spec", selector={"app": "gateway"})),
    (unmatched_labels, "a policy of no pods", put("NetworkPolicy", "gateway-in", "spec", podSelector=NO_PODS)),
    (wrong_ports, "no such port", put("Service", "gateway", "spec", "ports", 0, targetPort="http")),
    (incomplete, "no autoscaler", drop("HorizontalPodAutoscaler", "worker")),
    (incomplete, "no budget", drop("PodDisruptionBudget", "worker")),
    (incomplete, "no limit", drop("Deployment", "worker", *CONTAINER, "resources", "limits", "memory")),
    (incomplete, "a root to write to", put("Deployment", "worker", *CONTAINER, securityContext={})),
    (wrong_images, "no version", put("Deployment", "worker", *CONTAINER, image="harmonizer-gateway:latest")),
    (wrong_images, "nobody makes it", put("Deployment", "worker", *CONTAINER, image="gateway:0.1.0")),
    (unlisted, "a file left out", leave_out_a_file),
]  # fmt: skip


@pytest.mark.parametrize(("check", "what", "break_"), BROKEN, ids=[what for _, what, _ in BROKEN])
def test_a_broken_manifest_is_refused(
    check: Callable[[Cluster], list[str]], what: str, break_: Break, cluster: Cluster
) -> None:
    copy = cluster.copy()
    break_(copy)
    assert check(copy) != [], what


def test_the_schemas_are_those_of_the_version() -> None:
    valid = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}}
    assert invalid_manifests(Cluster([valid])) == [], KUBERNETES
    assert invalid_manifests(Cluster([valid | {"data": {"a": 1}}])) != []
    assert yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text("utf-8"))["kind"] == "Kustomization"
