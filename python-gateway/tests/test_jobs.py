"""Creating, reading, listing, stopping and removing jobs over REST."""

import asyncio
import json

import pytest
from running_gateway import PATIENTS, until

from gateway import contract
from gateway.ids import new_id
from gateway.jobs.schemas import JobOut, JobPage, StatusOut
from harmonizer.v1.options_pb2 import DATE_ORDER_DMY


@pytest.mark.both_databases
async def test_a_file_becomes_clean_records_and_an_account(gw, fake):
    answer = await gw.http.post(
        "/api/v1/jobs",
        files={"file": ("../etc/patients.csv", PATIENTS)},
        data={"operation": "harmonize", "options": json.dumps({"date_order": "dmy"}), "entity": "patient"},
    )
    assert answer.status_code == 201
    job = answer.json()
    JobOut.model_validate(job)
    assert answer.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert job["status"] == "queued"
    assert job["options"] == {"entity": "patient", "date_order": "dmy"}

    job = await gw.ended(job["id"])
    JobOut.model_validate(job)
    assert job["status"] == "completed"
    assert job["attempt"] == 1
    assert job["summary"]["accounting"] == {
        "read": 5, "written": 3, "duplicates": 1, "quarantined": 1, "routed": 0, "created": 0,
    }  # fmt: skip
    assert [a["name"] for a in job["artifacts"]] == [
        "clean.csv", "quarantine.csv", "issues.ndjson", "report.json", "manifest.json", "operation-outcome.json",
    ]  # fmt: skip
    assert job["progress"]["percent"] == 100
    assert job["progress"]["stage"] == "done"
    spec = fake.specs[0]
    assert spec.file_name.endswith("patients.csv")
    assert spec.options.date_order == DATE_ORDER_DMY
    assert spec.options.as_of == job["create_time"][:10]
    assert spec.size_bytes == len(PATIENTS)
    result = await gw.http.get(f"/api/v1/jobs/{job['id']}/result")
    assert result.text == "patient_id,name\n1,Ann\n2,Bob\n4,Cy\n"


async def test_fields_may_stand_before_or_behind_the_file(gw):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="operation"\r\n\r\nclean\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nx,y\n1,2\n\r\n'
        b'--b\r\nContent-Disposition: form-data; name="format"\r\n\r\nndjson\r\n--b--\r\n'
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await gw.http.post("/api/v1/jobs", content=body, headers=kind)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["operation"], answer.json()["output_format"]) == ("clean", "ndjson")
    assert answer.json()["input_bytes"] == 8


async def test_a_form_cut_short_leaves_nothing(gw):
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nx,y\n1,2\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await gw.http.post("/api/v1/jobs", content=body, headers=kind)
    assert (answer.status_code, answer.json()["reason"]) == (422, "INVALID_MULTIPART")
    assert await gw.gateway.blobs.keys() == []


@pytest.mark.both_databases
async def test_a_job_over_an_upload(gw):
    upload = (await gw.http.post("/api/v1/uploads?file_name=p.csv", content=PATIENTS)).json()
    answer = await gw.http.post(
        "/api/v1/jobs", json={"upload_id": upload["id"], "operation": "clean", "format": "ndjson"}
    )
    assert answer.status_code == 201
    job = await gw.ended(answer.json()["id"])
    assert (job["status"], job["operation"], job["upload_id"]) == ("completed", "clean", upload["id"])
    assert job["input_sha256"] == upload["sha256"]


