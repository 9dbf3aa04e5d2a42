"""Every kind of wrong request is answered with a problem that names what is wrong and never says it back."""

from __future__ import annotations

import pytest
from support.files import SMALL
from support.rest import Rest, problem

JOBS, UPLOADS, PIPE, INSPECT = "/api/v1/jobs", "/api/v1/uploads", "/api/v1/harmonize", "/api/v1/inspect"
NO_JOB = "01a1fe72-086e-7369-bc08-50c5bab56f70"
OTHER = "01a1fe72-086e-7369-bc08-50c5bab56f71"
WRONG = "Zqx-4711"
FILE = {"file": ("a.csv", SMALL)}
INVALID = (422, "VALIDATION_ERROR")
LATER = (501, "NOT_IMPLEMENTED")
GONE = (404, "JOB_NOT_FOUND")
OTHER_DIGEST = {"Content-Digest": f"sha-256=:{'A' * 43}=:"}


def form(**fields: str) -> tuple[str, str, dict]:
    return "POST", JOBS, {"files": FILE, "data": fields}


def body(content: bytes, kind: str) -> tuple[str, str, dict]:
    return "POST", JOBS, {"content": content, "headers": {"Content-Type": kind}}


def over(**fields: object) -> tuple[str, str, dict]:
    return "POST", JOBS, {"json": fields}


def get(path: str, **request: object) -> tuple[str, str, dict]:
    return "GET", path, request


TWO = [("file", ("a", b"a")), ("file", ("b", b"b"))]
CASES = {
    "no such page": (get("/nothing"), (404, "NOT_FOUND"), None),
    "no such method": (("PATCH", JOBS, {}), (405, "METHOD_NOT_ALLOWED"), None),
    "no such job": (get(f"{JOBS}/{NO_JOB}"), GONE, None),
    "not even an id": (get(f"{JOBS}/{WRONG}"), GONE, None),
    "cancel what is not": (("POST", f"{JOBS}/{NO_JOB}:cancel", {}), GONE, None),
    "retry what is not": (("POST", f"{JOBS}/{NO_JOB}:retry", {}), GONE, None),
    "no such upload": (get(f"{UPLOADS}/{NO_JOB}"), (404, "UPLOAD_NOT_FOUND"), None),
    "job over no upload": (over(upload_id=NO_JOB), (404, "UPLOAD_NOT_FOUND"), None),
    "job over nothing": (over(), INVALID, "INVALID_FIELD"),
    "job over two": (over(upload_ids=[NO_JOB, OTHER]), (404, "UPLOAD_NOT_FOUND"), None),
    "job over one twice": (over(upload_ids=[NO_JOB, NO_JOB]), INVALID, "INVALID_FIELD"),
    "job over too many": (over(upload_ids=[f"{n}" for n in range(101)]), INVALID, "INVALID_FIELD"),
    "job over none": (over(upload_ids=[]), INVALID, "INVALID_FIELD"),
    "job over one and several": (over(upload_id=NO_JOB, upload_ids=[OTHER]), INVALID, "INVALID_FIELD"),
    "unknown member": (over(upload_id=NO_JOB, **{WRONG: WRONG}), INVALID, "UNKNOWN_FIELD"),
    "too many files": (("POST", JOBS, {"files": TWO * 51}), INVALID, "TOO_MANY_FILES"),
    "two files of an upload": (("POST", UPLOADS, {"files": TWO}), INVALID, "TOO_MANY_FILES"),
    "no file": (("POST", JOBS, {"files": {"operation": (None, "clean")}}), INVALID, "NO_FILE"),
    "unknown field": (form(**{WRONG: WRONG}), INVALID, "UNKNOWN_FIELD"),
    "wrong operation": (form(operation=WRONG), INVALID, None),
    "wrong entity": (form(entity=WRONG), INVALID, "INVALID_OPTION"),
    "later format": (form(format="parquet"), LATER, "OUTPUT_FORMAT"),
    "unknown option": (form(options=f'{{"{WRONG}": 1}}'), INVALID, "UNKNOWN_OPTION"),
    "option of a wrong type": (form(options=f'{{"quarantine": "{WRONG}"}}'), INVALID, "INVALID_OPTION"),
    "option out of range": (form(options='{"skip_rows": -1}'), INVALID, "INVALID_OPTION"),
    "option of a wrong form": (form(options=f'{{"as_of": "{WRONG}"}}'), INVALID, "INVALID_OPTION"),
    "options that are no JSON": (form(options=WRONG), INVALID, "INVALID_JSON"),
    "body that is no JSON": (body(b"{", "application/json"), INVALID, "INVALID_JSON"),
    "a body of another kind": (body(SMALL, "text/csv"), (415, "UNSUPPORTED_MEDIA_TYPE"), None),
    "no boundary": (body(b"x", "multipart/form-data"), INVALID, "INVALID_MULTIPART"),
    "a form cut short": (body(b"--b\r\n", "multipart/form-data; boundary=b"), INVALID, "INVALID_MULTIPART"),
    "page too large": (get(f"{JOBS}?page_size=1001"), INVALID, None),
    "no such status": (get(f"{JOBS}?status={WRONG}"), INVALID, None),
    "no such token": (get(f"{JOBS}?page_token={WRONG}"), INVALID, "INVALID_PAGE_TOKEN"),
    "not a time": (get(f"{JOBS}?created_after={WRONG}"), INVALID, None),
    "not an event": (
        get(f"{JOBS}/{NO_JOB}/events", headers={"Last-Event-ID": WRONG}),
        INVALID,
        "INVALID_LAST_EVENT_ID",
    ),
    "not an upload id": (("PUT", f"{UPLOADS}/{WRONG}", {"content": b"x"}), INVALID, "INVALID_FIELD"),
    "other bytes than said": (("POST", UPLOADS, {"content": b"x", "headers": OTHER_DIGEST}), INVALID, None),
    "an empty pipe": (("POST", PIPE, {"content": b""}), (422, "UNSUPPORTED_FORMAT"), "EMPTY_FILE"),
    "another host": (get("/healthz", headers={"Host": "example.org"}), (403, "FORBIDDEN"), "HOST_NOT_ALLOWED"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_wrong_request_is_a_problem(rest: Rest, case: tuple) -> None:
    (method, path, request), (status, code), reason = case
    answer = rest.request(method, path, **request)
    problem(answer, status, code, reason)
    assert WRONG not in answer.text + str(answer.headers)
