"""Faults: no room, no database, no harmonizer, no blob store, a clock that jumps. What is accepted waits; what is told
says what to do; what is half done nobody sees.
"""

import asyncio
import contextlib
import os
import random
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

import fake_harmonizer
import httpx
import pytest
from postgres import Postgres
from running_gateway import PATIENTS, Running, run_worker, until
from s3_server import S3Server
from stalling_relay import Relay

from gateway import db, ids
from gateway.jobs.schemas import JobOut
from gateway.orphans import Orphans

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.chaos.disk import Disk, small_disk

DAY = 86400.0
CLEAN = b"patient_id,name\n1,Ann\n2,Bob\n4,Cy\n"
# Enough that no buffer holds it.
LARGE = b"patient_id,name\n" + b"".join(b"%d,%s\n" % (n, b"x" * 90) for n in range(30_000))
# What may be told while something is broken. 200 must be the right bytes.
EXPECTED = {200, 404, 409, 503}


class Poller:
    """Asks for a job's result and its artifacts all the time."""

    def __init__(self, gw: Running, job_id: str) -> None:
        self._http, self._job = gw.http, f"/api/v1/jobs/{job_id}"
        self.statuses: set[int] = set()
        self.bodies: set[bytes] = set()

    async def run(self) -> None:
        while True:
            for path in ("/result", "/artifacts/clean.csv", "/artifacts"):
                answer = await self._http.get(self._job + path)
                self.statuses.add(answer.status_code)
                if answer.status_code == 200 and path != "/artifacts":
                    self.bodies.add(answer.content)
            await asyncio.sleep(0.01)


@asynccontextmanager
async def polled(gw: Running, job_id: str, wanted: bytes = CLEAN) -> AsyncIterator[None]:
    """Nothing half-written is visible as long as the block runs, and the right bytes are at its end."""
    poller = Poller(gw, job_id)
    task = asyncio.create_task(poller.run())
    try:
        yield
        answer = await gw.http.get(f"/api/v1/jobs/{job_id}/result")
        assert (answer.status_code, answer.content) == (200, wanted)
        await asyncio.sleep(0.05)
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert poller.statuses <= EXPECTED
    assert poller.bodies <= {wanted}


