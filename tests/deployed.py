"""What is in deploy/ and docker-compose.yml, read once, and what the programs say of themselves to hold it to."""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import check_jsonschema
import jsonschema
import kubernetes_validate
import yaml

from gateway.settings import PREFIX, Settings
from gateway.status import endpoints as status

ROOT = Path(__file__).parents[1]
MANIFESTS = ROOT / "deploy" / "kubernetes"
KUBERNETES = "1.34"
COMPOSE_FILES = [ROOT / "docker-compose.yml", ROOT / "deploy" / "compose.single.yml"]

Document = dict[str, Any]


@dataclass
class Cluster:
    """The manifests, by kind and name."""

    documents: list[Document] = field(default_factory=list)

    @classmethod
    def read(cls) -> "Cluster":
        files = sorted(MANIFESTS.glob("*.yaml"))
        return cls([one for file in files for one in yaml.safe_load_all(file.read_text("utf-8"))])

    def copy(self) -> "Cluster":
        return Cluster(copy.deepcopy(self.documents))

    def of(self, kind: str) -> dict[str, Document]:
        return {one["metadata"]["name"]: one for one in self.documents if one["kind"] == kind}

    def containers(self) -> Iterator[tuple[str, Document]]:
        """Every container with the name of its Deployment, those that run before others too."""
        for name, deployment in self.of("Deployment").items():
            pod = deployment["spec"]["template"]["spec"]
            for container in [*pod.get("initContainers", []), *pod["containers"]]:
                yield name, container

    def environment(self, container: Document) -> dict[str, str]:
        """What a container gets: by name, with the values of its maps and secrets."""
        found: dict[str, str] = {one["name"]: one.get("value", "") for one in container.get("env", [])}
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                found |= self.of("ConfigMap")[source["configMapRef"]["name"]]["data"]
            else:
                found |= self.of("Secret")[source["secretRef"]["name"]]["stringData"]
        return found


def invalid_manifests(cluster: Cluster) -> list[str]:
    """What the schemas of KUBERNETES refuse: strictly, so an unknown field is an error."""
    found = []
    for one in cluster.documents:
        if one["kind"] == "Kustomization":  # Read by kustomize, unknown to the cluster.
            continue
        try:
            kubernetes_validate.validate(one, KUBERNETES, strict=True)
        except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            found.append(f"{one['kind']} {one['metadata']['name']}: {error}")
    return found


def read_compose(file: Path) -> Document:
    document: Document = yaml.safe_load(file.read_text("utf-8"))
    return document


def invalid_compose(document: Document) -> list[str]:
    """What the schema of the Compose specification refuses."""
    path = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    validator = jsonschema.Draft202012Validator(json.loads(path.read_text("utf-8")))
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(document)]


def known_settings() -> set[str]:
    """Every variable that gateway, worker or harmonizer reads."""
    sources = (ROOT / "go-harmonizer").rglob("*.go")
    texts = [source.read_text("utf-8") for source in sources if not source.name.endswith("_test.go")]
    engine = {name for text in texts for name in re.findall(r'"(HARMONIZERD_[A-Z_]+)"', text)}
    return engine | {PREFIX + name.upper() for name in Settings.model_fields}


def seconds(text: str | int) -> float:
    """Of "1m30s", "80s" or a number."""
    if isinstance(text, int):
        return text
    parts = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", text)
    assert parts, text
    return 60 * int(parts[1] or 0) + int(parts[2] or 0)


def drain_seconds(environment: dict[str, str]) -> float:
    """The longest that a process takes from SIGTERM to its end. A gateway drains running work, then open requests."""
    if any(name.startswith("HARMONIZERD_") for name in environment):
        notice = float(environment.get("HARMONIZERD_DRAIN_NOTICE_SECONDS", 0))
        return notice + float(environment.get("HARMONIZERD_DRAIN_SECONDS", 30)) + 2
    usual = Settings.model_fields
    notice = environment.get("HARMONIZER_DRAIN_NOTICE_SECONDS", usual["drain_notice_seconds"].default)
    return float(notice) + 2 * float(environment.get("HARMONIZER_DRAIN_SECONDS", usual["drain_seconds"].default))


def served() -> dict[str, tuple[int, set[str]]]:
    """By the word that says what runs: the port its probes are on, and the paths that it answers."""
    usual = {name: one.default for name, one in Settings.model_fields.items()}
    rest = {route.path for route in status.router.routes}  # type: ignore[attr-defined]
    engine = (ROOT / "go-harmonizer" / "cmd" / "harmonizerd" / "serve.go").read_text("utf-8")
    paths = set(re.findall(r'mux\.Handle(?:Func)?\("GET (/\w+)"', engine))
    return {"gateway": (usual["rest_port"], rest), "worker": (usual["worker_port"], rest), "harmonizer": (8082, paths)}
