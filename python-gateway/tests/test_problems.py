"""Every error is a problem; health, version, metrics; what surrounds a request."""

import pytest

from gateway.errors import DatabaseUnavailable
from gateway.ids import new_id


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "NOT_FOUND"),
        ("GET", "/api/v1/nope/CANARY", 404, "NOT_FOUND"),
        ("PATCH", "/api/v1/jobs", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/api/v1/jobs?page_size=CANARY", 422, "VALIDATION_ERROR"),
        ("GET", "/api/v1/jobs?page_size=1001", 422, "VALIDATION_ERROR"),
        ("GET", "/api/v1/jobs?status=CANARY", 422, "VALIDATION_ERROR"),
        ("GET", "/api/v1/jobs?created_after=CANARY", 422, "VALIDATION_ERROR"),
        ("GET", "/api/v1/jobs/CANARY", 404, "JOB_NOT_FOUND"),
        ("POST", "/api/v1/jobs/CANARY:cancel", 404, "JOB_NOT_FOUND"),
        ("GET", "/api/v1/uploads/CANARY", 404, "UPLOAD_NOT_FOUND"),
        ("DELETE", "/api/v1/uploads/0199c0de-0000-7000-8000-000000000000", 404, "UPLOAD_NOT_FOUND"),
    ],
)
async def test_errors_are_problems_that_quote_nothing(gw, method, path, status, code):
    answer = await gw.http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "reason", "request_id", "errors"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "CANARY" not in answer.text


async def test_a_wrong_parameter_is_named(gw):
    errors = (await gw.http.get("/api/v1/jobs?page_size=x&order=up")).json()["errors"]
    assert [e["field"] for e in errors] == ["query.page_size", "query.order"]
    assert errors[0]["message"] == "is not valid"
    assert errors[1]["message"] == "Input should be 'asc' or 'desc'"


async def test_an_unknown_exception_is_an_internal_error(gw, monkeypatch, caplog):
    async def broken(*_):
        raise ValueError("CANARY")

    monkeypatch.setattr(gw.gateway.jobs, "get", broken)
    answer = await gw.http.get(f"/api/v1/jobs/{new_id()}")
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (
        500,
        "INTERNAL_ERROR",
        "internal error",
    )
    assert "CANARY" not in answer.text
    assert any(record.message == "unknown error" for record in caplog.records)


async def test_a_request_id_is_kept_or_made(gw):
    given = await gw.http.get("/healthz", headers={"X-Request-Id": "caller-0001"})
    assert given.headers["x-request-id"] == "caller-0001"
    made = await gw.http.get("/healthz", headers={"X-Request-Id": "John Doe, 1970"})
    assert len(made.headers["x-request-id"]) == 36


async def test_only_this_machines_names_are_answered_on_loopback(gw):
    for host in ("localhost:8080", "127.0.0.1", "[::1]:80", "LOCALHOST"):
        assert (await gw.http.get("/healthz", headers={"Host": host})).status_code == 200
    for host in ("evil.example", "localhost.evil.example:8080", "10.0.0.1"):
        answer = await gw.http.get("/healthz", headers={"Host": host})
        assert (answer.status_code, answer.json()["reason"]) == (403, "HOST_NOT_ALLOWED")


async def test_health_ready_version(gw):
    assert (await gw.http.get("/healthz")).json() == {"status": "ok"}
    checks = {"gateway": "ok", "database": "ok", "storage": "ok", "workers": "ok", "harmonizer": "ok"}
    assert (await gw.http.get("/readyz")).json() == {"status": "ok", "checks": checks}
    assert (await gw.http.get("/api/v1/health")).json() == {"status": "ok", "checks": checks}
    version = (await gw.http.get("/api/v1/version")).json()
    assert version["contract"] == "harmonizer.v1"
    assert version["version"]


async def test_a_database_that_does_not_answer(gw, monkeypatch):
    async def broken():
        raise DatabaseUnavailable

    monkeypatch.setattr(gw.gateway.db, "ping", broken)
    ready = await gw.http.get("/readyz")
    assert (ready.status_code, ready.json()["reason"]) == (503, "DATABASE")
    assert (await gw.http.get("/api/v1/health")).json()["status"] == "degraded"


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/metrics"])
async def test_metrics_count_by_route_and_never_by_path(gw, path):
    job = await gw.done()
    await gw.http.get("/api/v1/nope/CANARY")
    text = (await gw.http.get(path)).text
    assert 'gateway_http_requests_total{method="POST",route="/api/v1/jobs",status="201"} 1.0' in text
    assert 'gateway_jobs_total{code="",status="completed"} 1.0' in text
    assert 'gateway_records_total{fate="written"} 3.0' in text
    assert 'route="/api/v1/jobs/{job_id}"' in text
    assert job["id"] not in text
    assert "CANARY" not in text


async def test_the_description_of_the_api(gw):
    paths = (await gw.http.get("/openapi.json")).json()["paths"]
    assert {"/api/v1/jobs", "/api/v1/jobs/{job_id}:cancel", "/api/v1/harmonize", "/api/v1/uploads/{upload_id}"} <= set(
        paths
    )
    assert (await gw.http.get("/docs")).status_code == 200
