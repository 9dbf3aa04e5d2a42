"""The two Compose files and deploy/nginx.conf are valid and fit the programs; a broken one is refused."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crossplane
import pytest
from deployed import (
    COMPOSE_FILES,
    ROOT,
    Document,
    drain_seconds,
    invalid_compose,
    known_settings,
    read_compose,
    seconds,
    served,
)

FULL, SINGLE = COMPOSE_FILES
# What starts once and ends.
ONCE = {"migrate", "bucket"}


def services(document: Document) -> dict[str, Any]:
    return document["services"]


def unknown_settings(document: Document) -> list[str]:
    names = {name for service in services(document).values() for name in service.get("environment", {})}
    assert len(names) > 5
    return sorted(names & {n for n in names if n.startswith(("HARMONIZER_", "HARMONIZERD_"))} - known_settings())


def secrets(document: Document) -> list[str]:
    """Passwords and keys that are written down instead of asked for."""
    return [
        f"{name}: {variable}"
        for name, service in services(document).items()
        for variable, value in service.get("environment", {}).items()
        if re.search("PASSWORD|SECRET|ACCESS_KEY|DATABASE_URL", variable) and not re.search(r"\$\{\w+:\?", value)
    ]


def missing_variables(document: Document) -> list[str]:
    """Variables that deploy/example.env does not tell of, and those it tells of in vain."""
    told = set(re.findall(r"^(\w+)=$", (ROOT / "deploy" / "example.env").read_text("utf-8"), re.MULTILINE))
    return sorted(told ^ set(re.findall(r"\$\{(\w+)", str(document)))) if "postgres" in services(document) else []


def short_grace(document: Document) -> list[str]:
    found = []
    for name, service in services(document).items():
        if name in served():
            needed = drain_seconds(service.get("environment", {})) + 5
            found += [name] if seconds(service["stop_grace_period"]) < needed else []
    return found


def wrong_healthchecks(document: Document) -> list[str]:
    found = []
    for name, service in services(document).items():
        if name in ONCE:
            continue
        test = " ".join(service.get("healthcheck", {}).get("test", []))
        port, paths = served().get(name, (0, set()))
        asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", test)
        if not test or (asked and port and (int(asked[1]) != port or asked[2] not in paths)):
            found.append(name)
    return found


def unrestricted(document: Document) -> list[str]:
    """Services that may write to their root, gain rights or take all memory; ports that other machines reach."""
    found = []
    for name, service in services(document).items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        if not service.get("read_only") or "no-new-privileges:true" not in service.get("security_opt", []):
            found.append(f"{name}: rights")
        if not (limits.get("memory") or service.get("mem_limit")):
            found.append(f"{name}: memory")
        found += [f"{name}: {port}" for port in service.get("ports", []) if not port.startswith("127.0.0.1:")]
    return found


def wrong_images(document: Document) -> list[str]:
    found = []
    for name, service in services(document).items():
        build, image = service.get("build"), service.get("image", "")
        folder = FULL.parent if build and build["context"] == "." else SINGLE.parent.parent
        made = bool(build) and (folder / build["dockerfile"]).is_file()
        tag = image.rpartition(":")[2] if ":" in image else ""
        if not made and (not re.match(r"v?\d", tag)):
            found.append(f"{name}: {image}")
    return found


def replicas(document: Document) -> dict[str, int]:
    return {name: service.get("deploy", {}).get("replicas", 1) for name, service in services(document).items()}


CHECKS: list[Callable[[Document], list[str]]] = [
    invalid_compose, unknown_settings, secrets, missing_variables, short_grace, wrong_healthchecks, unrestricted,
    wrong_images,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("file", COMPOSE_FILES, ids=lambda file: file.name)
def test_compose_has_no(check: Callable[[Document], list[str]], file: Path) -> None:
    assert check(read_compose(file)) == []


def test_any_one_may_die() -> None:
    document = read_compose(FULL)
    assert {"gateway": 2, "worker": 2, "harmonizer": 3}.items() <= replicas(document).items()
    assert services(document)["worker"]["command"] == ["python", "-m", "gateway", "worker"]
    address = services(document)["gateway"]["environment"]["HARMONIZER_ENGINE_ADDRESS"]
    assert address == "dns:///harmonizer:8081", "all addresses of the name"
    # Each process writes over so many connections, reads over as many, and is woken over one more.
    processes = replicas(document)["gateway"] + replicas(document)["worker"]
    (most,) = re.findall(r"max_connections=(\d+)", str(services(document)["postgres"]["command"]))
    assert int(most) > processes * 2 * 21, "twice as many while they are replaced"


Break = Callable[[dict[str, Any]], object]
NOWHERE = {"test": ["http://127.0.0.1:8080/health"]}
NO_FILE = {"build": {"context": ".", "dockerfile": "deploy/x"}, "image": ""}
BROKEN: list[tuple[Callable[[Document], list[str]], str, Break]] = [
    (invalid_compose, "a key that is none", lambda s: s["gateway"].update(restarts="always")),
    (invalid_compose, "a text for a list", lambda s: s["gateway"].update(cap_drop="ALL")),
    (unknown_settings, "a setting that is none", lambda s: s["worker"]["environment"].update(HARMONIZER_THREADS="4")),
    (secrets, "a password", lambda s: s["postgres"]["environment"].update(POSTGRES_PASSWORD="harmonizer")),
    (missing_variables, "nobody tells of it", lambda s: s["s3"]["environment"].update(X="${OTHER}")),
    (short_grace, "a grace too short", lambda s: s["harmonizer"].update(stop_grace_period="30s")),
    (wrong_healthchecks, "no such path", lambda s: s["gateway"].update(healthcheck=NOWHERE)),
    (wrong_healthchecks, "no health check", lambda s: s["harmonizer"].pop("healthcheck")),
    (unrestricted, "no limit", lambda s: s["s3"].pop("deploy")),
    (unrestricted, "a port for all", lambda s: s["proxy"].update(ports=["8080:8080"])),
    (wrong_images, "no version", lambda s: s["postgres"].update(image="postgres:latest")),
    (wrong_images, "no Dockerfile", lambda s: s["harmonizer"].update(NO_FILE)),
]


@pytest.mark.parametrize(("check", "what", "break_"), BROKEN, ids=[what for _, what, _ in BROKEN])
def test_a_broken_compose_file_is_refused(check: Callable[[Document], list[str]], what: str, break_: Break) -> None:
    document = copy.deepcopy(read_compose(FULL))
    break_(services(document))
    assert check(document) != [], what


# --- The proxy ---

NGINX = ROOT / "deploy" / "nginx.conf"
# Lines of a map are no directives, and http2 is younger than the parser's table.
UNKNOWN = {"default", "", "http2"}


def nginx_errors(file: Path) -> list[str]:
    errors = [one["error"] for one in crossplane.parse(str(file), strict=True)["errors"]]
    return [e for e in errors if (m := re.search('unknown directive "(.*?)"', e)) is None or m[1] not in UNKNOWN]


def directives(block: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    found = []
    for one in block:
        found += [(one["directive"], *one["args"]), *directives(one.get("block", []))]
    return found


def test_proxy_leads_to_the_gateways() -> None:
    assert nginx_errors(NGINX) == []
    every = directives(crossplane.parse(str(NGINX))["config"][0]["parsed"])
    servers = {one[1] for one in every if one[0] == "server" and len(one) > 1}
    assert servers == {"gateway:8080", "gateway:8090"}
    assert all("resolve" in one for one in every if one[0] == "server" and len(one) > 1)
    published = {port.split(":")[-1] for port in services(read_compose(FULL))["proxy"]["ports"]}
    assert published == {one[1] for one in every if one[0] == "listen" and ":" not in one[1]}
    for wanted in (("client_max_body_size", "0"), ("proxy_request_buffering", "off"), ("proxy_buffering", "off")):
        assert wanted in every, "uploads and events must pass as they come"


@pytest.mark.parametrize("line", ["proxy_bufering off;", "listen;", "http {}", "server { }}"])
def test_a_broken_proxy_is_refused(line: str, tmp_path: Path) -> None:
    broken = tmp_path / "nginx.conf"
    broken.write_text(NGINX.read_text("utf-8").replace("listen 8080;", line))
    assert nginx_errors(broken) != []