def refused(answer: httpx.Response, status: int, code: str, reason: str = "") -> None:
    """A problem that says when to come back."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["reason"] == (reason or code)
    assert int(answer.headers["retry-after"]) >= 1
    assert len(answer.json()["detail"]) > 20


async def held(gw: Running, fake: fake_harmonizer.Fake, data: bytes = PATIENTS) -> dict:
    """A job whose stream runs until fake.hold is set."""
    fake.hold = asyncio.Event()
    job = await gw.submit(data)
    async with asyncio.timeout(10):
        while not ((await gw.state(job["id"], "processing"))["progress"] or {}).get("records_read"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return job


# --- No room ---


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    """A small disk under the data directory, or wherever a test puts it."""
    made = small_disk(tmp_path / "small", lambda: [os.getpid()], 24)
    with closing(made):
        yield made


async def test_no_room_for_an_upload(running, disk, tmp_path):
    async with running(data_dir=tmp_path / "small") as gw:
        disk.fill()
        refused(await gw.http.post("/api/v1/uploads?file_name=a.csv", content=LARGE), 507, "STORAGE_FULL")
        refused(await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", LARGE)}), 507, "STORAGE_FULL")
        assert await gw.gateway.blobs.keys() == []
        assert (await gw.http.get("/api/v1/jobs")).json()["jobs"] == []
        assert (await gw.http.get("/healthz")).status_code == 200
        disk.free()
        assert (await gw.http.post("/api/v1/uploads?file_name=a.csv", content=LARGE)).status_code == 201
        await gw.done()


async def test_no_room_for_artifacts(running, fake, disk, tmp_path):
    """The database has its own disk: the job waits for room, and says so when it has waited long enough."""
    settings = {"blob_url": f"file://{tmp_path / 'small' / 'blobs'}", "patience_seconds": 1.5}
    async with running(**settings) as gw:
        job = await held(gw, fake)
        async with polled(gw, job["id"]):
            disk.fill()
            fake.hold.set()
            await until(lambda: len(fake.specs) >= 2)
            disk.free()
            done = await gw.ended(job["id"])
            assert (done["status"], done["attempt"] >= 2) == ("completed", True)
        job = await held(gw, fake)
        disk.fill()
        fake.hold.set()
        failed = await gw.ended(job["id"])
        assert (failed["status"], failed["error"]["code"]) == ("failed", "STORAGE_FULL"), failed["error"]
        assert "free space" in failed["error"]["message"]
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}/result")).json()["reason"] == "JOB_FAILED"
        disk.free()
        async with polled(gw, job["id"]):
            assert (await gw.http.post(f"/api/v1/jobs/{job['id']}:retry")).is_success
            assert (await gw.ended(job["id"]))["status"] == "completed"
        assert len([key for key in await gw.gateway.blobs.keys() if key.startswith("a-")]) == 2 * 6


async def test_no_room_for_anything(running, fake, disk, tmp_path):
    """Not even the end of an attempt can be written: the job is as it was, and goes on when there is room."""
    async with running(data_dir=tmp_path / "small", look_seconds=0.2, patience_seconds=0.3) as gw:
        job = await held(gw, fake)
        disk.fill()
        fake.hold.set()
        for _ in range(30):  # Whatever a log or a page had left is used up.
            await gw.http.post("/api/v1/uploads", json={"file_name": "x" * 1000, "size_bytes": 9})
        await asyncio.sleep(1.0)
        assert (await gw.http.get("/healthz")).status_code == 200
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}/result")).status_code == 409
        disk.free()
        if (await gw.ended(job["id"]))["status"] == "failed":
            assert (await gw.http.post(f"/api/v1/jobs/{job['id']}:retry")).is_success
        done = await gw.ended(job["id"])
        assert done["status"] == "completed", done["error"]
        assert (await gw.http.get("/readyz")).status_code == 200


async def test_no_room_for_the_database(running, disk, tmp_path):
    async with running(data_dir=tmp_path / "small", blob_url=f"file://{tmp_path / 'blobs'}") as gw:
        disk.fill()
        answers = []
        for _ in range(30):
            answers.append(await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)}))
            if answers[-1].status_code != 201:
                break
        accepted, last = answers[:-1], answers[-1]
        if last.status_code == 507:
            refused(last, 507, "STORAGE_FULL")
            assert "administrator" in last.json()["detail"]
        else:
            refused(last, 503, "SERVICE_UNAVAILABLE", "DATABASE_UNAVAILABLE")
        disk.free()
        again = await gw.submit()
        for answer in [*accepted, again]:
            job_id = answer["id"] if isinstance(answer, dict) else answer.json()["id"]
            assert (await gw.ended(job_id, 20))["status"] == "completed"
        assert (await gw.http.get("/readyz")).status_code == 200
        listed = (await gw.http.get("/api/v1/jobs")).json()["jobs"]
        assert len(listed) == len(accepted) + 1, "what was refused is not there"


# --- No database ---


async def test_a_database_that_another_process_has_locked(running, fake, monkeypatch):
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.2)
    async with running(upkeep_seconds=3600) as gw:
        job = await held(gw, fake)
        path = gw.settings.data_dir / "gateway.db"
        async with polled(gw, job["id"]):
            with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
                await asyncio.to_thread(other.execute, "begin exclusive")
                refused(
                    await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)}),
                    503,
                    "SERVICE_UNAVAILABLE",
                    "DATABASE_UNAVAILABLE",
                )
                ready = await gw.http.get("/readyz")
                assert (ready.status_code, ready.json()["reason"]) == (503, "DATABASE")
                fake.hold.set()  # The stream ends, and its end cannot be written.
                await asyncio.sleep(1.0)
                assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json()["status"] == "processing"
                other.execute("rollback")
            done = await gw.ended(job["id"])
            assert (done["status"], done["attempt"], len(fake.specs)) == ("completed", 1, 1), "not one byte twice"
        assert (await gw.http.get("/readyz")).status_code == 200
        # The bytes of the refused job: nobody knew whether its row was there. Upkeep does.
        assert len(await gw.gateway.blobs.keys()) == 1 + 6 + 1
        orphans = Orphans(gw.gateway.db, gw.gateway.blobs, 0)
        assert [await orphans.look(), await orphans.look()] == [0, 1]


@pytest.fixture
def own_postgres(tmp_path) -> Iterator[Postgres]:
    """A server that a test may kill."""
    server = Postgres(tmp_path / "postgres")
    server.start()
    yield server
    server.stop()


async def test_a_database_that_dies(make_settings, running, fake, own_postgres):
    url = own_postgres.url(own_postgres.create())
    settings = {"database_url": url, "database_seconds": 3.0, "upkeep_seconds": 0.2, "orphan_grace_seconds": 0.5}
    async with running(**settings) as gw, run_worker(make_settings(**settings)):
        job = await held(gw, fake)
        async with polled(gw, job["id"]):
            own_postgres.kill()
            refused(
                await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)}),
                503,
                "SERVICE_UNAVAILABLE",
                "DATABASE_UNAVAILABLE",
            )
            assert (await gw.http.get("/readyz")).json()["reason"] == "DATABASE"
            fake.hold.set()
            await asyncio.sleep(1.0)
            own_postgres.start()
            done = await gw.ended(job["id"], 30)
            assert done["status"] == "completed"
        async with asyncio.timeout(20):
            while (await gw.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            while len(await gw.gateway.blobs.keys()) != 1 + 6:  # noqa: ASYNC110 - upkeep has to find the refused ones.
                await asyncio.sleep(0.1)


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
        await asyncio.sleep(1.0)
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
        for _ in range(24):
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
