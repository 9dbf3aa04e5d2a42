"""Attempts: refusals, an absent harmonizer, lies, restarts, fencing, draining."""

import asyncio

import fake_harmonizer
import grpc
import pytest
from fake_harmonizer import Refusal
from running_gateway import PATIENTS, until

from gateway.jobs import repository
from gateway.jobs.states import STOP
from harmonizer.v1.harmonizer_service_pb2 import HarmonizeSummary
from harmonizer.v1.record_pb2 import Progress

Code = grpc.StatusCode


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Refusal(Code.INVALID_ARGUMENT, "UNCLOSED_QUOTE"), "UNSUPPORTED_FORMAT"),
        (Refusal(Code.INVALID_ARGUMENT, "NOT_TEXT"), "UNSUPPORTED_FORMAT"),
        (Refusal(Code.INVALID_ARGUMENT, "UNKNOWN_OPTION"), "VALIDATION_ERROR"),
        (Refusal(Code.RESOURCE_EXHAUSTED, "BOUND_EXCEEDED"), "FILE_TOO_LARGE"),
        (Refusal(Code.UNIMPLEMENTED, "MATCH"), "NOT_IMPLEMENTED"),
        (Refusal(Code.INTERNAL, "PANIC", "CANARY"), "INTERNAL_ERROR"),
        (Refusal(Code.UNKNOWN, "", "CANARY"), "INTERNAL_ERROR"),
    ],
)
async def test_a_refusal_fails_the_job_with_its_reason(gw, fake, refusal, code):
    fake.refusals.append(refusal)
    job = await gw.ended((await gw.submit())["id"])
    assert (job["status"], job["error"]["code"], job["attempt"]) == ("failed", code, 1)
    assert job["error"]["reason"] == (refusal.reason or "INTERNAL_ERROR")
    if code == "INTERNAL_ERROR":
        assert "CANARY" not in job["error"]["message"]
    else:
        assert job["error"]["message"] == refusal.message
    events = (await gw.http.get(f"/api/v1/jobs/{job['id']}/logs")).json()["lines"]
    assert (events[-1]["level"], code in events[-1]["message"]) == ("error", True)
    answer = await gw.http.get(f"/api/v1/jobs/{job['id']}/result")
    assert (answer.status_code, answer.json()["reason"]) == (409, "JOB_FAILED")


async def test_an_empty_file_is_refused_by_the_harmonizer(gw):
    job = await gw.ended((await gw.submit(b""))["id"])
    assert (job["error"]["code"], job["error"]["reason"]) == ("UNSUPPORTED_FORMAT", "EMPTY_FILE")


@pytest.mark.both_databases
async def test_an_unavailable_harmonizer_is_asked_again(gw, fake):
    fake.refusals += [Refusal(Code.UNAVAILABLE, "DRAINING")] * 2
    job = await gw.ended((await gw.submit())["id"])
    assert (job["status"], job["attempt"]) == ("completed", 3)
    assert len([k for k in await gw.gateway.blobs.keys() if k.startswith("a-")]) == 6


@pytest.mark.both_databases
async def test_a_harmonizer_that_breaks_off_is_asked_again(gw, fake):
    fake.break_after_output = Refusal(Code.UNAVAILABLE, "")
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    await until(lambda: len(fake.specs) >= 2)
    fake.break_after_output = None
    assert (await gw.ended(job["id"]))["status"] == "completed"
    assert (await gw.http.get(f"/api/v1/jobs/{job['id']}/result")).status_code == 200


async def test_a_harmonizer_that_is_not_there(running):
    async with running(engine_address="127.0.0.1:1") as gw:
        job = await gw.ended((await gw.submit())["id"])
        assert (job["status"], job["attempt"]) == ("failed", 2), "waiting for a harmonizer is no attempt"
        assert job["error"]["code"] == "SERVICE_UNAVAILABLE"
        assert "127.0.0.1" not in job["error"]["message"]
        assert (await gw.http.get("/api/v1/health")).json()["status"] == "degraded"
        asked = [gw.http.get(f"/api/v1/{path}") for path in ("entities", "rules", "entities/patient")]
        asked += [gw.http.post(f"/api/v1/{path}", content=PATIENTS) for path in ("inspect", "harmonize")]
        for answer in await asyncio.gather(*asked):
            assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_a_harmonizer_that_comes_late(running, fake):
    probe = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = probe.sockets[0].getsockname()[1]
    probe.close()
    async with running(engine_address=f"127.0.0.1:{port}", patience_seconds=20) as gw:
        job = await gw.submit()
        await asyncio.sleep(0.2)
        server, _ = await fake_harmonizer.serve(fake, port)
        assert (await gw.ended(job["id"]))["status"] == "completed"
        await server.stop(None)


@pytest.mark.both_databases
async def test_cancel_ends_the_waiting_for_a_harmonizer(running):
    async with running(engine_address="127.0.0.1:1", patience_seconds=60, backoff_seconds=60) as gw:
        job = await gw.submit()
        await gw.state(job["id"], "processing")
        await asyncio.sleep(0.1)
        await gw.http.delete(f"/api/v1/jobs/{job['id']}")
        assert (await gw.ended(job["id"], seconds=2))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("lie", "reason"),
    [("digest", "ARTIFACT_MISMATCH"), ("gap", "ARTIFACT_GAP"), ("input", "INPUT_MISMATCH"),
     ("accounting", "ACCOUNTING"), ("summary", "NO_SUMMARY")],
)  # fmt: skip
async def test_what_does_not_add_up_is_not_published(gw, fake, lie, reason):
    fake.lie = lie
    job = await gw.ended((await gw.submit())["id"])
    assert (job["status"], job["error"]["code"], job["error"]["reason"]) == ("failed", "INTERNAL_ERROR", reason)
    assert [k for k in await gw.gateway.blobs.keys() if k.startswith("a-")] == []


