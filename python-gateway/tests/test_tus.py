"""tus 1.0.0, item by item of the protocol, and by a client that others wrote."""

import asyncio
import base64
import hashlib
import io
from datetime import timedelta
from email.utils import parsedate_to_datetime

from running_gateway import PATIENTS, until
from tusclient.client import TusClient

from gateway.ids import new_id, now
from gateway.uploads.reading import read

V = {"Tus-Resumable": "1.0.0"}
PIECE = {**V, "Content-Type": "application/offset+octet-stream"}
SHA = hashlib.sha256(PATIENTS).hexdigest()
MIDDLE = 17


def b64(value: bytes | str) -> str:
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


async def create(gw, size: int | None = len(PATIENTS), **headers: str) -> str:
    """The path of a new upload."""
    length = {"Upload-Defer-Length": "1"} if size is None else {"Upload-Length": str(size)}
    answer = await gw.http.post("/api/v1/uploads", headers={**V, **length, **headers})
    assert (answer.status_code, answer.headers["tus-resumable"]) == (201, "1.0.0"), answer.text
    return answer.headers["location"]


async def patch(gw, path: str, offset: int, data, **headers: str):
    return await gw.http.patch(path, content=data, headers={**PIECE, "Upload-Offset": str(offset), **headers})


async def offset(gw, path: str) -> int:
    return int((await gw.http.head(path, headers=V)).headers["upload-offset"])


async def stored(gw, path: str) -> bytes:
    """What a job over the upload would read."""
    _, parts = await gw.gateway.uploads.whole(path.rpartition("/")[2])
    return b"".join([piece async for piece in read(gw.gateway.blobs, parts)])


def refused(answer, status: int, code: str, reason: str | None = None) -> None:
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["content-type"] == "application/problem+json"
    got = answer.status_code, answer.json()["code"], answer.json()["reason"]
    assert got == (status, code, reason or code), answer.text


# --- Core ---


async def test_an_upload_in_pieces(gw):
    path = await create(gw, **{"Upload-Metadata": f"filename {b64('p ä.csv')},filetype {b64('text/csv')}"})
    head = await gw.http.head(path, headers=V)
    assert (head.status_code, head.content, head.headers["cache-control"]) == (200, b"", "no-store")
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("0", str(len(PATIENTS)))
    assert head.headers["upload-metadata"] == f"filename {b64('p ä.csv')}"
    early = await gw.http.post("/api/v1/jobs", json={"upload_id": path.rpartition("/")[2]})
    assert early.json()["code"] == "UPLOAD_NOT_COMPLETE"
    first = await patch(gw, path, 0, PATIENTS[:MIDDLE])
    assert (first.status_code, first.content, first.headers["upload-offset"]) == (204, b"", str(MIDDLE))
    assert first.headers["tus-resumable"] == "1.0.0"
    second = await patch(gw, path, MIDDLE, PATIENTS[MIDDLE:])
    assert second.headers["upload-offset"] == str(len(PATIENTS))
    assert "upload-expires" not in second.headers
    upload = (await gw.http.get(path)).json()
    assert (upload["complete"], upload["sha256"], upload["file_name"]) == (True, SHA, "p ä.csv")
    assert upload["expire_time"] is None
    job = await gw.http.post("/api/v1/jobs", json={"upload_id": upload["id"]})
    assert (await gw.ended(job.json()["id"]))["summary"]["accounting"]["read"] == 5


async def test_a_piece_at_another_offset_is_refused(gw):
    path = await create(gw)
    await patch(gw, path, 0, PATIENTS[:MIDDLE])
    for wrong in (0, MIDDLE - 1, MIDDLE + 1, len(PATIENTS)):
        answer = await patch(gw, path, wrong, PATIENTS[wrong:])
        refused(answer, 409, "CONFLICT", "OFFSET_MISMATCH")
        assert (answer.headers["upload-offset"], answer.json()["received_bytes"]) == (str(MIDDLE), MIDDLE)
    await patch(gw, path, MIDDLE, PATIENTS[MIDDLE:])
    refused(await patch(gw, path, 0, PATIENTS), 409, "CONFLICT", "UPLOAD_COMPLETE")
    assert (await patch(gw, path, len(PATIENTS), b"")).status_code == 204
    assert await stored(gw, path) == PATIENTS


