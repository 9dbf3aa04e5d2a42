"""Faults: no harmonizer, no blob store, a clock that jumps, a cancel at the very end. As in test_faults.py."""

import asyncio
import contextlib
import random
import time
from contextlib import closing
from datetime import UTC, datetime

import fake_harmonizer
import pytest
from polling import held, polled, refused
from running_gateway import PATIENTS, Running
from s3_server import S3Server
from stalling_relay import Relay

from gateway import ids
from gateway.jobs.schemas import JobOut

DAY = 86400.0
LARGE = b"patient_id,name\n" + b"".join(b"%d,%s\n" % (n, b"x" * 90) for n in range(30_000))


# --- No harmonizer ---


async def test_a_harmonizer_that_is_away_for_a_while(running, fake, tmp_path):
    """Within patience the job waits; behind it the job says why, and a retry finds the harmonizer that came back."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(closing(free_socket())).getsockname()[1]
    async with running(engine_address=f"127.0.0.1:{port}", patience_seconds=1.0) as gw:
        failed = await gw.ended((await gw.submit())["id"])
        assert (failed["status"], failed["error"]["code"]) == ("failed", "SERVICE_UNAVAILABLE")
        assert len(failed["error"]["message"]) > 20
        server, _ = await fake_harmonizer.serve(fake, port)
        async with polled(gw, failed["id"]):
            assert (await gw.http.post(f"/api/v1/jobs/{failed['id']}:retry")).is_success
            again = await gw.ended(failed["id"])
            assert (again["status"], again["error"]) == ("completed", None)
        await server.stop(None)
    async with running(engine_address=f"127.0.0.1:{port}", patience_seconds=30) as gw:
        job = await gw.submit()
        await asyncio.sleep(0.3)
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json()["status"] in ("queued", "processing")
        async with polled(gw, job["id"]):
            server, _ = await fake_harmonizer.serve(fake, port)
            assert (await gw.ended(job["id"], 20))["status"] == "completed"
        await server.stop(None)


def free_socket():
    """A port that nobody has, bound so that nobody takes it meanwhile."""
    import socket

    found = socket.socket()
    found.bind(("127.0.0.1", 0))
    return found


async def test_a_harmonizer_that_says_nothing(running, fake):
    async with Relay(fake.port) as relay:
        settings = {"engine_address": f"127.0.0.1:{relay.port}", "engine_stall_seconds": 1.0, "patience_seconds": 0.5}
        async with running(**settings) as gw:
            job = await held(gw, fake)
            relay.stall()
            failed = await gw.ended(job["id"], 30)
            assert (failed["status"], failed["error"]["code"]) == ("failed", "SERVICE_UNAVAILABLE")
            assert failed["error"]["reason"] in ("ENGINE_STALLED", "SERVICE_UNAVAILABLE")
            relay.resume()
            fake.hold.set()
            async with polled(gw, job["id"]):
                assert (await gw.http.post(f"/api/v1/jobs/{job['id']}:retry")).is_success
                assert (await gw.ended(job["id"], 30))["status"] == "completed"


# --- No blob store ---


@pytest.mark.parametrize("left", ["nothing", "an empty directory"])
async def test_a_blob_directory_that_is_gone(running, fake, left):
    """A disk that is not mounted leaves an empty directory: nothing is missing, and nothing must be written there."""
    async with running() as gw:
        before = await gw.done()
        job, blobs = await held(gw, fake), gw.settings.data_dir / "blobs"
        async with polled(gw, job["id"]):
            away = blobs.rename(blobs.with_name("away"))
            if left == "an empty directory":
                blobs.mkdir()
            waits = await gw.submit_by_id() if hasattr(gw, "submit_by_id") else None
            assert waits is None
            fake.hold.set()
            refused(
                await gw.http.post("/api/v1/uploads", content=LARGE), 503, "SERVICE_UNAVAILABLE", "STORAGE_UNAVAILABLE"
            )
            result = await gw.http.get(f"/api/v1/jobs/{before['id']}/result")
            refused(result, 503, "SERVICE_UNAVAILABLE", "STORAGE_UNAVAILABLE")
            assert (await gw.http.get("/readyz")).json()["reason"] == "STORAGE"
            assert (await gw.http.get("/api/v1/health")).json()["checks"]["storage"] == "unavailable"
            await asyncio.sleep(0.3)
            assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json()["status"] == "processing"
            if left == "an empty directory":
                assert list(blobs.iterdir()) == []
                blobs.rmdir()
            away.rename(blobs)
            assert (await gw.ended(job["id"]))["status"] == "completed"
        assert (await gw.http.get("/readyz")).status_code == 200
        assert len(await gw.gateway.blobs.keys()) == 2 * (1 + 6)


async def test_a_bucket_whose_server_dies(running, fake, tmp_path, monkeypatch):
    server = S3Server(tmp_path / "s3")
    server.bucket("bucket")
    for variable, value in server.environment().items():
        monkeypatch.setenv(variable, value)
    server.start()
    try:
        async with running(blob_url="s3://bucket/pre", patience_seconds=60, upkeep_seconds=3600) as gw:
            job = await held(gw, fake)
            async with polled(gw, job["id"]):
                server.kill()
                fake.hold.set()
                answer = await gw.http.post("/api/v1/uploads", content=PATIENTS, timeout=60)
                refused(answer, 503, "SERVICE_UNAVAILABLE", "STORAGE_UNAVAILABLE")
                assert (await gw.http.get("/readyz", timeout=60)).json()["reason"] == "STORAGE"
                server.start()
                assert (await gw.ended(job["id"], 60))["status"] == "completed"
    finally:
        server.kill()


# --- A clock that jumps ---


@pytest.fixture
def jump(monkeypatch):
    """Sets the clock by so many seconds."""
    offset = [0]
    monkeypatch.setattr(ids, "clock", lambda: time.time_ns() + offset[0])

    def by(seconds: float) -> None:
        offset[0] += int(seconds * 1e9)

    return by


async def test_a_clock_that_jumps(running, fake, jump):
    settings = {"upkeep_seconds": 0.1, "retention_seconds": 3600, "upload_retention_seconds": 3600}
    async with running(**settings, heartbeat_seconds=0.2) as gw:
        kept = await gw.done()
        job = await held(gw, fake)
        watched = asyncio.create_task(gw.http.get(f"/api/v1/jobs/{job['id']}/events"))
        made = [kept["id"], job["id"]]
        for step in (DAY, -2 * DAY, DAY, 30 * DAY, -30 * DAY):
            jump(step)
            await asyncio.sleep(0.3)
            seen = (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json()
            JobOut.model_validate(seen)
            assert 0 <= seen["progress"]["percent"] <= 100
            if seen["estimated_completion_time"]:
                estimated = datetime.fromisoformat(seen["estimated_completion_time"])
                assert estimated >= datetime.fromtimestamp(ids.clock() / 1e9 - 5, UTC)
            made.append((await gw.submit(b""))["id"])
            await gw.ended(made[-1])
        fake.hold.set()
        assert (await gw.ended(job["id"]))["status"] == "completed"
        blocks = (await watched).text.split("\n\n")
        told = [block.split("\n")[0] for block in blocks if "event: " in block]
        assert told == [f"id: {n}" for n in range(1, len(told) + 1)]
        assert "event: completed" in "".join(blocks)
        assert len(set(made)) == len(made) == 7
        for order in ("asc", "desc"):
            assert sorted(await listed(gw, order)) == sorted(made), order
        samples = [line for line in (await gw.http.get("/metrics")).text.splitlines() if not line.startswith("#")]
        assert [line for line in samples if line.rpartition(" ")[2].startswith("-")] == []


async def listed(gw: Running, order: str) -> list[str]:
    """Ids of all pages, three jobs each."""
    found, token = [], ""
    while True:
        query = {"page_size": 3, "order": order, "page_token": token}
        answer = await gw.http.get("/api/v1/jobs", params={k: v for k, v in query.items() if v})
        assert answer.status_code == 200, answer.text
        found += [job["id"] for job in answer.json()["jobs"]]
        if not (token := answer.json()["next_page_token"]):
            return found


def test_ids_are_unique_whatever_the_clock_says(monkeypatch):
    monkeypatch.setattr(ids, "clock", lambda: 1_700_000_000_000_000_000)
    assert len({ids.new_id() for _ in range(10_000)}) == 10_000
    assert ids.now() == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


# --- To cancel what is just ending ---


async def test_a_cancel_and_an_end_at_once(running, fake):
    """Exactly one of them, and the answer to the cancel says which."""
    rng = random.Random(7)
    seen = set()
    async with running(workers=4) as gw:
        for _ in range(16):
            job = await gw.submit()
            await asyncio.sleep(rng.uniform(0, 0.12))
            answer = (await gw.http.post(f"/api/v1/jobs/{job['id']}:cancel")).json()["status"]
            end = (await gw.ended(job["id"]))["status"]
            seen.add(end)
            assert end == ("completed" if answer == "completed" else "cancelled"), answer
            types = [event.type for event in await gw.gateway.jobs.events(job["id"], 0)]
            assert len([t for t in types if t in ("completed", "cancelled", "failed")]) == 1
            result = await gw.http.get(f"/api/v1/jobs/{job['id']}/result")
            assert result.status_code == (200 if end == "completed" else 409)
    assert seen == {"completed", "cancelled"}
