"""Faults: no room, no database. What is accepted waits; what is told says what to do; what is half done nobody sees."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from polling import held, polled, refused
from postgres import Postgres
from running_gateway import PATIENTS, run_worker, until

from gateway import sqlite
from gateway.orphans import Orphans

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.chaos.disk import Disk, small_disk

DAY = 86400.0
# Enough that no buffer holds it.
LARGE = b"patient_id,name\n" + b"".join(b"%d,%s\n" % (n, b"x" * 90) for n in range(30_000))


# --- No room ---


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    """A small disk under the data directory, or wherever a test puts it."""
    made = small_disk(tmp_path / "small", lambda: [os.getpid()], 24)
    with closing(made):
        yield made


@pytest.fixture
def own_disk(disk) -> Disk:
    """One that is full for some files of this process and not for others."""
    if disk.how != "tmpfs":
        pytest.skip("this user may not mount, and a bound on files is one on all of them")
    return disk


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


async def test_no_room_for_artifacts(running, fake, own_disk, tmp_path):
    """The database has its own disk: the job waits for room, and says so when it has waited long enough."""
    settings = {"blob_url": f"file://{tmp_path / 'small' / 'blobs'}", "patience_seconds": 1.5}
    async with running(**settings) as gw:
        job = await held(gw, fake)
        async with polled(gw, job["id"]):
            own_disk.fill()
            fake.hold.set()
            await until(lambda: len(fake.specs) >= 2)
            own_disk.free()
            done = await gw.ended(job["id"])
            assert (done["status"], done["attempt"] >= 2) == ("completed", True)
        job = await held(gw, fake)
        own_disk.fill()
        fake.hold.set()
        failed = await gw.ended(job["id"])
        assert (failed["status"], failed["error"]["code"]) == ("failed", "STORAGE_FULL"), failed["error"]
        assert "free space" in failed["error"]["message"]
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}/result")).json()["reason"] == "JOB_FAILED"
        own_disk.free()
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


async def test_no_room_for_the_database(running, own_disk, tmp_path):
    async with running(data_dir=tmp_path / "small", blob_url=f"file://{tmp_path / 'blobs'}") as gw:
        own_disk.fill()
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
        own_disk.free()
        again = await gw.submit()
        for answer in [*accepted, again]:
            job_id = answer["id"] if isinstance(answer, dict) else answer.json()["id"]
            assert (await gw.ended(job_id, 20))["status"] == "completed"
        assert (await gw.http.get("/readyz")).status_code == 200
        listed = (await gw.http.get("/api/v1/jobs")).json()["jobs"]
        assert len(listed) == len(accepted) + 1, "what was refused is not there"


# --- No database ---


async def test_a_database_that_another_process_has_locked(running, fake, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
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
