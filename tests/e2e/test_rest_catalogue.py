"""What REST says of itself: the rule book, health, version, metrics; and of a file before it is harmonized."""

from __future__ import annotations

import tomllib

import pytest
from support.files import PLANTED, SMALL, sample
from support.processes import ROOT
from support.rest import Rest, problem

from harmonizer_client import Client

ENTITIES = ["patient", "lab_result", "vital", "medication", "imaging_study", "encounter", "condition", "generic"]


def test_the_rule_book_is_the_harmonizers(rest: Rest, world) -> None:
    entities = rest.get("/api/v1/entities").json()["entities"]
    assert sorted(entity["name"] for entity in entities) == sorted(ENTITIES)
    for entity in entities:
        assert rest.get(f"/api/v1/entities/{entity['name']}").json() == entity
    problem(rest.get("/api/v1/entities/horse"), 404, "NOT_FOUND", "UNKNOWN_ENTITY")
    rules = rest.get("/api/v1/rules").json()["rules"]
    with Client(world.harmonizer.target) as client:
        assert [rule["id"] for rule in rules] == [rule.id for rule in client.rules()]
        assert {e.name for e in client.entities()} == set(ENTITIES)
    assert {"STD-DATE-3", "DED-1", "MAP-1", "SEC-1", "VAL-REQ-1"} <= {rule["id"] for rule in rules}
    assert len({rule["id"] for rule in rules}) == len(rules)


def test_health_and_version(rest: Rest) -> None:
    parts = {"gateway": "ok", "database": "ok", "storage": "ok", "workers": "ok", "harmonizer": "ok"}
    assert rest.get("/api/v1/health").json() == {"status": "ok", "checks": parts}
    assert rest.get("/healthz").json() == {"status": "ok"}
    assert rest.get("/readyz").json()["status"] == "ok"
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert rest.get("/api/v1/version").json() == {"version": version, "contract": "harmonizer.v1"}


def test_metrics_count(rest: Rest, world) -> None:
    def counts() -> tuple[float, float, float]:
        lines = (line.rpartition(" ") for line in rest.get("/metrics").text.splitlines() if line[:1] != "#")
        ours = {name: float(value) for name, _, value in lines}
        jobs = ours.get('gateway_jobs_total{code="",status="completed"}', 0)
        read = ours.get('gateway_records_total{fate="read"}', 0)
        return jobs, read, world.harmonizer.metrics()["harmonizer_records_total"]

    jobs, read, records = counts()
    rest.done(SMALL)
    assert counts() == (jobs + 1, read + 3, records + 3)
    assert rest.get("/api/v1/metrics").status_code == 200
    assert world.harmonizer.metrics()["harmonizer_streams_open"] == 0


@pytest.mark.parametrize("name", PLANTED)
def test_inspect_says_how_each_sample_would_be_read(rest: Rest, name: str) -> None:
    wanted = PLANTED[name]
    found = rest.post("/api/v1/inspect", content=sample(name), params={"file_name": name}).json()
    assert found["entity"] == wanted["entity"]
    assert found["delimiter"] == wanted["delimiter"]
    assert found["encoding"].replace("-", "") == {"cp1252": "windows1252", "utf-8-sig": "utf8"}.get(
        wanted["encoding"], wanted["encoding"].replace("-", "")
    )
    assert found["preamble_rows"] == wanted["preamble_lines"]
    assert found["records"] == wanted["accounting"]["read"]


def test_inspect_takes_a_body_a_form_or_an_upload(rest: Rest) -> None:
    path, data = "/api/v1/inspect", sample("conditions.csv")
    body = rest.post(path, content=data, params={"file_name": "conditions.csv"}).json()
    assert rest.post(path, files={"file": ("conditions.csv", data)}).json() == body
    upload = rest.post("/api/v1/uploads", content=data, params={"file_name": "conditions.csv"}).json()
    assert rest.post(path, json={"upload_id": upload["id"]}).json() == body
    columns = {column["header"]: column["field"] for column in body["columns"]}
    assert columns["CODE"] == "code"
    forced = rest.post(path, content=data, params={"entity": "generic"}).json()
    assert forced["entity"] == "generic"
    problem(rest.post(path, content=b""), 422, "UNSUPPORTED_FORMAT", "EMPTY_FILE")
