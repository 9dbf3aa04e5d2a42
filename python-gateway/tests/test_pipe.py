"""The pipe and inspect: nothing is kept."""

import asyncio

import grpc
import httpx
import pytest
from fake_harmonizer import Refusal
from running_gateway import PATIENTS, until

from harmonizer.v1.options_pb2 import OPERATION_CLEAN


async def test_a_body_in_a_clean_body_out(gw, fake):
    params = {"operation": "clean", "entity": "patient", "file_name": "p.csv", "options": '{"quarantine": true}'}
    answer = await gw.http.post("/api/v1/harmonize", params=params, content=PATIENTS)
    assert (answer.status_code, answer.content) == (200, b"patient_id,name\n1,Ann\n2,Bob\n4,Cy\n")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    spec = fake.specs[0]
    assert (spec.file_name, spec.operation, spec.options.entity) == ("p.csv", OPERATION_CLEAN, "patient")
    assert spec.options.quarantine
    assert await gw.gateway.blobs.keys() == []
    assert (await gw.http.get("/api/v1/jobs")).json()["jobs"] == []


async def test_ndjson(gw):
    answer = await gw.http.post("/api/v1/harmonize", params={"format": "ndjson"}, content=PATIENTS)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert len(answer.text.splitlines()) == 3


async def test_an_error_before_the_first_byte_is_a_problem(gw, fake):
    fake.refusals.append(Refusal(grpc.StatusCode.INVALID_ARGUMENT, "NOT_TEXT", "byte 3: not text"))
    answer = await gw.http.post("/api/v1/harmonize", content=PATIENTS)
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (
        422,
        "UNSUPPORTED_FORMAT",
        "NOT_TEXT",
    )
    assert answer.json()["detail"] == "byte 3: not text"
    assert (await gw.http.post("/api/v1/harmonize", content=b"")).json()["reason"] == "EMPTY_FILE"


async def test_an_error_after_the_first_byte_breaks_the_connection(gw, fake):
    fake.break_after_output = Refusal(grpc.StatusCode.INTERNAL, "X")
    with pytest.raises(httpx.RemoteProtocolError):
        await gw.http.post("/api/v1/harmonize", content=PATIENTS)
    fake.break_after_output, fake.mixed = None, True
    with pytest.raises(httpx.RemoteProtocolError):
        await gw.http.post("/api/v1/harmonize", content=PATIENTS)


@pytest.mark.parametrize(
    ("params", "status"),
    [({"operation": "validate"}, 422), ({"operation": "x"}, 422), ({"format": "parquet"}, 501), ({"entity": "x"}, 422),
     ({"options": "{"}, 422), ({"options": '{"nope":1}'}, 422)],
)  # fmt: skip
async def test_what_the_pipe_does_not_take(gw, params, status):
    answer = await gw.http.post("/api/v1/harmonize", params=params, content=PATIENTS)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_form_is_no_body_for_the_pipe(gw):
    answer = await gw.http.post("/api/v1/harmonize", files={"file": ("a.csv", PATIENTS)})
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_caller_who_goes_away_stops_the_work(gw, fake):
    fake.hold = asyncio.Event()
    _, writer = await asyncio.open_connection("127.0.0.1", gw.http.base_url.port)
    head = f"POST /api/v1/harmonize HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(PATIENTS)}\r\n\r\n"
    writer.write(head.encode() + PATIENTS)
    await writer.drain()
    await until(lambda: fake.live)
    await asyncio.sleep(0.1)
    writer.close()
    await until(lambda: not fake.live)


async def test_a_caller_who_goes_away_while_sending_stops_the_work(gw, fake):
    _, writer = await asyncio.open_connection("127.0.0.1", gw.http.base_url.port)
    writer.write(
        b"POST /api/v1/harmonize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 600_000
    )
    await writer.drain()
    await until(lambda: fake.live)
    writer.close()
    await until(lambda: not fake.live)


async def test_inspect_a_body_a_form_and_an_upload(gw, fake):
    upload = (await gw.http.post("/api/v1/uploads?file_name=p.csv", content=PATIENTS)).json()
    answers = [
        await gw.http.post("/api/v1/inspect?file_name=p.csv&entity=patient", content=PATIENTS),
        await gw.http.post("/api/v1/inspect?entity=patient", files={"file": ("p.csv", PATIENTS)}),
        await gw.http.post("/api/v1/inspect", json={"upload_id": upload["id"], "options": {"entity": "patient"}}),
    ]
    for answer, spec in zip(answers, fake.specs, strict=True):
        assert answer.status_code == 200, answer.text
        seen = answer.json()
        assert (seen["entity"], seen["records"], seen["header"]) == ("patient", 5, True)
        assert [c["header"] for c in seen["columns"]] == ["patient_id", "name"]
        assert seen["findings"][0]["severity"] == "error"
        assert (spec.file_name, spec.options.entity) == ("p.csv", "patient")


async def test_inspect_refuses(gw, fake):
    fake.refusals.append(Refusal(grpc.StatusCode.INVALID_ARGUMENT, "NOT_TEXT"))
    assert (await gw.http.post("/api/v1/inspect", content=b"\0")).json()["reason"] == "NOT_TEXT"
    assert (await gw.http.post("/api/v1/inspect", json={"upload_id": "x"})).status_code == 404
    assert (await gw.http.post("/api/v1/inspect", files={"other": ("a", b"")})).status_code == 422
    upload = (await gw.http.post("/api/v1/uploads", json={"file_name": "p.csv"})).json()
    assert (await gw.http.post("/api/v1/inspect", json={"upload_id": upload["id"]})).status_code == 409


async def test_the_rule_book(gw):
    assert (await gw.http.get("/api/v1/entities")).json()["entities"][0]["fields"][0]["name"] == "patient_id"
    assert (await gw.http.get("/api/v1/entities/patient")).json()["name"] == "patient"
    assert (await gw.http.get("/api/v1/entities/x")).json()["reason"] == "UNKNOWN_ENTITY"
    assert (await gw.http.get("/api/v1/rules")).json()["rules"][0]["id"] == "STD-DATE-3"