async def test_validate_writes_only_issues_and_report(gw):
    job = await gw.done(operation="validate")
    assert [a["name"] for a in job["artifacts"]] == [
        "issues.ndjson", "report.json", "manifest.json", "operation-outcome.json",
    ]  # fmt: skip
    answer = await gw.http.get(f"/api/v1/jobs/{job['id']}/result")
    assert (answer.status_code, answer.json()["reason"]) == (404, "NO_CLEAN_FILE")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"operation": "melt"}, "operation"),
        ({"format": "xlsx"}, "format"),
        ({"options": "{"}, "options"),
        ({"options": "[]"}, "options"),
        ({"options": '{"nope": 1}'}, "options.nope"),
        ({"options": '{"quarantine": "CANARY"}'}, "options.quarantine"),
        ({"options": '{"date_order": "CANARY"}'}, "options.date_order"),
        ({"options": '{"as_of": "CANARY"}'}, "options.as_of"),
        ({"options": '{"column_date_order": {"CANARY": "CANARY"}}'}, "options.column_date_order"),
        ({"options": '{"skip_rows": -1}'}, "options.skip_rows"),
        ({"entity": "CANARY"}, "options.entity"),
        ({"entity": "vital", "options": '{"entity": "patient"}'}, "entity"),
        ({"CANARY field": "x"}, "(unnamed)"),
    ],
)
async def test_a_wrong_option_is_named_and_its_value_is_not(gw, fields, field):
    answer = await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)}, data=fields)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert answer.json()["errors"][0]["field"] == field
    assert "CANARY" not in answer.text
    assert await gw.gateway.blobs.keys() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"operation": "clean"}, 422, "VALIDATION_ERROR"),
        ({"upload_id": "nope"}, 404, "UPLOAD_NOT_FOUND"),
        ({"upload_id": new_id()}, 404, "UPLOAD_NOT_FOUND"),
        ({"upload_ids": [new_id(), new_id()]}, 404, "UPLOAD_NOT_FOUND"),
        ({"upload_ids": [new_id()] * 2}, 422, "VALIDATION_ERROR"),
        ({"upload_ids": [new_id() for _ in range(101)]}, 422, "VALIDATION_ERROR"),
        ({"upload_ids": []}, 422, "VALIDATION_ERROR"),
        ({"upload_ids": [7]}, 422, "VALIDATION_ERROR"),
        ({"upload_ids": [new_id()], "upload_id": new_id()}, 422, "VALIDATION_ERROR"),
        ({"upload_ids": "x"}, 422, "VALIDATION_ERROR"),
        ({"upload_id": 7}, 422, "VALIDATION_ERROR"),
        ({"upload_id": new_id(), "format": "parquet"}, 501, "NOT_IMPLEMENTED"),
        ({"upload_id": new_id(), "strange": 1}, 422, "VALIDATION_ERROR"),
        ([], 422, "VALIDATION_ERROR"),
    ],
)
async def test_a_json_body_that_asks_for_nothing_we_can_do(gw, body, status, code):
    answer = await gw.http.post("/api/v1/jobs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({"lineage": True}, ["lineage.ndjson"]),
        ({"match": True}, ["matches.ndjson", "review.csv"]),
        ({"match": True, "match_model": "fixed", "source_priority": ["b.csv", "a.csv"], "dedup_policy": "merge",
          "deidentify": True, "lineage": True}, ["lineage.ndjson", "matches.ndjson", "review.csv"]),
    ],
)  # fmt: skip
async def test_an_option_brings_its_artifacts(gw, fake, options, more):
    job = await gw.done(options=json.dumps(options))
    assert [a["name"] for a in job["artifacts"]][6:] == more
    assert job["options"] == options
    spec = contract.render(fake.specs[0].options, only_set=True)
    assert spec == {**options, "as_of": job["create_time"][:10]}
    checked = await gw.done(operation="validate", options=json.dumps(options))
    assert [a["name"] for a in checked["artifacts"]][4:] == [name for name in more if name != "lineage.ndjson"]


