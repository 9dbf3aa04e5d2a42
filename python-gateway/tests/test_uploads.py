"""Uploads: raw, announced, repeated, checked, removed."""

import asyncio
import base64
import hashlib

import pytest
from running_gateway import PATIENTS, until

from gateway.ids import new_id
from gateway.uploads.schemas import UploadOut

SHA = hashlib.sha256(PATIENTS).hexdigest()


async def test_a_raw_body_is_an_upload(gw):
    answer = await gw.http.post("/api/v1/uploads", params={"file_name": "p ä.csv"}, content=PATIENTS)
    assert answer.status_code == 201
    upload = answer.json()
    UploadOut.model_validate(upload)
    assert answer.headers["location"] == f"/api/v1/uploads/{upload['id']}"
    assert (upload["file_name"], upload["size_bytes"], upload["sha256"]) == ("p ä.csv", len(PATIENTS), SHA)
    assert upload["complete"] is True
    assert (await gw.http.get(f"/api/v1/uploads/{upload['id']}")).json() == upload
    (file,) = (gw.settings.data_dir / "blobs").iterdir()
    assert file.read_bytes() == PATIENTS
    assert (file.stat().st_mode & 0o777, gw.settings.data_dir.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_a_form_is_an_upload_too(gw):
    answer = await gw.http.post("/api/v1/uploads", files={"file": ("p.csv", PATIENTS)})
    assert (answer.status_code, answer.json()["file_name"], answer.json()["sha256"]) == (201, "p.csv", SHA)
    assert (await gw.http.post("/api/v1/uploads", files={"other": ("p.csv", b"")})).status_code == 422


async def test_a_big_body_arrives_whole(gw):
    data = bytes(range(256)) * 20_000

    async def pieces():
        for start in range(0, len(data), 70_001):
            yield data[start : start + 70_001]

    answer = await gw.http.post("/api/v1/uploads", content=pieces())
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()
    answer = await gw.http.post("/api/v1/uploads", files={"file": ("big", data)})
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()


@pytest.mark.both_databases
async def test_put_under_an_id_of_the_callers(gw):
    upload_id = new_id()
    path = f"/api/v1/uploads/{upload_id}"
    first = await gw.http.put(path, params={"file_name": "p.csv"}, content=PATIENTS)
    assert (first.status_code, first.json()["id"]) == (201, upload_id)
    again = await gw.http.put(path, params={"file_name": "p.csv"}, content=PATIENTS)
    assert (again.status_code, again.json()) == (200, first.json())
    other = await gw.http.put(path, content=PATIENTS + b"9,Z\n")
    assert (other.status_code, other.json()["reason"]) == (409, "UPLOAD_COMPLETE")
    assert len(await gw.gateway.blobs.keys()) == 1
    assert (await gw.http.put("/api/v1/uploads/x", content=b"")).status_code == 422


async def test_an_announced_upload_is_sent_later(gw):
    answer = await gw.http.post("/api/v1/uploads", json={"file_name": "p.csv", "size_bytes": len(PATIENTS)})
    upload = answer.json()
    assert (answer.status_code, upload["complete"], upload["received_bytes"]) == (201, False, 0)
    early = await gw.http.post("/api/v1/jobs", json={"upload_id": upload["id"]})
    assert (early.status_code, early.json()["code"]) == (409, "UPLOAD_NOT_COMPLETE")
    short = await gw.http.put(f"/api/v1/uploads/{upload['id']}", content=b"x")
    assert (short.status_code, short.json()["reason"]) == (422, "SIZE_MISMATCH")
    sent = await gw.http.put(f"/api/v1/uploads/{upload['id']}", content=PATIENTS)
    assert (sent.status_code, sent.json()["complete"], sent.json()["file_name"]) == (200, True, "p.csv")
    assert sent.json()["sha256"] == SHA


@pytest.mark.parametrize(
    "body", [{"size_bytes": -1}, {"size_bytes": "1"}, {"file_name": 1}, {"x": 1}, {"file_name": "x" * 1025}]
)
async def test_a_bad_announcement(gw, body):
    assert (await gw.http.post("/api/v1/uploads", json=body)).status_code == 422


async def test_the_digest_is_checked(gw):
    good = base64.b64encode(bytes.fromhex(SHA)).decode()
    headers = {"Content-Digest": f"sha-256=:{good}:"}
    assert (await gw.http.post("/api/v1/uploads", content=PATIENTS, headers=headers)).status_code == 201
    answer = await gw.http.post("/api/v1/uploads", content=PATIENTS + b"x", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (422, "DIGEST_MISMATCH")
    headers = {"Content-Digest": "sha-256=:AAAA:"}
    assert (await gw.http.post("/api/v1/uploads", content=PATIENTS, headers=headers)).status_code == 422
    assert len(await gw.gateway.blobs.keys()) == 1


async def test_too_large_with_and_without_a_length(running):
    async def pieces():
        for _ in range(5):
            yield b"x" * 1000

    async with running(max_upload_bytes=2000) as gw:
        for body in (b"x" * 2001, pieces()):
            answer = await gw.http.post("/api/v1/uploads", content=body)
            assert (answer.status_code, answer.json()["code"]) == (413, "FILE_TOO_LARGE")
        answer = await gw.http.post("/api/v1/uploads", json={"size_bytes": 2001})
        assert answer.status_code == 413
        assert await gw.gateway.blobs.keys() == []


@pytest.mark.both_databases
async def test_an_idempotency_key_makes_one_upload(gw):
    async def create(data: bytes):
        return await gw.http.post("/api/v1/uploads", content=data, headers={"Idempotency-Key": "u 1"})

    first, second = await asyncio.gather(create(PATIENTS), create(PATIENTS))
    assert first.json() == second.json()
    assert (await create(b"other")).json()["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert len(await gw.gateway.blobs.keys()) == 1


@pytest.mark.both_databases
async def test_an_upload_is_removed_once_no_job_reads_it(gw):
    upload = (await gw.http.post("/api/v1/uploads", content=PATIENTS)).json()
    job = (await gw.http.post("/api/v1/jobs", json={"upload_id": upload["id"]})).json()
    await gw.ended(job["id"])
    path = f"/api/v1/uploads/{upload['id']}"
    assert (await gw.http.delete(path)).json()["reason"] == "UPLOAD_IN_USE"
    assert (await gw.http.delete(f"/api/v1/jobs/{job['id']}")).status_code == 204
    assert (await gw.http.get(path)).status_code == 200
    assert (await gw.http.delete(path)).status_code == 204
    assert (await gw.http.get(path)).json()["code"] == "UPLOAD_NOT_FOUND"
    assert await gw.gateway.blobs.keys() == []


async def test_a_client_that_goes_away_leaves_nothing(gw):
    port = gw.http.base_url.port
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /api/v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 2_000_000
    )
    await writer.drain()
    blobs = gw.settings.data_dir / "blobs"
    await until(lambda: list(blobs.iterdir()))
    writer.close()
    await until(lambda: not list(blobs.iterdir()))
