"""REST as a script would use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from support.processes import until

ENDED = {"completed", "failed", "cancelled"}


class Rest(httpx.Client):
    """An HTTP client of one gateway, with the sentences the tests say often."""

    def __init__(self, address: str) -> None:
        super().__init__(base_url=address, timeout=60, trust_env=False)

    def submit(self, data: bytes, name: str = "file.csv", **fields: str) -> dict[str, Any]:
        """A job over these bytes."""
        answer = self.post("/api/v1/jobs", files={"file": (name, data)}, data=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as it is."""
        answer = self.get(f"/api/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        """The job once it has ended."""
        return self.reached(job_id, ENDED, seconds)

    def reached(self, job_id: str, states: set[str], seconds: float = 60) -> dict[str, Any]:
        """The job once it is in one of these states."""
        until(lambda: self.job(job_id)["status"] in states, seconds, f"job {states}")
        return self.job(job_id)

    def done(self, data: bytes, name: str = "file.csv", **fields: str) -> dict[str, Any]:
        """A completed job over these bytes."""
        job = self.ended(self.submit(data, name, **fields)["id"])
        assert job["status"] == "completed", job["error"]
        return job

    def artifact(self, job_id: str, name: str) -> bytes:
        """The bytes of an artifact."""
        answer = self.get(f"/api/v1/jobs/{job_id}/artifacts/{name}")
        assert answer.status_code == 200, answer.text
        return answer.content

    def events(self, job_id: str, after: int = 0) -> list[dict[str, Any]]:
        """The job's events to the terminal one, as SSE tells them."""
        headers = {"Last-Event-ID": str(after)} if after else {}
        with self.stream("GET", f"/api/v1/jobs/{job_id}/events", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            return list(parse_events(answer.iter_lines()))

    def pages(self, path: str, key: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
        """Every page of a listing."""
        token = ""
        while True:
            answer = self.get(path, params={**query, "page_token": token})
            assert answer.status_code == 200, answer.text
            yield answer.json()[key]
            if not (token := answer.json()["next_page_token"]):
                return


def parse_events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Server-sent events; each holds its id and type in its data too, which must agree."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            event = json.loads(fields["data"])
            assert (str(event["id"]), event["type"]) == (fields["id"], fields["event"])
            yield event
            fields = {}


def problem(answer: httpx.Response, status: int, code: str, reason: str | None = None) -> dict[str, Any]:
    """The problem that an answer is. It has what RFC 9457 and the contract ask for."""
    body = answer.json() if answer.content else {}
    assert (answer.status_code, body.get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    more = {"artifacts"} if code == "SEVERAL_RESULTS" else set()
    assert set(body) == {"type", "title", "status", "detail", "code", "reason", "request_id", "errors"} | more
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert reason is None or body["reason"] == reason, body
    return body


def blobs(data_dir: Path) -> list[str]:
    """Names of everything stored."""
    return sorted(path.name for path in (data_dir / "blobs").rglob("*") if path.is_file())