async def test_other_bodies_are_refused(gw):
    answer = await gw.http.post("/api/v1/jobs", content=b"x", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    answer = await gw.http.post("/api/v1/jobs", files={"other": ("a", b"x")})
    assert answer.status_code == 422
    for path in ("/api/v1/uploads", "/api/v1/inspect"):
        answer = await gw.http.post(path, files=[("file", ("a", b"x")), ("file", ("b", b"y"))])
        assert (answer.status_code, answer.json()["reason"]) == (422, "TOO_MANY_FILES")
    assert await gw.gateway.blobs.keys() == []


async def test_too_large_a_file(running):
    async with running(max_upload_bytes=10) as gw:
        answer = await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", b"x" * 11)})
        assert (answer.status_code, answer.json()["code"]) == (413, "FILE_TOO_LARGE")
        assert await gw.gateway.blobs.keys() == []


@pytest.mark.both_databases
async def test_an_idempotency_key_makes_one_job(gw):
    async def create(data: bytes, operation: str = "harmonize"):
        headers = {"Idempotency-Key": "k-1"}
        return await gw.http.post(
            "/api/v1/jobs", files={"file": ("a.csv", data)}, data={"operation": operation}, headers=headers
        )

    first, *rest = await asyncio.gather(*(create(PATIENTS) for _ in range(5)))
    assert {r.json()["id"] for r in rest} == {first.json()["id"]}
    await gw.ended(first.json()["id"])
    assert len([key for key in await gw.gateway.blobs.keys() if key.startswith("u-")]) == 1
    assert (await create(PATIENTS)).json()["status"] == "completed"
    for other in (await create(PATIENTS + b"9,Z\n"), await create(PATIENTS, "clean")):
        assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    bad = await gw.http.post("/api/v1/jobs", json={"upload_id": "x"}, headers={"Idempotency-Key": "k" * 256})
    assert bad.status_code == 422


@pytest.mark.both_databases
async def test_the_list_is_paged_and_filtered(gw):
    ids = [(await gw.done(operation="clean" if n % 2 else "harmonize"))["id"] for n in range(5)]
    seen, token = [], ""
    while True:
        answer = await gw.http.get("/api/v1/jobs", params={"page_size": 2, "page_token": token})
        JobPage.model_validate(answer.json())
        seen += [job["id"] for job in answer.json()["jobs"]]
        if not (token := answer.json()["next_page_token"]):
            break
    assert seen == ids[::-1]

    async def found(**params: str) -> list[str]:
        return [j["id"] for j in (await gw.http.get("/api/v1/jobs", params=params)).json()["jobs"]]

    assert await found(order="asc") == ids
    assert await found(operation="clean", order="asc") == ids[1::2]
    assert await found(status="failed") == []
    third = (await gw.http.get(f"/api/v1/jobs/{ids[2]}")).json()["create_time"]
    after, before = await found(created_after=third, order="asc"), await found(created_before=third, order="asc")
    assert after + before == ids[2:] + ids[:2]


@pytest.mark.parametrize("token", ["!", "AAAA", "WyJ4IiwxXQ", "bnVsbA"])
async def test_a_page_token_of_another_query_is_refused(gw, token):
    answer = await gw.http.get("/api/v1/jobs", params={"page_token": token})
    assert (answer.status_code, answer.json()["reason"]) == (422, "INVALID_PAGE_TOKEN")


async def test_a_token_belongs_to_its_filters(gw):
    for _ in range(2):
        await gw.done()
    token = (await gw.http.get("/api/v1/jobs", params={"page_size": 1})).json()["next_page_token"]
    answer = await gw.http.get("/api/v1/jobs", params={"page_token": token, "status": "completed"})
    assert answer.json()["reason"] == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize("job_id", ["nope", "0199c0de-0000-7000-8000-000000000000", "..%2f..", "x" * 500])
@pytest.mark.parametrize("path", ["", "/status", "/events", "/logs", "/result", "/artifacts", "/issues", "/records"])
async def test_no_such_job(gw, job_id, path):
    answer = await gw.http.get(f"/api/v1/jobs/{job_id}{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] in ("JOB_NOT_FOUND", "NOT_FOUND")


async def test_status_is_light(gw, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    await asyncio.sleep(0.4)
    status = (await gw.http.get(f"/api/v1/jobs/{job['id']}/status")).json()
    assert status["estimated_completion"]
    StatusOut.model_validate(status)
    assert (status["status"], status["progress"], status["stage"]) == ("processing", 50, "standardizing")
    fake.hold.set()
    await gw.ended(job["id"])
    status = (await gw.http.get(f"/api/v1/jobs/{job['id']}/status")).json()
    assert (status["status"], status["progress"], status["estimated_completion"]) == ("completed", 100, None)


@pytest.mark.both_databases
async def test_cancel_ends_the_stream(gw, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    answer = await gw.http.post(f"/api/v1/jobs/{job['id']}:cancel")
    assert answer.status_code == 200
    assert answer.json()["status"] in ("cancelling", "cancelled")
    job = await gw.ended(job["id"], seconds=2)
    assert (job["status"], job["artifacts"]) == ("cancelled", [])
    await until(lambda: not fake.live, 1)
    assert [key for key in await gw.gateway.blobs.keys() if key.startswith("a-")] == []
    again = await gw.http.post(f"/api/v1/jobs/{job['id']}:cancel")
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")


@pytest.mark.both_databases
async def test_a_waiting_job_is_cancelled_at_once(running, fake):
    fake.hold = asyncio.Event()
    async with running(workers=1) as gw:
        first, second = await gw.submit(), await gw.submit()
        await gw.state(first["id"], "processing")
        assert (await gw.http.delete(f"/api/v1/jobs/{second['id']}")).json()["status"] == "cancelled"
        fake.hold.set()
        assert (await gw.ended(first["id"]))["status"] == "completed"
        assert (await gw.ended(second["id"]))["attempt"] == 0


@pytest.mark.both_databases
async def test_delete_stops_a_live_job_and_removes_an_ended_one(gw, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    assert (await gw.http.delete(f"/api/v1/jobs/{job['id']}")).status_code == 202
    assert (await gw.ended(job["id"]))["status"] == "cancelled"
    fake.hold = None
    done = await gw.done()
    for job_id in (job["id"], done["id"]):
        assert (await gw.http.delete(f"/api/v1/jobs/{job_id}")).status_code == 204
        assert (await gw.http.get(f"/api/v1/jobs/{job_id}")).status_code == 404
        assert (await gw.http.delete(f"/api/v1/jobs/{job_id}")).status_code == 404
    assert await gw.gateway.blobs.keys() == []


@pytest.mark.both_databases
async def test_a_full_queue_says_when_to_come_back(running, fake):
    fake.hold = asyncio.Event()
    async with running(workers=1, queue_limit=1) as gw:
        first = await gw.submit()
        await gw.state(first["id"], "processing")
        second = await gw.submit()
        answer = await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)})
        assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
        assert int(answer.headers["retry-after"]) > 0
        fake.hold.set()
        assert (await gw.ended(second["id"]))["status"] == "completed"
