"""What breaks: a harmonizer that is away or dies, a gateway that dies, callers who leave, too much at once."""

from __future__ import annotations

import hashlib
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import grpc
import pytest
from support.files import OPTIONS, SIX, SMALL, many_labs
from support.processes import HOST, Gateway, until
from support.rest import Rest, blobs, problem
from support.world import World, build_world

from harmonizer.v1 import job_service_pb2 as pb
from harmonizer.v1.job_service_pb2_grpc import JobServiceStub

# Long enough to be met half-way, for one worker; patience for some seconds.
SLOW = {"HARMONIZERD_WORKERS": "1", "HARMONIZERD_SEGMENT_BYTES": "65536"}
SETTINGS = {
    "HARMONIZER_PATIENCE_SECONDS": "6",
    "HARMONIZER_BACKOFF_SECONDS": "0.1",
    "HARMONIZER_WORKERS": "1",
    "HARMONIZER_QUEUE_LIMIT": "2",
    "HARMONIZER_DRAIN_SECONDS": "1",
    "HARMONIZER_MAX_UPLOAD_BYTES": "16000000",
}


@pytest.fixture(scope="module")
def large() -> bytes:
    return many_labs(120_000)


@pytest.fixture(scope="module")
def clean_sha256(rest: Rest, large: bytes) -> str:
    """Of the clean file that an undisturbed harmonizer makes of the large one."""
    answer = rest.post("/api/v1/harmonize", content=large, params={"options": OPTIONS})
    return hashlib.sha256(answer.content).hexdigest()


@pytest.fixture(scope="module")
def breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with ExitStack() as stack:
        yield build_world(stack, tmp_path_factory.mktemp("breakable"), SLOW, SETTINGS)


@pytest.fixture
def shaky(breakable: World) -> Iterator[World]:
    """Services that a test may break: both run again and hold nothing when the next one comes."""
    yield breakable
    for service in (breakable.harmonizer, breakable.gateway):
        if service.process is None:
            service.start()
        service.signal(signal.SIGCONT)
    # A gateway whose harmonizer was away looks for it again after at most two seconds.
    until(lambda: breakable.rest.get("/api/v1/health").json()["status"] == "ok", 10, "both are well again")
    for job in breakable.rest.get("/api/v1/jobs", params={"page_size": 1000}).json()["jobs"]:
        breakable.rest.post(f"/api/v1/jobs/{job['id']}:cancel")
        breakable.rest.ended(job["id"])
        assert breakable.rest.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
        breakable.rest.delete(f"/api/v1/uploads/{job['upload_id']}")
    assert blobs(breakable.gateway.data_dir) == []


def begun(rest: Rest, job_id: str) -> None:
    """Waits until the harmonizer has read some of the job's file."""
    until(lambda: (rest.job(job_id)["progress"] or {}).get("records_read"), 30, "the job has begun")
    assert rest.job(job_id)["status"] == "processing"


def sha256_of(job: dict) -> str:
    return next(a["sha256"] for a in job["artifacts"] if a["name"] == "clean.csv")


def types(rest: Rest, job_id: str) -> list[str]:
    return [event["type"] for event in rest.events(job_id) if event["type"] != "progress"]


def test_without_a_harmonizer(shaky: World) -> None:
    """What needs one at once says so; a job waits for it."""
    shaky.harmonizer.kill()
    rest = shaky.rest
    checks = rest.get("/api/v1/health").json()
    assert (checks["status"], checks["checks"]["harmonizer"]) == ("degraded", "unavailable")
    assert rest.get("/readyz").status_code == 200
    for answer in (
        rest.get("/api/v1/entities"),
        rest.get("/api/v1/rules"),
        rest.post("/api/v1/inspect", content=SMALL),
        rest.post("/api/v1/harmonize", content=SMALL),
    ):
        problem(answer, 503, "SERVICE_UNAVAILABLE")
    waiting = rest.submit(SMALL)
    until(lambda: rest.job(waiting["id"])["attempt"] >= 1, 20, "a first attempt")
    time.sleep(3)
    assert rest.job(waiting["id"])["attempt"] == 1, "waiting for a harmonizer is no attempt"
    shaky.harmonizer.start()
    job = rest.ended(waiting["id"])
    assert (job["status"], job["summary"]["accounting"]["read"]) == ("completed", 3)
    assert types(rest, job["id"]) == ["created", *["started"] * job["attempt"], "completed"]


