"""Jobs over REST, with the real harmonizer behind it."""

from __future__ import annotations

import hashlib
import json
import uuid

import pytest
from support.files import AS_OF, OPTIONS, PLANTED, SIX, SMALL, identity, sample, squeezed
from support.rest import Rest, problem

LABS = "lab_results.csv"


@pytest.fixture(scope="module")
def labs(rest: Rest) -> dict:
    """A completed job over the lab results."""
    return rest.done(sample(LABS), LABS, options=OPTIONS)


def test_a_multipart_job_tells_everything(rest: Rest, labs: dict) -> None:
    data = sample(LABS)
    assert (labs["file_name"], labs["input_bytes"]) == (LABS, len(data))
    assert labs["input_sha256"] == hashlib.sha256(data).hexdigest()
    assert labs["options"] == {"as_of": AS_OF}
    assert labs["attempt"] == 1
    assert labs["create_time"] <= labs["start_time"] <= labs["end_time"]
    assert labs["progress"]["percent"] == 100
    assert labs["progress"]["records_read"] == PLANTED[LABS]["accounting"]["read"]
    assert labs["summary"]["entity"] == "lab_result"
    assert identity(labs["summary"]["accounting"])
    assert {a["name"] for a in labs["artifacts"]} == SIX
    for artifact in labs["artifacts"]:
        content = rest.get(artifact["href"]).content
        assert (len(content), hashlib.sha256(content).hexdigest()) == (artifact["size_bytes"], artifact["sha256"])
    light = rest.get(f"/api/v1/jobs/{labs['id']}/status").json()
    assert light == {
        "id": labs["id"], "status": "completed", "progress": 100, "stage": "done", "estimated_completion": None,
    }  # fmt: skip
    listed = rest.get(f"/api/v1/jobs/{labs['id']}/artifacts").json()["artifacts"]
    assert listed == labs["artifacts"]


def test_the_location_of_a_new_job_is_where_it_is(rest: Rest) -> None:
    answer = rest.post("/api/v1/jobs", files={"file": ("a.csv", SMALL)}, data={"entity": "patient", "format": "ndjson"})
    assert answer.status_code == 201
    assert answer.json()["status"] in {"queued", "processing"}
    assert rest.get(answer.headers["location"]).json()["id"] == answer.json()["id"]
    job = rest.ended(answer.json()["id"])
    assert (job["options"], job["output_format"]) == ({"entity": "patient"}, "ndjson")
    lines = rest.artifact(job["id"], "clean.ndjson").splitlines()
    assert [json.loads(line)["patient_id"] for line in lines] == ["1", "2"]


@pytest.mark.parametrize("way", ["post", "put announced", "put own id", "multipart", "gzip"])
def test_an_upload_then_a_job_over_it(rest: Rest, labs: dict, way: str) -> None:
    data = sample(LABS)
    uploads, named = "/api/v1/uploads", {"file_name": LABS}
    match way:
        case "post":
            answer = rest.post(uploads, content=data, params=named)
        case "put announced":
            announced = rest.post(uploads, json=named | {"size_bytes": len(data)}).json()
            assert announced["complete"] is False
            problem(rest.post("/api/v1/jobs", json={"upload_id": announced["id"]}), 409, "UPLOAD_NOT_COMPLETE")
            answer = rest.put(f"{uploads}/{announced['id']}", content=data)
        case "put own id":
            answer = rest.put(f"{uploads}/{uuid.uuid4()}", content=data, params=named)
        case "multipart":
            answer = rest.post(uploads, files={"file": (LABS, data)})
        case "gzip":
            answer = rest.post(uploads, content=squeezed(data), params={"file_name": f"{LABS}.gz"})
    assert answer.status_code in {200, 201}, answer.text
    upload = answer.json()
    assert upload["complete"] is True
    assert rest.get(f"{uploads}/{upload['id']}").json() == upload
    made = rest.post(
        "/api/v1/jobs", json={"upload_id": upload["id"], "operation": "harmonize", "options": {"as_of": AS_OF}}
    )
    assert made.status_code == 201, made.text
    job = rest.ended(made.json()["id"])
    assert job["summary"]["accounting"] == labs["summary"]["accounting"]
    assert rest.artifact(job["id"], "clean.csv") == rest.artifact(labs["id"], "clean.csv")
    problem(rest.delete(f"{uploads}/{upload['id']}"), 409, "CONFLICT", "UPLOAD_IN_USE")
    assert rest.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    assert rest.delete(f"{uploads}/{upload['id']}").status_code == 204
    problem(rest.get(f"{uploads}/{upload['id']}"), 404, "UPLOAD_NOT_FOUND")


@pytest.mark.parametrize(
    ("operation", "artifacts"),
    [
        ("validate", SIX - {"clean.csv", "quarantine.csv"}),
        ("clean", SIX),
        ("standardize", SIX),
    ],
)
def test_other_operations(rest: Rest, labs: dict, operation: str, artifacts: set[str]) -> None:
    job = rest.done(sample(LABS), LABS, operation=operation, options=OPTIONS)
    assert {a["name"] for a in job["artifacts"]} == artifacts
    accounting = job["summary"]["accounting"]
    assert identity(accounting)
    assert accounting["read"] == labs["summary"]["accounting"]["read"]
    if operation in {"clean", "standardize"}:
        assert accounting["duplicates"] == 0
    else:
        assert accounting == labs["summary"]["accounting"]
        problem(rest.get(f"/api/v1/jobs/{job['id']}/result"), 404, "ARTIFACT_NOT_FOUND", "NO_CLEAN_FILE")


