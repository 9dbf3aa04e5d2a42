"""JobService by a real client: the same behaviour as REST, rich errors, reflection, health."""

import asyncio
import hashlib
import uuid

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_status import rpc_status
from running_gateway import PATIENTS

from gateway.ids import new_id
from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub
from harmonizer.v1.options_pb2 import OPERATION_CLEAN, OUTPUT_FORMAT_NDJSON, Options
from harmonizer.v1.record_pb2 import SEVERITY_INFORMATION

Code = grpc.StatusCode


@pytest.fixture
async def rpc(gw):
    async with gw.rpc() as channel:
        yield gw, JobServiceStub(channel)


async def answer(call) -> list:
    """Everything that the call brings."""
    return [message async for message in call] if hasattr(call, "__aiter__") else [await call]


async def refused(call) -> tuple[Code, str, str]:
    """Code, ErrorInfo reason and finer reason of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await answer(call)
    info = error_details_pb2.ErrorInfo()
    status = rpc_status.from_call(caught.value)
    assert status.details[0].Unpack(info)
    assert info.domain == "harmonizer"
    return caught.value.code(), info.reason, info.metadata["reason"]


async def upload(stub, data: bytes = PATIENTS, **header) -> pb.Upload:
    chunks = [pb.UploadFileRequest(chunk=data[n : n + 5]) for n in range(0, len(data), 5)]
    requests = [pb.UploadFileRequest(header=pb.UploadHeader(file_name="p.csv", **header)), *chunks]
    return (await stub.UploadFile(iter(requests))).upload


@pytest.mark.both_databases
async def test_the_whole_way(rpc):
    gw, stub = rpc
    sent = await upload(stub, size_bytes=len(PATIENTS), sha256=hashlib.sha256(PATIENTS).hexdigest())
    assert (sent.complete, sent.received_bytes, sent.file_name) == (True, len(PATIENTS), "p.csv")
    assert (await stub.GetUpload(pb.GetUploadRequest(upload_id=sent.id))).upload == sent
    request = pb.CreateJobRequest(
        upload_ids=[sent.id],
        operation=OPERATION_CLEAN,
        output_format=OUTPUT_FORMAT_NDJSON,
        options=Options(entity="patient"),
    )
    job = (await stub.CreateJob(request)).job
    assert (job.status, job.operation, job.options.entity) == (pb.JOB_STATUS_QUEUED, OPERATION_CLEAN, "patient")

    events = [r.event async for r in stub.WatchJob(pb.WatchJobRequest(job_id=job.id))]
    assert [e.id for e in events] == list(range(1, len(events) + 1))
    assert (events[0].type, events[-1].type) == ("created", "completed")
    assert not events[0].HasField("progress")
    assert events[-1].summary.accounting.read == 5
    again = [r.event async for r in stub.WatchJob(pb.WatchJobRequest(job_id=job.id, after_event_id=1))]
    assert again == events[1:]

    job = (await stub.GetJob(pb.GetJobRequest(job_id=job.id))).job
    assert (job.status, job.attempt) == (pb.JOB_STATUS_COMPLETED, 1)
    rest = (await gw.http.get(f"/api/v1/jobs/{job.id}")).json()
    assert [(a.name, a.sha256) for a in job.summary.artifacts] == [(a["name"], a["sha256"]) for a in rest["artifacts"]]
    pieces = [r async for r in stub.ReadArtifact(pb.ReadArtifactRequest(job_id=job.id, name="clean.ndjson"))]
    whole = b"".join(p.data for p in pieces)
    assert hashlib.sha256(whole).hexdigest() == pieces[0].sha256
    part = [r async for r in stub.ReadArtifact(
        pb.ReadArtifactRequest(job_id=job.id, name="clean.ndjson", offset=3, length=4))]  # fmt: skip
    assert (part[0].data, part[0].offset, part[0].size_bytes) == (whole[3:7], 3, len(whole))
    end = [r async for r in stub.ReadArtifact(
        pb.ReadArtifactRequest(job_id=job.id, name="clean.ndjson", offset=len(whole)))]  # fmt: skip
    assert (end[0].data, end[0].size_bytes) == (b"", len(whole))

    issues = await stub.ListIssues(pb.ListIssuesRequest(job_id=job.id, page_size=1, severity=SEVERITY_INFORMATION))
    assert (len(issues.issues), issues.issues[0].source_value, issues.issues[0].record_no) == (1, " Ann", 1)
    rest = await stub.ListIssues(
        pb.ListIssuesRequest(job_id=job.id, severity=SEVERITY_INFORMATION, page_token=issues.next_page_token)
    )
    assert ([i.source_value for i in rest.issues], rest.next_page_token) == (["Cy "], "")

    page = await stub.ListJobs(pb.ListJobsRequest(status=pb.JOB_STATUS_COMPLETED))
    assert [j.id for j in page.jobs] == [job.id]
    await stub.DeleteJob(pb.DeleteJobRequest(job_id=job.id))
    assert await refused(stub.GetJob(pb.GetJobRequest(job_id=job.id))) == (
        Code.NOT_FOUND,
        "JOB_NOT_FOUND",
        "JOB_NOT_FOUND",
    )


@pytest.mark.both_databases
async def test_cancel_and_delete(rpc, fake):
    gw, stub = rpc
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    live = pb.DeleteJobRequest(job_id=job["id"])
    assert await refused(stub.DeleteJob(live)) == (Code.FAILED_PRECONDITION, "CONFLICT", "JOB_LIVE")
    read = pb.ReadArtifactRequest(job_id=job["id"], name="clean.csv")
    assert await refused(stub.ReadArtifact(read)) == (Code.FAILED_PRECONDITION, "JOB_NOT_COMPLETED", "JOB_PROCESSING")
    assert (await refused(stub.ListIssues(pb.ListIssuesRequest(job_id=job["id"]))))[0] == Code.FAILED_PRECONDITION
    assert (await stub.CancelJob(pb.CancelJobRequest(job_id=job["id"]))).job.status in (
        pb.JOB_STATUS_CANCELLING, pb.JOB_STATUS_CANCELLED,
    )  # fmt: skip
    assert (await gw.ended(job["id"]))["status"] == "cancelled"
    await stub.DeleteJob(live)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.CreateJobRequest(), "upload_ids"),
        (pb.CreateJobRequest(upload_ids=["x"], options=Options(as_of="CANARY")), "options.as_of"),
        (pb.CreateJobRequest(upload_ids=["x"], options=Options(entity="CANARY")), "options.entity"),
        (pb.CreateJobRequest(upload_ids=["x"], operation=99), "operation"),
    ],
)
async def test_the_rules_of_the_proto_hold(rpc, request_, field):
    _, stub = rpc
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.CreateJob(request_)
    assert caught.value.code() == Code.INVALID_ARGUMENT
    details = rpc_status.from_call(caught.value).details
    bad = error_details_pb2.BadRequest()
    assert details[1].Unpack(bad)
    assert bad.field_violations[0].field == field
    assert b"CANARY" not in rpc_status.from_call(caught.value).SerializeToString()


async def test_refusals(rpc):
    _, stub = rpc
    sent = await upload(stub)
    job = pb.CreateJobRequest
    assert (await refused(stub.CreateJob(job(upload_ids=[new_id()]))))[:2] == (Code.NOT_FOUND, "UPLOAD_NOT_FOUND")
    several = await refused(stub.CreateJob(job(upload_ids=[sent.id, new_id()])))
    assert several[:2] == (Code.NOT_FOUND, "UPLOAD_NOT_FOUND")
    retry = pb.RetryJobRequest(job_id=new_id())
    assert await refused(stub.RetryJob(retry)) == (Code.NOT_FOUND, "JOB_NOT_FOUND", "JOB_NOT_FOUND")
    assert (await refused(stub.WatchJob(pb.WatchJobRequest(job_id="x"))))[0] == Code.NOT_FOUND
    assert (await refused(stub.ListJobs(pb.ListJobsRequest(page_token="x"))))[0] == Code.INVALID_ARGUMENT
    assert (await refused(stub.GetUpload(pb.GetUploadRequest(upload_id="x"))))[0] == Code.NOT_FOUND
    first = (await stub.CreateJob(job(upload_ids=[sent.id], idempotency_key="k"))).job
    assert (await stub.CreateJob(job(upload_ids=[sent.id], idempotency_key="k"))).job.id == first.id
    reused = job(upload_ids=[sent.id], idempotency_key="k", operation=OPERATION_CLEAN)
    assert (await refused(stub.CreateJob(reused)))[:2] == (Code.ALREADY_EXISTS, "IDEMPOTENCY_KEY_REUSED")


async def test_uploads_that_are_refused(rpc):
    gw, stub = rpc
    header, chunk = pb.UploadFileRequest(header=pb.UploadHeader(file_name="a")), pb.UploadFileRequest(chunk=b"x")
    resume = pb.UploadFileRequest(header=pb.UploadHeader(upload_id=new_id(), offset=4))
    for requests, code in (
        ([chunk], Code.INVALID_ARGUMENT),
        ([], Code.INVALID_ARGUMENT),
        ([header, chunk, header], Code.INVALID_ARGUMENT),
        ([header, pb.UploadFileRequest()], Code.INVALID_ARGUMENT),
        ([resume], Code.NOT_FOUND),
    ):
        assert (await refused(stub.UploadFile(iter(requests))))[0] == code
    assert await gw.gateway.blobs.keys() == []


@pytest.mark.both_databases
async def test_a_full_queue_and_a_too_large_file(running, fake):
    fake.hold = asyncio.Event()
    async with running(workers=1, queue_limit=1, max_upload_bytes=100) as gw, gw.rpc() as channel:
        stub = JobServiceStub(channel)
        sent = await upload(stub)
        first = (await stub.CreateJob(pb.CreateJobRequest(upload_ids=[sent.id]))).job
        await gw.state(first.id, "processing")
        await stub.CreateJob(pb.CreateJobRequest(upload_ids=[sent.id]))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.CreateJob(pb.CreateJobRequest(upload_ids=[sent.id]))
        assert caught.value.code() == Code.RESOURCE_EXHAUSTED
        wait = error_details_pb2.RetryInfo()
        assert rpc_status.from_call(caught.value).details[1].Unpack(wait)
        assert wait.retry_delay.seconds > 0
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await upload(stub, b"x" * 101)
        assert caught.value.code() == Code.RESOURCE_EXHAUSTED
        fake.hold.set()


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection(gw, version):
    def ask(request: reflection_pb2.ServerReflectionRequest):
        return channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )(iter([request]))

    async with gw.rpc() as channel:
        (answer,) = [a async for a in ask(reflection_pb2.ServerReflectionRequest(list_services=""))]
        names = {s.name for s in answer.list_services_response.service}
        assert {
            "harmonizer.v1.JobService",
            "grpc.health.v1.Health",
            f"grpc.reflection.{version}.ServerReflection",
        } <= names
        symbol = reflection_pb2.ServerReflectionRequest(file_containing_symbol="harmonizer.v1.JobService")
        (answer,) = [a async for a in ask(symbol)]
        assert b"CreateJob" in answer.file_descriptor_response.file_descriptor_proto[0]


async def test_health(gw):
    async with gw.rpc() as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "harmonizer.v1.JobService"):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        await gw.gateway.drain()
        answer = await health.Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING


async def test_a_caller_who_goes_away_does_not_lose_the_job(rpc):
    gw, stub = rpc
    sent = await upload(stub)
    for _ in range(5):
        call = stub.CreateJob(pb.CreateJobRequest(upload_ids=[sent.id], idempotency_key=uuid.uuid4().hex))
        await asyncio.sleep(0.003)
        call.cancel()
    await asyncio.sleep(0.3)
    for job in (await gw.http.get("/api/v1/jobs")).json()["jobs"]:
        assert (await gw.ended(job["id"]))["status"] == "completed"