@pytest.mark.both_databases
async def test_live_jobs_run_again_after_a_restart(running, fake):
    fake.hold = asyncio.Event()
    async with running(workers=1, drain_seconds=0.0) as gw:
        first, second = await gw.submit(), await gw.submit(PATIENTS + b"7,G\n")
        await gw.state(first["id"], "processing")
    fake.hold.set()
    async with running() as gw:
        one, two = await gw.ended(first["id"]), await gw.ended(second["id"])
        assert (one["status"], one["attempt"]) == ("completed", 2)
        assert (two["status"], two["attempt"]) == ("completed", 1)
        events = await gw.gateway.jobs.events(first["id"], 0)
        assert [e.id for e in events] == list(range(1, len(events) + 1))
        assert len(await gw.gateway.blobs.keys()) == 14


async def test_a_restart_ends_what_was_being_stopped_and_what_never_ends(running, fake):
    fake.hold = asyncio.Event()
    async with running(drain_seconds=0.0) as gw:
        stopped, endless = await gw.submit(), await gw.submit()
        for job in (stopped, endless):
            await gw.state(job["id"], "processing")
        await gw.gateway.db.write(repository.move, stopped["id"], STOP)
        gw.gateway.consumer._dispatcher.running.clear()  # As a crash: nobody is asked to hand anything back.
    async with running(max_attempts=1) as gw:
        assert (await gw.ended(stopped["id"]))["status"] == "cancelled"
        job = await gw.ended(endless["id"])
        assert (job["status"], job["error"]["reason"]) == ("failed", "ATTEMPTS_EXHAUSTED")


@pytest.mark.both_databases
async def test_a_process_that_stops_hands_its_jobs_back(running, fake):
    fake.hold = asyncio.Event()
    async with running(drain_seconds=0.0, max_attempts=1) as gw:
        job = await gw.submit()
        await gw.state(job["id"], "processing")
    fake.hold.set()
    async with running(max_attempts=1) as gw:
        job = await gw.ended(job["id"])
        assert (job["status"], job["attempt"]) == ("completed", 2), "an attempt that was handed back is forgiven"
        types = [event.type for event in await gw.gateway.jobs.events(job["id"], 0) if event.type != "progress"]
        assert types == ["created", "started", "requeued", "started", "completed"]


@pytest.mark.both_databases
async def test_a_zombie_is_refused(gw, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    jobs, job_id = gw.gateway.attempts, job["id"]
    newer, _ = await jobs.begin(job_id)
    assert newer.attempt == 2
    assert not await jobs.progress(job_id, 1, Progress(percent=99))
    assert not await jobs.complete(job_id, 1, Progress(), HarmonizeSummary(), [])
    fake.hold.set()
    await until(lambda: not fake.live)
    await asyncio.sleep(0.2)
    job = (await gw.http.get(f"/api/v1/jobs/{job_id}")).json()
    assert (job["status"], job["attempt"], job["artifacts"]) == ("processing", 2, [])
    assert [k for k in await gw.gateway.blobs.keys() if k.startswith("a-")] == []
    assert await jobs.complete(job_id, 2, Progress(percent=100), HarmonizeSummary(), [])


async def test_blobs_without_a_row_are_swept_at_start(running):
    async with running() as gw:
        job = await gw.done()
        known = set(await gw.gateway.blobs.keys())
        (gw.settings.data_dir / "blobs" / "a-orphan-1-0").write_bytes(b"x")
    async with running() as gw:
        assert set(await gw.gateway.blobs.keys()) == known
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}/result")).status_code == 200


@pytest.mark.both_databases
async def test_a_draining_gateway_says_so_and_lets_jobs_end(running, fake):
    fake.hold = asyncio.Event()
    async with running(drain_seconds=5.0) as gw:
        job = await gw.submit()
        await gw.state(job["id"], "processing")
        await gw.gateway.drain()
        ready = await gw.http.get("/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "DRAINING")
        gw.gateway.end_watches()
        answer = await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)})
        assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        asyncio.get_running_loop().call_later(0.3, fake.hold.set)
    async with running() as gw:
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json()["status"] == "completed"


@pytest.mark.both_databases
async def test_jobs_run_side_by_side(running):
    async with running(workers=4) as gw:
        jobs = await asyncio.gather(*(gw.submit(PATIENTS + f"{n},x\n".encode()) for n in range(30)))
        ended = await asyncio.gather(*(gw.ended(job["id"], 30) for job in jobs))
        assert {job["status"] for job in ended} == {"completed"}
        assert {job["attempt"] for job in ended} == {1}


async def test_a_lost_upload_fails_the_job(running, fake):
    fake.hold = asyncio.Event()
    async with running(workers=1) as gw:
        first, second = await gw.submit(), await gw.submit()
        await gw.state(first["id"], "processing")
        _, parts = await gw.gateway.uploads.whole(second["upload_id"])
        await gw.gateway.blobs.delete([part.blob_key for part in parts])
        fake.hold.set()
        job = await gw.ended(second["id"])
        assert (job["status"], job["error"]["reason"]) == ("failed", "UPLOAD_UNREADABLE")
