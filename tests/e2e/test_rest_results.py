"""What a finished job made, over REST: the clean file by range, issues and records by page."""

from __future__ import annotations

import csv
import io
import json

import pytest
from support.files import OPTIONS, SMALL, issues, sample
from support.rest import Rest, problem

PATIENTS = "patients.csv"


@pytest.fixture(scope="module")
def job(rest: Rest) -> dict:
    """A completed job over the patients."""
    return rest.done(sample(PATIENTS), PATIENTS, options=OPTIONS)


@pytest.fixture(scope="module")
def clean(rest: Rest, job: dict) -> bytes:
    """Its clean file."""
    return rest.artifact(job["id"], "clean.csv")


@pytest.fixture
def result(rest: Rest, job: dict):
    def get(method: str = "GET", **headers: str):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return rest.request(method, f"/api/v1/jobs/{job['id']}/result", headers=named)

    return get


def test_the_result_is_the_clean_file(result, job: dict, clean: bytes) -> None:
    answer = result()
    assert answer.status_code == 200
    assert answer.content == clean
    sha256 = next(a["sha256"] for a in job["artifacts"] if a["name"] == "clean.csv")
    assert answer.headers["etag"] == f'"{sha256}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"].startswith("text/csv")
    assert "patients.clean.csv" in answer.headers["content-disposition"]
    head = result("HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(clean))


@pytest.mark.parametrize("given", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
def test_who_has_the_bytes_gets_none(result, given: str) -> None:
    tag = result("HEAD").headers["etag"].strip('"')
    answer = result(If_None_Match=given.format(tag))
    assert (answer.status_code, answer.content) == (304, b"")
    assert result(If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [("0-0", 0, 1), ("10-99", 10, 100), ("100-", 100, None), ("-50", -50, None), ("5-99999999", 5, None)],
)
def test_a_range_is_a_part(result, clean: bytes, wanted: str, start: int, end: int | None) -> None:
    answer = result(Range=f"bytes={wanted}")
    part = clean[start:end]
    assert (answer.status_code, answer.content) == (206, part)
    first = start % len(clean)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(part) - 1}/{len(clean)}"


def test_a_range_that_is_not_there(result, clean: bytes) -> None:
    answer = result(Range=f"bytes={len(clean)}-")
    problem(answer, 416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["content-range"] == f"bytes */{len(clean)}"
    assert result(Range="bytes=5-2").status_code == 200
    assert result(Range="lines=1-2").content == clean


def test_a_download_goes_on_only_over_the_same_bytes(result, clean: bytes) -> None:
    tag = result("HEAD").headers["etag"]
    assert result(Range="bytes=10-", If_Range=tag).content == clean[10:]
    assert result(Range="bytes=10-", If_Range='"other"').content == clean


def test_a_format_of_a_later_release(rest: Rest, job: dict, clean: bytes) -> None:
    path = f"/api/v1/jobs/{job['id']}/result"
    assert rest.get(path, params={"format": "csv"}).content == clean
    for name in ("ndjson", "json", "parquet"):
        problem(rest.get(path, params={"format": name}), 501, "NOT_IMPLEMENTED", "RESULT_CONVERSION")
    problem(rest.get(path, params={"format": "xml"}), 422, "VALIDATION_ERROR")


def test_artifacts_answer_like_the_result(rest: Rest, job: dict) -> None:
    for artifact in job["artifacts"]:
        answer = rest.get(artifact["href"], headers={"If-None-Match": f'"{artifact["sha256"]}"'})
        assert answer.status_code == 304
    problem(rest.get(f"/api/v1/jobs/{job['id']}/artifacts/clean.parquet"), 404, "ARTIFACT_NOT_FOUND")


def test_issues_by_page_are_the_artifact(rest: Rest, job: dict) -> None:
    path, written = f"/api/v1/jobs/{job['id']}/issues", issues(rest.artifact(job["id"], "issues.ndjson"))
    pages = list(rest.pages(path, "issues", page_size=17))
    assert {len(page) for page in pages[:-1]} == {17}
    assert [issue for page in pages for issue in page] == written


@pytest.mark.parametrize(
    "query",
    [
        {"rule": "STD-DATE-3"},
        {"rule_id": "DED-3"},
        {"severity": "error"},
        {"severity": "warning", "rule": "VAL-SSN-1"},
        {"column": "DOB"},
        {"column": "birth_date", "severity": "information"},
        {"rule": "NO-SUCH-1"},
    ],
)
def test_issues_by_filter(rest: Rest, job: dict, query: dict[str, str]) -> None:
    wanted = [
        issue
        for issue in issues(rest.artifact(job["id"], "issues.ndjson"))
        if issue["rule_id"] == query.get("rule", query.get("rule_id", issue["rule_id"]))
        and issue["severity"] == query.get("severity", issue["severity"])
        and query.get("column", issue["field"]) in (issue["source_column"], issue["field"])
    ]
    assert wanted or query == {"rule": "NO-SUCH-1"}
    pages = rest.pages(f"/api/v1/jobs/{job['id']}/issues", "issues", page_size=5, **query)
    assert [issue for page in pages for issue in page] == wanted


def test_records_by_page_and_as_lines(rest: Rest, job: dict, clean: bytes) -> None:
    path = f"/api/v1/jobs/{job['id']}/records"
    pages = list(rest.pages(path, "records", page_size=50))
    records = [record for page in pages for record in page]
    rows = list(csv.DictReader(io.StringIO(clean.decode(), newline="")))
    assert [len(page) for page in pages] == [50] * (len(rows) // 50) + [len(rows) % 50]
    assert [r["patient_id"] for r in records] == [row["patient_id"] for row in rows]
    assert all(value != "" for record in records for value in record.values())
    guarded = {r["notes"] for r in records if (r["notes"] or "")[:1] in set("=+-@")}
    assert guarded
    assert {f"'{note}" for note in guarded} <= {row["notes"] for row in rows}
    with rest.stream("GET", path, headers={"Accept": "application/x-ndjson"}) as answer:
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert [json.loads(line) for line in answer.iter_lines()] == records


def test_records_are_those_of_an_ndjson_job(rest: Rest, job: dict) -> None:
    other = rest.done(sample(PATIENTS), PATIENTS, options=OPTIONS, format="ndjson")
    lines = [json.loads(line) for line in rest.artifact(other["id"], "clean.ndjson").splitlines()]
    (records,) = rest.pages(f"/api/v1/jobs/{other['id']}/records", "records", page_size=10000)
    assert records == lines
    (from_csv,) = rest.pages(f"/api/v1/jobs/{job['id']}/records", "records", page_size=10000)
    assert from_csv == [{k: v if v is None else str(v) for k, v in line.items()} for line in lines]


def test_the_pipe_answers_with_the_jobs_clean_file(rest: Rest, clean: bytes) -> None:
    query = {"options": OPTIONS, "file_name": PATIENTS}
    assert rest.post("/api/v1/harmonize", content=sample(PATIENTS), params=query).content == clean

    def in_pieces():
        data = sample(PATIENTS)
        for start in range(0, len(data), 1000):
            yield data[start : start + 1000]

    assert rest.post("/api/v1/harmonize", content=in_pieces(), params=query).content == clean
    lines = rest.post("/api/v1/harmonize", content=SMALL, params={"format": "ndjson"})
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["patient_id"] for line in lines.text.splitlines()] == ["1", "2"]


def test_the_pipe_refuses_with_a_problem(rest: Rest) -> None:
    pipe = "/api/v1/harmonize"
    problem(rest.post(pipe, content=b""), 422, "UNSUPPORTED_FORMAT", "EMPTY_FILE")
    problem(rest.post(pipe, content=b'a,b\n1,"x\n'), 422, "UNSUPPORTED_FORMAT", "UNCLOSED_QUOTE")
    problem(rest.post(pipe, content=b"%PDF-1.7\n"), 422, "UNSUPPORTED_FORMAT")
    problem(rest.post(pipe, content=SMALL, params={"operation": "validate"}), 422, "VALIDATION_ERROR", "NO_CLEAN_FILE")
    problem(
        rest.post(pipe, content=SMALL, params={"options": '{"colour": 1}'}), 422, "VALIDATION_ERROR", "UNKNOWN_OPTION"
    )
    problem(rest.post(pipe, files={"file": ("a.csv", SMALL)}), 415, "UNSUPPORTED_MEDIA_TYPE")