def test_a_mixed_file_has_a_clean_file_an_entity(rest: Rest) -> None:
    job = rest.done(sample("observations.csv.gz"), "observations.csv.gz", options=OPTIONS)
    assert {a["name"] for a in job["artifacts"]} == SIX | {"clean.vital.csv", "clean.generic.csv"}
    assert job["summary"]["accounting"] == PLANTED["observations.csv.gz"]["accounting"]


def test_jobs_are_listed_by_page_and_filter(rest: Rest) -> None:
    before = rest.done(SMALL, "before.csv")
    marks = [rest.done(SMALL, f"{n}.csv", operation="validate" if n % 2 else "harmonize") for n in range(4)]
    since = {"created_after": before["create_time"]}
    every = {job["id"] for page in rest.pages("/api/v1/jobs", "jobs", page_size=3) for job in page}
    assert {job["id"] for job in marks} <= every
    pages = list(rest.pages("/api/v1/jobs", "jobs", page_size=2, order="asc", **since))
    assert [len(page) for page in pages][:2] == [2, 2]
    ids = [job["id"] for page in pages for job in page if job["id"] != before["id"]]
    assert ids == [job["id"] for job in marks]
    newest = [job["id"] for page in rest.pages("/api/v1/jobs", "jobs", page_size=50, **since) for job in page]
    assert [i for i in newest if i != before["id"]] == ids[::-1]
    (only,) = rest.pages("/api/v1/jobs", "jobs", operation="validate", status="completed", **since)
    assert {job["id"] for job in only} == {marks[1]["id"], marks[3]["id"]}
    (none,) = rest.pages("/api/v1/jobs", "jobs", status="failed", **since)
    assert none == []
    (early,) = rest.pages("/api/v1/jobs", "jobs", order="asc", created_before=marks[0]["create_time"], **since)
    assert {job["id"] for job in early} <= {before["id"]}
    token = rest.get("/api/v1/jobs", params={"page_size": 1}).json()["next_page_token"]
    other = rest.get("/api/v1/jobs", params={"page_size": 1, "page_token": token, "order": "asc"})
    problem(other, 422, "VALIDATION_ERROR", "INVALID_PAGE_TOKEN")


def test_the_same_key_makes_the_same_job(rest: Rest) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (rest.post("/api/v1/jobs", files={"file": ("k.csv", SMALL)}, headers=key) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    other = rest.post("/api/v1/jobs", files={"file": ("k.csv", SMALL + b"3,C,D,1990-01-01\n")}, headers=key)
    problem(other, 422, "IDEMPOTENCY_KEY_REUSED")


def test_logs_tell_the_events_in_words(rest: Rest, labs: dict) -> None:
    answer = rest.get(f"/api/v1/jobs/{labs['id']}/logs").json()
    assert [line["event_id"] for line in answer["lines"]] == [e["id"] for e in rest.events(labs["id"])]
    counts = labs["summary"]["accounting"]
    assert f"{counts['read']} read = {counts['written']} written" in answer["lines"][-1]["message"]
    rest_of = rest.get(f"/api/v1/jobs/{labs['id']}/logs", params={"after_event_id": 1, "page_size": 1}).json()
    assert rest_of["lines"] == answer["lines"][1:2]
    plain = rest.get(f"/api/v1/jobs/{labs['id']}/logs", headers={"Accept": "text/plain"})
    assert plain.headers["content-type"].startswith("text/plain")
    assert len(plain.text.splitlines()) == len(answer["lines"])


def test_an_ended_job_is_deleted_with_everything_of_it(rest: Rest, world) -> None:
    job = rest.done(SMALL, "gone.csv")
    stored = {path.name for path in (world.gateway.data_dir / "blobs").rglob("*") if job["id"] in path.name}
    assert len(stored) == len(SIX)
    assert rest.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    for path in ("", "/status", "/events", "/result", "/artifacts", "/issues", "/logs", "/records"):
        problem(rest.get(f"/api/v1/jobs/{job['id']}{path}"), 404, "JOB_NOT_FOUND")
    problem(rest.delete(f"/api/v1/jobs/{job['id']}"), 404, "JOB_NOT_FOUND")
    assert not {p.name for p in (world.gateway.data_dir / "blobs").rglob("*")} & stored
    problem(rest.get(f"/api/v1/uploads/{job['upload_id']}"), 404, "UPLOAD_NOT_FOUND")


def test_a_refused_file_fails_its_job_and_says_why_and_where(rest: Rest) -> None:
    job = rest.ended(rest.submit(b'patient_id,name\n1,"Ann\n2,Bob\n')["id"])
    assert job["status"] == "failed"
    assert job["error"]["code"] == "UNSUPPORTED_FORMAT"
    assert job["error"]["reason"] == "UNCLOSED_QUOTE"
    assert "line 2" in job["error"]["message"]
    assert rest.events(job["id"])[-1]["error"] == job["error"]
    problem(rest.get(f"/api/v1/jobs/{job['id']}/result"), 409, "JOB_NOT_COMPLETED", "JOB_FAILED")
    assert rest.get(f"/api/v1/jobs/{job['id']}/artifacts").json() == {"artifacts": []}
