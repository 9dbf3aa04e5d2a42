"""JobService does what REST does, and both tell the same of the same job."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from support.files import AS_OF, SIX, SMALL, issues, many_labs, sample
from support.rest import Rest

from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub
from harmonizer.v1.options_pb2 import OPERATION_HARMONIZE, OUTPUT_FORMAT_CSV, Options
from harmonizer.v1.record_pb2 import SEVERITY_ERROR

PATIENTS = "patients.csv"
NO_JOB = "01a1fe72-086e-7369-bc08-50c5bab56f70"
Code = grpc.StatusCode


@pytest.fixture(scope="module")
def stub(world) -> Iterator[JobServiceStub]:
    with grpc.insecure_channel(world.gateway.target) as channel:
        yield JobServiceStub(channel)


def upload(stub: JobServiceStub, data: bytes, name: str, size: int = 10_000, **header: object) -> pb.Upload:
    pieces = (pb.UploadFileRequest(chunk=data[n : n + size]) for n in range(0, len(data), size))
    requests = [pb.UploadFileRequest(header=pb.UploadHeader(file_name=name, **header)), *pieces]
    return stub.UploadFile(iter(requests), timeout=30).upload


def create(stub: JobServiceStub, upload_id: str, **fields: object) -> pb.Job:
    return stub.CreateJob(pb.CreateJobRequest(upload_ids=[upload_id], **fields), timeout=30).job


def watch(stub: JobServiceStub, job_id: str, after: int = 0) -> list[pb.JobEvent]:
    request = pb.WatchJobRequest(job_id=job_id, after_event_id=after)
    return [answer.event for answer in stub.WatchJob(request, timeout=60)]


def read(stub: JobServiceStub, **request: object) -> tuple[bytes, str]:
    parts = list(stub.ReadArtifact(pb.ReadArtifactRequest(**request), timeout=60))
    assert [p.offset for p in parts] == [
        request.get("offset", 0) + sum(len(q.data) for q in parts[:n]) for n in range(len(parts))
    ]
    return b"".join(p.data for p in parts), parts[0].sha256


@pytest.fixture(scope="module")
def job(stub: JobServiceStub) -> pb.Job:
    """A completed job over the patients, made and watched by gRPC alone."""
    data = sample(PATIENTS)
    sent = upload(stub, data, PATIENTS, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    made = create(stub, sent.id, options=Options(as_of=AS_OF))
    assert watch(stub, made.id)[-1].status == pb.JOB_STATUS_COMPLETED
    return stub.GetJob(pb.GetJobRequest(job_id=made.id)).job


def test_both_tell_the_same_of_a_job(stub: JobServiceStub, job: pb.Job, rest: Rest) -> None:
    other = rest.job(job.id)
    assert (job.file_name, job.input_sha256, job.upload_id) == (PATIENTS, other["input_sha256"], other["upload_id"])
    assert (job.operation, job.output_format) == (OPERATION_HARMONIZE, OUTPUT_FORMAT_CSV)
    told = MessageToDict(job.summary.accounting, preserving_proto_field_name=True)
    assert {k: int(v) for k, v in told.items()} == {k: v for k, v in other["summary"]["accounting"].items() if v}
    assert {a.name: a.sha256 for a in job.summary.artifacts} == {a["name"]: a["sha256"] for a in other["artifacts"]}
    # A clock of milliseconds on both sides.
    assert job.create_time.ToMilliseconds() == ms(other["create_time"])
    events, others = watch(stub, job.id), rest.events(job.id)
    assert [(e.id, e.type, e.time.ToMilliseconds()) for e in events] == [
        (e["id"], e["type"], ms(e["time"])) for e in others
    ]
    assert watch(stub, job.id, after=2) == events[2:]


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_both_give_the_same_bytes(stub: JobServiceStub, job: pb.Job, rest: Rest) -> None:
    by_rest = rest.done(sample(PATIENTS), PATIENTS, options=f'{{"as_of": "{AS_OF}"}}')
    for name in SIX:
        content, sha256 = read(stub, job_id=job.id, name=name)
        assert content == rest.artifact(job.id, name) == rest.artifact(by_rest["id"], name)
        assert sha256 == hashlib.sha256(content).hexdigest()
    content = rest.artifact(job.id, "clean.csv")
    assert read(stub, job_id=job.id, name="clean.csv", offset=100, length=50)[0] == content[100:150]
    assert read(stub, job_id=job.id, name="clean.csv", offset=len(content))[0] == b""


def test_both_list_the_same_issues(stub: JobServiceStub, job: pb.Job, rest: Rest) -> None:
    written = [i for i in issues(rest.artifact(job.id, "issues.ndjson")) if i["severity"] == "error"]
    listed, token = [], ""
    while True:
        request = pb.ListIssuesRequest(job_id=job.id, severity=SEVERITY_ERROR, page_size=7, page_token=token)
        answer = stub.ListIssues(request)
        listed += answer.issues
        if not (token := answer.next_page_token):
            break
    assert [(i.rule_id, i.record_no, i.source_column, i.message, i.count) for i in listed] == [
        (i["rule_id"], i["record_no"] or 0, i["source_column"] or "", i["message"], i["count"]) for i in written
    ]
    assert [i.source_value for i in listed if i.HasField("source_value")] == [
        i["source_value"] for i in written if i["source_value"] is not None
    ]


def test_both_list_the_same_jobs(stub: JobServiceStub, job: pb.Job, rest: Rest) -> None:
    answer = stub.ListJobs(pb.ListJobsRequest(page_size=5, status=pb.JOB_STATUS_COMPLETED))
    page = rest.get("/api/v1/jobs", params={"page_size": 5, "status": "completed"}).json()
    assert [found.id for found in answer.jobs] == [found["id"] for found in page["jobs"]]
    more = stub.ListJobs(pb.ListJobsRequest(page_size=5, ascending=True, created_after=job.create_time))
    assert job.id not in [found.id for found in more.jobs[1:]]


def test_a_job_is_cancelled_and_deleted(stub: JobServiceStub, rest: Rest) -> None:
    sent = upload(stub, many_labs(150_000), "large.csv", size=1 << 20)
    made = create(stub, sent.id)
    cancelled = stub.CancelJob(pb.CancelJobRequest(job_id=made.id)).job
    assert cancelled.status in {pb.JOB_STATUS_CANCELLING, pb.JOB_STATUS_CANCELLED}
    assert watch(stub, made.id)[-1].status == pb.JOB_STATUS_CANCELLED
    assert rest.job(made.id)["status"] == "cancelled"
    stub.DeleteJob(pb.DeleteJobRequest(job_id=made.id))
    assert rest.get(f"/api/v1/jobs/{made.id}").status_code == 404
    assert rest.delete(f"/api/v1/uploads/{sent.id}").status_code == 204


INVALID, GONE = (Code.INVALID_ARGUMENT, "VALIDATION_ERROR"), (Code.NOT_FOUND, "JOB_NOT_FOUND")
REFUSED = {
    "no such job": (lambda s: s.GetJob(pb.GetJobRequest(job_id=NO_JOB)), *GONE),
    "no id": (lambda s: s.GetJob(pb.GetJobRequest()), *INVALID),
    "watch nothing": (lambda s: list(s.WatchJob(pb.WatchJobRequest(job_id=NO_JOB))), *GONE),
    "cancel nothing": (lambda s: s.CancelJob(pb.CancelJobRequest(job_id=NO_JOB)), *GONE),
    "delete nothing": (lambda s: s.DeleteJob(pb.DeleteJobRequest(job_id=NO_JOB)), *GONE),
    "no such upload": (lambda s: create(s, NO_JOB), Code.NOT_FOUND, "UPLOAD_NOT_FOUND"),
    "no such entity": (lambda s: create(s, NO_JOB, options=Options(entity="x")), *INVALID),
    "page too large": (lambda s: s.ListJobs(pb.ListJobsRequest(page_size=1001)), *INVALID),
    "no header": (lambda s: s.UploadFile(iter([pb.UploadFileRequest(chunk=b"a")])), *INVALID),
    "other size": (lambda s: upload(s, SMALL, "a", size_bytes=5), *INVALID),
    "other bytes": (lambda s: upload(s, SMALL, "a", sha256="0" * 64), *INVALID),
    "retry": (lambda s: s.RetryJob(pb.RetryJobRequest(job_id=NO_JOB)), *GONE),
    "resume": (lambda s: upload(s, SMALL, "a", upload_id=NO_JOB, offset=4), Code.NOT_FOUND, "UPLOAD_NOT_FOUND"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_refusal_carries_a_stable_reason(stub: JobServiceStub, case: tuple) -> None:
    call, code, reason = case
    with pytest.raises(grpc.RpcError) as caught:
        call(stub)
    status, info = rpc_status.from_call(caught.value), error_details_pb2.ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    assert (caught.value.code(), info.reason, info.domain) == (code, reason, "harmonizer")


def test_an_artifact_of_a_job_that_has_none(stub: JobServiceStub, job: pb.Job) -> None:
    for request, code in (
        ({"job_id": job.id, "name": "clean.parquet"}, Code.NOT_FOUND),
        ({"job_id": job.id, "name": "clean.csv", "offset": 10**9}, Code.OUT_OF_RANGE),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            read(stub, **request)
        assert caught.value.code() is code