def test_a_harmonizer_that_does_not_come_back_fails_the_job(shaky: World, large: bytes) -> None:
    job = shaky.rest.submit(large)
    begun(shaky.rest, job["id"])
    shaky.harmonizer.kill()
    job = shaky.rest.ended(job["id"], 30)
    assert job["status"] == "failed"
    assert job["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert job["error"]["message"]
    problem(shaky.rest.get(f"/api/v1/jobs/{job['id']}/result"), 409, "JOB_NOT_COMPLETED", "JOB_FAILED")
    assert len(blobs(shaky.gateway.data_dir)) == 1, "only the upload is left"


def test_a_harmonizer_killed_in_the_middle_and_started_again(shaky: World, large: bytes, clean_sha256: str) -> None:
    job = shaky.rest.submit(large, options=OPTIONS)
    begun(shaky.rest, job["id"])
    shaky.harmonizer.kill()
    shaky.harmonizer.start()
    job = shaky.rest.ended(job["id"])
    assert (job["status"], sha256_of(job)) == ("completed", clean_sha256)
    assert job["attempt"] >= 2
    assert types(shaky.rest, job["id"]) == ["created", *["started"] * job["attempt"], "completed"]
    assert len(blobs(shaky.gateway.data_dir)) == 1 + len(SIX)


def test_a_harmonizer_asked_to_stop_finishes_what_it_has(shaky: World, large: bytes, clean_sha256: str) -> None:
    job = shaky.rest.submit(large, options=OPTIONS)
    begun(shaky.rest, job["id"])
    assert shaky.harmonizer.stop() == 0
    job = shaky.rest.ended(job["id"])
    assert (job["status"], job["attempt"], sha256_of(job)) == ("completed", 1, clean_sha256)
    # The next one finds nobody.
    assert shaky.rest.ended(shaky.rest.submit(SMALL)["id"])["error"]["code"] == "SERVICE_UNAVAILABLE"


def test_a_gateway_killed_in_the_middle_and_started_again(shaky: World, large: bytes, clean_sha256: str) -> None:
    """Nothing accepted is lost, nothing is published twice, what was half uploaded is gone."""
    rest = shaky.rest
    job, waiting = rest.submit(large, options=OPTIONS), rest.submit(SMALL)
    begun(rest, job["id"])
    shaky.harmonizer.signal(signal.SIGSTOP)  # So that the job cannot end before the gateway does.
    assert rest.job(waiting["id"])["status"] == "queued"
    with closing(half_sent(shaky.gateway, "/api/v1/uploads", large)):
        until(lambda: len(blobs(shaky.gateway.data_dir)) >= 3, 10, "some of the upload is stored")
        shaky.gateway.kill()
    shaky.harmonizer.signal(signal.SIGCONT)
    shaky.gateway.start()
    ended = [rest.ended(one["id"]) for one in (job, waiting)]
    assert [one["status"] for one in ended] == ["completed", "completed"]
    assert sha256_of(ended[0]) == clean_sha256
    assert types(rest, job["id"]) == ["created", "started", "started", "completed"]
    assert types(rest, waiting["id"]) == ["created", "started", "completed"]
    events = rest.events(job["id"])
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    left = blobs(shaky.gateway.data_dir)
    assert len(left) == 2 * (1 + len(SIX)), "two uploads and their artifacts, nothing of the first attempt"
    assert len(rest.get("/api/v1/jobs").json()["jobs"]) == 2


def test_a_gateway_asked_to_stop_gives_its_job_back(shaky: World, large: bytes, clean_sha256: str) -> None:
    job = shaky.rest.submit(large, options=OPTIONS)
    begun(shaky.rest, job["id"])
    shaky.harmonizer.signal(signal.SIGSTOP)
    assert shaky.gateway.stop() == 0
    shaky.harmonizer.signal(signal.SIGCONT)
    shaky.gateway.start()
    job = shaky.rest.ended(job["id"])
    assert (job["status"], job["attempt"], sha256_of(job)) == ("completed", 2, clean_sha256)


def half_sent(gateway: Gateway, path: str, data: bytes, kind: str = "text/csv") -> socket.socket:
    """A connection over which half of a body was sent."""
    connection = socket.create_connection((HOST, gateway.port), timeout=10)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
    connection.sendall(head.encode() + data[: len(data) // 2])
    return connection


FORM = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n%b\r\n--b--\r\n'


@pytest.mark.parametrize("path", ["/api/v1/uploads", "/api/v1/jobs", "/api/v1/harmonize", "/api/v1/inspect"])
def test_a_caller_who_leaves_leaves_nothing(shaky: World, large: bytes, path: str) -> None:
    before = blobs(shaky.gateway.data_dir)
    form = path == "/api/v1/jobs"
    data, kind = (FORM % large, "multipart/form-data; boundary=b") if form else (large, "text/csv")
    with closing(half_sent(shaky.gateway, path, data, kind)):
        if path in {"/api/v1/uploads", "/api/v1/jobs"}:
            until(lambda: blobs(shaky.gateway.data_dir) != before, 10, "some of it is stored")
        elif path == "/api/v1/harmonize":
            until(lambda: shaky.harmonizer.metrics()["harmonizer_streams_open"] == 1, 10, "a stream is open")
        assert shaky.rest.get("/api/v1/jobs").json()["jobs"] == []
    until(lambda: blobs(shaky.gateway.data_dir) == before, 10, "what was half sent is gone")
    until(lambda: shaky.harmonizer.metrics()["harmonizer_streams_open"] == 0, 10, "the stream is closed")
    assert shaky.rest.get("/api/v1/jobs").json()["jobs"] == []
    gone = f'"route":"{path}"'
    until(lambda: [s for s in shaky.gateway.log().splitlines() if gone in s and "went away" in s], 10, "it is noticed")
    assert "Traceback" not in shaky.gateway.log()


@pytest.mark.parametrize("way", ["cancel", "delete", "rpc", "stuck"])
def test_a_cancelled_job_ends_at_once(shaky: World, large: bytes, way: str) -> None:
    """Also when the harmonizer has stopped answering; it lets go of everything as soon as it can."""
    job = shaky.rest.submit(large)
    begun(shaky.rest, job["id"])
    if way == "stuck":
        shaky.harmonizer.signal(signal.SIGSTOP)
    asked = time.monotonic()
    match way:
        case "delete":
            assert shaky.rest.delete(f"/api/v1/jobs/{job['id']}").status_code == 202
        case "rpc":
            with grpc.insecure_channel(shaky.gateway.target) as channel:
                JobServiceStub(channel).CancelJob(pb.CancelJobRequest(job_id=job["id"]))
        case _:
            assert shaky.rest.post(f"/api/v1/jobs/{job['id']}:cancel").json()["status"] in {"cancelling", "cancelled"}
    job = shaky.rest.ended(job["id"], 5)
    assert time.monotonic() - asked < 5
    shaky.harmonizer.signal(signal.SIGCONT)
    assert job["status"] == "cancelled"
    assert types(shaky.rest, job["id"]) == ["created", "started", "cancelling", "cancelled"]
    until(lambda: shaky.harmonizer.metrics()["harmonizer_streams_open"] == 0, 3, "the harmonizer let go")
    problem(shaky.rest.get(f"/api/v1/jobs/{job['id']}/result"), 409, "JOB_NOT_COMPLETED", "JOB_CANCELLED")
    assert shaky.rest.post(f"/api/v1/jobs/{job['id']}:cancel").json()["status"] == "cancelled"
    assert shaky.rest.delete(f"/api/v1/jobs/{job['id']}").status_code == 204
    assert blobs(shaky.gateway.data_dir) == []


def test_a_full_queue_says_when_to_come_back(shaky: World, large: bytes) -> None:
    rest = shaky.rest
    running = rest.submit(large)
    begun(rest, running["id"])
    shaky.harmonizer.signal(signal.SIGSTOP)
    queued = [rest.submit(SMALL) for _ in range(2)]
    stored = blobs(shaky.gateway.data_dir)
    refused = rest.post("/api/v1/jobs", files={"file": ("a.csv", SMALL)})
    problem(refused, 429, "RATE_LIMIT_EXCEEDED", "QUEUE_FULL")
    assert int(refused.headers["retry-after"]) >= 1
    upload = rest.post("/api/v1/uploads", content=SMALL).json()
    problem(rest.post("/api/v1/jobs", json={"upload_id": upload["id"]}), 429, "RATE_LIMIT_EXCEEDED")
    with grpc.insecure_channel(shaky.gateway.target) as channel, pytest.raises(grpc.RpcError) as caught:
        JobServiceStub(channel).CreateJob(pb.CreateJobRequest(upload_ids=[upload["id"]]))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert len(blobs(shaky.gateway.data_dir)) == len(stored) + 1
    assert len(rest.get("/api/v1/jobs").json()["jobs"]) == 3
    assert rest.post(f"/api/v1/jobs/{queued[0]['id']}:cancel").json()["status"] == "cancelled"
    assert rest.post("/api/v1/jobs", json={"upload_id": upload["id"]}).status_code == 201, (
        "a cancelled job waits no more"
    )
    shaky.harmonizer.signal(signal.SIGCONT)
    assert rest.ended(running["id"])["status"] == "completed"
    assert rest.ended(queued[1]["id"])["status"] == "completed"
    assert rest.done(SMALL)


def test_a_file_that_is_too_large_is_refused_before_and_while_it_is_read(shaky: World) -> None:
    rest, half = shaky.rest, b"a,b\n" + b"1,2\n" * 2_000_000
    large = half + half
    for method, path in (("POST", "uploads"), ("POST", "harmonize"), ("POST", "inspect")):
        for body in (large, iter([half, half])):
            problem(rest.request(method, f"/api/v1/{path}", content=body), 413, "FILE_TOO_LARGE", "MAX_UPLOAD_BYTES")
    for path in ("jobs", "uploads", "inspect"):
        problem(rest.post(f"/api/v1/{path}", files={"file": ("a.csv", large)}), 413, "FILE_TOO_LARGE")
    problem(rest.post("/api/v1/uploads", json={"size_bytes": len(large)}), 413, "FILE_TOO_LARGE")
    assert rest.get("/api/v1/jobs").json()["jobs"] == []
    assert blobs(shaky.gateway.data_dir) == []