async def test_another_version_is_refused_before_anything_else(gw):
    path = await create(gw)
    old, none = {"Tus-Resumable": "0.2.2"}, dict[str, str]()
    # POST and DELETE without the header are REST.
    methods = {"POST": [old], "HEAD": [old, none], "PATCH": [old, none], "DELETE": [old]}
    for method, version in [(method, version) for method, versions in methods.items() for version in versions]:
        headers = {**PIECE, "Upload-Offset": "0", "Upload-Length": "4"}
        del headers["Tus-Resumable"]
        target = "/api/v1/uploads" if method == "POST" else path
        answer = await gw.http.request(method, target, headers=headers | version, content=PATIENTS)
        assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0"), method
        assert await offset(gw, path) == 0


REFUSED = [
    ({"Content-Type": "application/octet-stream"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ({"Upload-Offset": "-1"}, 400, "INVALID_HEADER"),
    ({"Upload-Offset": "x"}, 400, "INVALID_HEADER"),
    ({"Upload-Offset": ""}, 400, "INVALID_HEADER"),
    ({"Upload-Length": "9999"}, 422, "SIZE_MISMATCH"),
    ({"Upload-Checksum": "crc32 AAAA"}, 400, "INVALID_HEADER"),
    ({"Upload-Checksum": "sha1 ####"}, 400, "INVALID_HEADER"),
    ({"Upload-Checksum": "sha1 AAAA"}, 400, "INVALID_HEADER"),
]


async def test_pieces_that_are_refused(gw):
    path = await create(gw)
    for headers, status, reason in REFUSED:
        answer = await patch(gw, path, 0, PATIENTS, **headers)
        got = answer.status_code, answer.json()["reason"], answer.headers["tus-resumable"]
        assert got == (status, reason, "1.0.0"), headers
        assert await offset(gw, path) == 0


async def test_more_than_announced_is_refused(gw):
    async def unsaid():
        yield PATIENTS + b"x"

    path = await create(gw)
    for body in (PATIENTS + b"x", unsaid()):
        refused(await patch(gw, path, 0, body), 422, "VALIDATION_ERROR", "SIZE_MISMATCH")
        assert await offset(gw, path) == 0
    assert await gw.gateway.blobs.keys() == []


async def test_what_is_not_there(gw):
    for path in (f"/api/v1/uploads/{new_id()}", "/api/v1/uploads/x"):
        assert (await gw.http.head(path, headers=V)).status_code == 404
        refused(await patch(gw, path, 0, b"x"), 404, "UPLOAD_NOT_FOUND")
        refused(await gw.http.delete(path, headers=V), 404, "UPLOAD_NOT_FOUND")


async def test_options_tell_what_is_spoken(gw):
    path = await create(gw)
    for target in ("/api/v1/uploads", path):
        answer = await gw.http.options(target)
        assert answer.status_code == 204
        assert (answer.headers["tus-version"], answer.headers["tus-resumable"]) == ("1.0.0", "1.0.0")
        assert answer.headers["tus-max-size"] == str(gw.settings.max_upload_bytes)
        assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256,md5"
        assert answer.headers["tus-extension"].split(",") == [
            "creation", "creation-with-upload", "creation-defer-length", "checksum", "expiration", "termination",
        ]  # fmt: skip


async def test_a_post_may_name_another_method(gw):
    path = await create(gw)
    override = {**PIECE, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert (await gw.http.post(path, headers=override, content=PATIENTS[:4])).headers["upload-offset"] == "4"
    assert (await gw.http.post(path, headers={**V, "X-HTTP-Method-Override": "DELETE"})).status_code == 204
    assert (await gw.http.post(path, headers=V)).status_code == 405


# --- Creation, creation-with-upload, creation-defer-length ---


CREATIONS = [
    ({}, 400),
    ({"Upload-Length": "x"}, 400),
    ({"Upload-Length": "4", "Upload-Defer-Length": "1"}, 400),
    ({"Upload-Defer-Length": "2"}, 400),
    ({"Upload-Length": "4", "Upload-Metadata": "filename ####"}, 400),
    ({"Upload-Length": "4", "Upload-Metadata": "filename /w=="}, 400),
    ({"Upload-Length": "4", "Upload-Metadata": f"sha256 {b64('x')}"}, 422),
    ({"Upload-Length": str(2**50)}, 413),
    ({"Upload-Length": "0", "Upload-Metadata": f"sha256 {b64(SHA)}"}, 422),
]


async def test_creations_that_are_refused(gw):
    for headers, status in CREATIONS:
        answer = await gw.http.post("/api/v1/uploads", headers={**V, **headers})
        assert (answer.status_code, answer.headers["tus-resumable"]) == (status, "1.0.0"), headers
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_empty_file_is_complete_at_once(gw):
    path = await create(gw, 0)
    upload = (await gw.http.get(path)).json()
    assert (upload["complete"], upload["sha256"]) == (True, hashlib.sha256().hexdigest())
    head = await gw.http.head(path, headers=V)
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("0", "0")
    job = await gw.ended((await gw.http.post("/api/v1/jobs", json={"upload_id": upload["id"]})).json()["id"])
    assert job["input_bytes"] == 0


async def test_creation_brings_the_first_bytes(gw):
    for cut in (1, MIDDLE, len(PATIENTS)):
        sums = {"Upload-Checksum": f"md5 {b64(hashlib.md5(PATIENTS[:cut]).digest())}"}
        headers = {**PIECE, "Upload-Length": str(len(PATIENTS)), **sums}
        made = await gw.http.post("/api/v1/uploads", headers=headers, content=PATIENTS[:cut])
        assert (made.status_code, made.headers["upload-offset"]) == (201, str(cut))
        path = made.headers["location"]
        if cut < len(PATIENTS):
            await patch(gw, path, cut, PATIENTS[cut:])
        assert await stored(gw, path) == PATIENTS


async def test_a_creation_of_another_type_is_refused(gw):
    headers = {**V, "Upload-Length": "4", "Content-Type": "text/csv"}
    refused(await gw.http.post("/api/v1/uploads", headers=headers, content=b"abcd"), 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_the_length_may_come_later_and_stays(gw):
    path = await create(gw, None)
    head = await gw.http.head(path, headers=V)
    assert (head.headers["upload-defer-length"], "upload-length" in head.headers) == ("1", False)
    await patch(gw, path, 0, PATIENTS[:4])
    await patch(gw, path, 4, PATIENTS[4:8], **{"Upload-Length": str(len(PATIENTS))})
    assert (await gw.http.head(path, headers=V)).headers["upload-length"] == str(len(PATIENTS))
    other = await patch(gw, path, 8, b"", **{"Upload-Length": "8"})
    refused(other, 422, "VALIDATION_ERROR", "SIZE_MISMATCH")
    await patch(gw, path, 8, PATIENTS[8:])
    assert await stored(gw, path) == PATIENTS


async def test_the_length_may_come_with_no_more_bytes(gw):
    path = await create(gw, None)
    await patch(gw, path, 0, PATIENTS)
    refused(
        await patch(gw, path, len(PATIENTS), b"", **{"Upload-Length": "3"}), 422, "VALIDATION_ERROR", "SIZE_MISMATCH"
    )
    assert (await patch(gw, path, len(PATIENTS), b"", **{"Upload-Length": str(len(PATIENTS))})).status_code == 204
    assert (await gw.http.get(path)).json()["sha256"] == SHA


async def test_a_key_makes_one_upload_that_goes_on(gw):
    key = {"Idempotency-Key": "k"}
    path = await create(gw, **key)
    await patch(gw, path, 0, PATIENTS[:MIDDLE])
    again = await gw.http.post("/api/v1/uploads", headers={**V, **key, "Upload-Length": str(len(PATIENTS))})
    assert (again.headers["location"], again.headers["upload-offset"]) == (path, str(MIDDLE))
    other = await gw.http.post("/api/v1/uploads", headers={**V, **key, "Upload-Length": "3"})
    refused(other, 422, "IDEMPOTENCY_KEY_REUSED")


# --- Checksum ---


async def test_a_piece_with_its_checksum(gw):
    for algorithm in ("sha1", "sha256", "md5"):
        path = await create(gw)
        sums = {"Upload-Checksum": f"{algorithm} {b64(hashlib.new(algorithm, PATIENTS).digest())}"}
        answer = await patch(gw, path, 0, PATIENTS[:-1] + b"x", **sums)
        refused(answer, 460, "CHECKSUM_MISMATCH")
        assert (await offset(gw, path), await gw.gateway.blobs.keys()) == (0, [])
        assert (await patch(gw, path, 0, PATIENTS, **sums)).status_code == 204
        assert (await gw.http.get(path)).json()["sha256"] == SHA
        await gw.http.delete(path)


async def test_nothing_of_a_broken_piece_with_a_checksum_is_kept(running):
    async with running(upload_part_bytes=1000) as gw:
        path = await create(gw, 1_000_000)
        sums = {"Upload-Checksum": f"sha1 {b64(bytes(20))}"}
        await break_off(gw, path, 0, b"x" * 500_000, 1_000_000, **sums)
        await until(lambda: not list((gw.settings.data_dir / "blobs").iterdir()))
        assert await offset(gw, path) == 0


async def break_off(gw, path: str, at: int, data: bytes, length: int, **headers: str) -> None:
    """Sends some bytes of a piece, waits until they are at the gateway, and closes the connection."""
    _, writer = await asyncio.open_connection("127.0.0.1", gw.http.base_url.port)
    lines = {**PIECE, "Host": "localhost", "Upload-Offset": str(at), "Content-Length": str(length), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"PATCH {path} HTTP/1.1\r\n{head}\r\n".encode() + data)
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.close()


# --- Expiration, termination ---


async def test_an_upload_expires_a_time_after_its_last_byte(running, monkeypatch):
    async with running(upload_expire_seconds=1000) as gw:
        path = await create(gw)
        answer = await patch(gw, path, 0, PATIENTS[:4])
        left = parsedate_to_datetime(answer.headers["upload-expires"]) - now()
        assert timedelta(seconds=990) < left <= timedelta(seconds=1000)
        assert (await gw.http.head(path, headers=V)).headers["upload-expires"] == answer.headers["upload-expires"]
        late = now() + timedelta(seconds=1001)
        monkeypatch.setattr("gateway.uploads.service.now", lambda: late)
        assert (await gw.http.head(path, headers=V)).status_code == 410
        refused(await patch(gw, path, 4, PATIENTS[4:]), 410, "UPLOAD_EXPIRED")
        assert (await gw.http.get(path)).json()["code"] == "UPLOAD_EXPIRED"
        assert (await gw.http.put(path, content=PATIENTS)).status_code == 410
        assert (await gw.http.delete(path, headers=V)).status_code == 204
        assert await gw.gateway.blobs.keys() == []


async def test_without_a_time_nothing_expires(running):
    async with running(upload_expire_seconds=0) as gw:
        path = await create(gw)
        assert "upload-expires" not in (await patch(gw, path, 0, PATIENTS[:4])).headers
        assert (await gw.http.get(path)).json()["expire_time"] is None


async def test_termination_removes_the_bytes(gw):
    path = await create(gw)
    await patch(gw, path, 0, PATIENTS[:4])
    answer = await gw.http.delete(path, headers=V)
    assert (answer.status_code, answer.headers["tus-resumable"]) == (204, "1.0.0")
    assert (await gw.http.head(path, headers=V)).status_code == 404
    assert await gw.gateway.blobs.keys() == []


# --- A client that others wrote ---


async def test_an_independent_client(gw):
    """tuspy sends a file in pieces with checksums, is stopped on the way, and a new one of it goes on."""
    base = TusClient(f"{gw.http.base_url}/api/v1/uploads")

    # A stream and not a path: it leaves files that it opens itself to the garbage collector.
    def begin() -> str:
        metadata = {"filename": "p.csv", "filetype": "text/csv"}
        stream = io.BytesIO(PATIENTS * 1000)
        uploader = base.uploader(file_stream=stream, chunk_size=5000, metadata=metadata, upload_checksum=True)
        uploader.upload(stop_at=10_000)
        return uploader.url

    def go_on(url: str) -> int:
        uploader = base.uploader(file_stream=io.BytesIO(PATIENTS * 1000), url=url, chunk_size=7000)
        assert 10_000 <= uploader.offset < len(PATIENTS) * 1000
        uploader.upload()
        return uploader.offset

    url = await asyncio.to_thread(begin)
    assert await asyncio.to_thread(go_on, url) == len(PATIENTS) * 1000
    upload = (await gw.http.get(url)).json()
    assert (upload["complete"], upload["file_name"]) == (True, "p.csv")
    assert upload["sha256"] == hashlib.sha256(PATIENTS * 1000).hexdigest()
