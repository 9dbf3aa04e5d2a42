"""UploadFile that goes on where it was broken off."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import grpc
import pytest
from running_gateway import PATIENTS

from gateway.ids import new_id
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub

Code = grpc.StatusCode
DATA = PATIENTS * 100
SHA = hashlib.sha256(DATA).hexdigest()
CUT = 1111


@pytest.fixture
async def rpc(gw) -> AsyncIterator[JobServiceStub]:
    async with gw.rpc() as channel:
        yield JobServiceStub(channel)


def header(**fields) -> pb.UploadFileRequest:
    return pb.UploadFileRequest(header=pb.UploadHeader(file_name="p.csv", **fields))


def chunks(data: bytes) -> list[pb.UploadFileRequest]:
    return [pb.UploadFileRequest(chunk=data[n : n + 500]) for n in range(0, len(data), 500)]


async def send(stub, data: bytes, **fields) -> pb.Upload:
    return (await stub.UploadFile(iter([header(**fields), *chunks(data)]))).upload


async def got(stub, upload_id: str) -> pb.Upload:
    return (await stub.GetUpload(pb.GetUploadRequest(upload_id=upload_id))).upload


async def refused(call, *want) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    trailer = str(caught.value.trailing_metadata())
    assert caught.value.code() == want[0], caught.value
    assert all(word in trailer for word in want[1:]), trailer


async def cancelled(stub, data: bytes, **fields) -> str:
    """Sends some bytes and cancels; the upload's id."""
    sent = asyncio.Event()

    async def requests():
        for request in [header(**fields), *chunks(data)]:
            yield request
        sent.set()
        await asyncio.Event().wait()

    call = stub.UploadFile(requests())
    upload_id = dict(await call.initial_metadata())["harmonizer-upload-id"]
    await sent.wait()
    await asyncio.sleep(0.1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    return upload_id


async def settled(stub, upload_id: str, size: int) -> pb.Upload:
    async with asyncio.timeout(10):
        while (upload := await got(stub, upload_id)).received_bytes < size:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return upload


async def test_a_cancelled_upload_goes_on(rpc):
    for fields in ({}, {"size_bytes": len(DATA)}, {"sha256": SHA}, {"upload_id": new_id()}):
        upload_id = await cancelled(rpc, DATA[:CUT], **fields)
        assert upload_id == fields.get("upload_id", upload_id)
        upload = await settled(rpc, upload_id, CUT)
        assert (upload.received_bytes, upload.complete, upload.sha256) == (CUT, False, "")
        assert upload.HasField("expire_time")
        upload = await send(rpc, DATA[CUT:], upload_id=upload_id, offset=CUT)
        assert (upload.complete, upload.sha256, upload.size_bytes) == (True, SHA, len(DATA))
        assert not upload.HasField("expire_time")
        assert upload == await got(rpc, upload_id)


async def test_what_is_refused(rpc):
    upload_id = await cancelled(rpc, DATA[:CUT], size_bytes=len(DATA), sha256=SHA)
    await settled(rpc, upload_id, CUT)
    known = {"upload_id": upload_id}
    for offset in (0, CUT - 1, CUT + 1):
        await refused(send(rpc, b"x", **known, offset=offset), Code.FAILED_PRECONDITION, "OFFSET_MISMATCH")
    at = {**known, "offset": CUT}
    await refused(send(rpc, b"", **at, size_bytes=5000), Code.INVALID_ARGUMENT, "SIZE_MISMATCH")
    await refused(send(rpc, b"", **at, sha256="0" * 64), Code.INVALID_ARGUMENT, "DIGEST_MISMATCH")
    await refused(send(rpc, DATA, **at), Code.INVALID_ARGUMENT, "SIZE_MISMATCH")
    # Fewer bytes than announced are kept: the call may have been broken off.
    await refused(send(rpc, DATA[CUT : CUT + 5], **at), Code.INVALID_ARGUMENT, "SIZE_MISMATCH")
    assert (await got(rpc, upload_id)).received_bytes == CUT + 5
    await refused(send(rpc, b"x" * (len(DATA) - CUT - 5), **known, offset=CUT + 5), Code.INVALID_ARGUMENT, "DIGEST")
    assert (await got(rpc, upload_id)).received_bytes == 0
    await refused(send(rpc, b"x", upload_id="../x"), Code.INVALID_ARGUMENT)
    await refused(send(rpc, b"x", upload_id=new_id(), offset=3), Code.NOT_FOUND, "UPLOAD_NOT_FOUND")
    await refused(send(rpc, b"x", offset=3), Code.NOT_FOUND, "UPLOAD_NOT_FOUND")


async def test_another_writer_takes_over(gw, rpc):
    sent, go = asyncio.Event(), asyncio.Event()
    upload_id = new_id()

    async def slow():
        yield header(upload_id=upload_id, size_bytes=len(DATA))
        yield pb.UploadFileRequest(chunk=b"z" * CUT)
        sent.set()
        await go.wait()

    older = rpc.UploadFile(slow())
    await older.initial_metadata()
    await sent.wait()
    upload = await send(rpc, DATA, upload_id=upload_id)
    assert (upload.complete, upload.sha256) == (True, SHA)
    go.set()
    await refused(older, Code.ABORTED, "UPLOAD_TAKEN_OVER")
    assert len(await gw.gateway.blobs.keys()) == 1


async def test_a_repeated_upload_changes_nothing(rpc):
    """A caller that did not get the answer may send again, all of it or nothing more."""
    known = {"upload_id": new_id()}
    upload = await send(rpc, DATA, **known)
    assert await send(rpc, DATA, **known) == upload
    assert await send(rpc, b"", **known, offset=len(DATA)) == upload
    for data, offset in ((DATA[::-1], 0), (b"", 0), (b"x", len(DATA)), (DATA[CUT:], CUT)):
        await refused(send(rpc, data, **known, offset=offset), Code.FAILED_PRECONDITION)
    empty = await send(rpc, b"")
    assert (empty.complete, empty.sha256, empty.size_bytes) == (True, hashlib.sha256().hexdigest(), 0)


async def test_one_begins_by_tus_and_ends_by_grpc(gw, rpc):
    v = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    made = await gw.http.post("/api/v1/uploads", headers={**v, "Upload-Defer-Length": "1"}, content=DATA[:CUT])
    upload_id = made.headers["location"].rpartition("/")[2]
    upload = await send(rpc, DATA[CUT:], upload_id=upload_id, offset=CUT)
    assert (upload.complete, upload.sha256) == (True, SHA)
