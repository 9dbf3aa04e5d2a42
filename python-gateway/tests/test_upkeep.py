"""Upkeep: what goes by its age, what goes because nobody names it, what stays; clocks that jump; secure deletion."""

import asyncio
import io
import logging
import sqlite3
from contextlib import aclosing, closing
from datetime import UTC, datetime, timedelta

import pytest
from running_gateway import PATIENTS, Running
from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway import sqlite
from gateway import upkeep as upkeep_module
from gateway.blobs import directory, open_store
from gateway.db import Database
from gateway.errors import DatabaseUnavailable, StorageUnavailable
from gateway.idempotency import IdempotencyKey
from gateway.ids import new_id, now
from gateway.logs import JsonFormatter
from gateway.orphans import Orphans
from gateway.upkeep import Clock, Keeping, Upkeep

HOUR, DAY = 3600.0, 86400.0
TABLES = ("jobs", "job_uploads", "job_events", "artifacts", "uploads", "upload_parts", "idempotency_keys")


class Time:
    """A wall clock and one that nobody sets; together they advance, the first alone jumps."""

    def __init__(self) -> None:
        self._wall, self.mono = datetime.now(UTC), 1000.0

    def now(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        return self.mono

    def advance(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)
        self.mono += seconds

    def jump(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)


def make(gw: Running, time: Time, jobs: float = 0.0, uploads: float = 0.0, grace: float = HOUR) -> Upkeep:
    """An upkeep beside the gateway's own, which does nothing for the length of a test."""
    parts = gw.gateway
    orphans = Orphans(parts.db, parts.blobs, grace, time.monotonic)
    keeping = Keeping(60, jobs, uploads, grace)
    return Upkeep(
        parts.db, parts.jobs, parts.uploads, orphans, parts.metrics, keeping, time.now, time.monotonic
    )  # fmt: skip


@pytest.fixture
async def quiet(running):
    """A gateway whose own upkeep looks once, at the start."""
    async with running(upkeep_seconds=3600) as up:
        yield up


@pytest.fixture
def time() -> Time:
    return Time()


async def rounds(upkeep: Upkeep, time: Time, *steps: float) -> None:
    """A round now and one after each step."""
    await upkeep.round()
    for seconds in steps:
        time.advance(seconds)
        await upkeep.round()


async def rows(gw: Running) -> dict[str, int]:
    count = {table: text(f"select count(*) from {table}") for table in TABLES}
    return {table: await gw.gateway.db.read(Session.scalar, query) for table, query in count.items()}


async def upload(gw: Running, data: bytes = PATIENTS) -> str:
    answer = await gw.http.post("/api/v1/uploads?file_name=p.csv", content=data)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def stored(gw: Running, key: str, data: bytes = b"x") -> None:
    writer = gw.gateway.blobs.create(key)
    await writer.write(data)
    await writer.commit()


def removed(gw: Running, kind: str) -> float:
    return gw.gateway.metrics.removed.labels(kind)._value.get()


# --- By age ---


@pytest.mark.both_databases
async def test_an_ended_job_goes_with_all_it_has(quiet, time):
    key = {"Idempotency-Key": "k-1"}
    answer = await quiet.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)}, headers=key)
    job = await quiet.ended(answer.json()["id"])
    assert all((await rows(quiet)).values())
    await rounds(make(quiet, time, jobs=HOUR), time, HOUR - 60)
    assert (await quiet.http.get(f"/api/v1/jobs/{job['id']}")).status_code == 200
    await rounds(make(quiet, time, jobs=HOUR), time, 120)
    assert (await quiet.http.get(f"/api/v1/jobs/{job['id']}")).status_code == 404
    assert not any((await rows(quiet)).values())
    assert await quiet.gateway.blobs.keys() == []
    assert removed(quiet, "job") == 1


async def test_without_a_setting_everything_stays(quiet, time):
    await quiet.done()
    await upload(quiet)
    before, blobs = await rows(quiet), await quiet.gateway.blobs.keys()
    await rounds(make(quiet, time), time, 300 * DAY, 300 * DAY, 300 * DAY)
    assert (await rows(quiet), sorted(await quiet.gateway.blobs.keys())) == (before, sorted(blobs))


@pytest.mark.both_databases
async def test_a_live_job_and_one_that_was_tried_again_stay(quiet, fake, time):
    fake.hold = asyncio.Event()
    held, failed = await quiet.submit(), await quiet.submit(b"")
    await quiet.ended(failed["id"])
    upkeep = make(quiet, time, jobs=HOUR)
    await rounds(upkeep, time, HOUR / 2)
    assert (await quiet.http.post(f"/api/v1/jobs/{failed['id']}:retry")).status_code in (200, 202)
    before = time.now()
    await quiet.gateway.jobs.expire(held["id"], before)
    assert not await quiet.gateway.jobs.expire(new_id(), before)
    fake.hold.set()
    again = await quiet.ended(failed["id"])
    assert (again["status"], again["attempt"]) == ("failed", 2)
    # The end that was found may be the first one; what counts is what the transaction sees.
    assert not await quiet.gateway.jobs.expire(failed["id"], datetime.fromisoformat(again["end_time"]))
    assert (await quiet.ended(held["id"]))["status"] == "completed"


async def test_many_go_in_batches(quiet, time, monkeypatch):
    monkeypatch.setattr(upkeep_module, "BATCH", 2)
    ids = [(await quiet.submit())["id"] for _ in range(5)]
    for job_id in ids:
        await quiet.ended(job_id)
    await rounds(make(quiet, time, jobs=HOUR), time, 2 * HOUR)
    assert not any((await rows(quiet)).values())
    assert removed(quiet, "job") == 5


@pytest.mark.both_databases
async def test_gateways_side_by_side(quiet, time):
    for _ in range(3):
        await quiet.done()
    several = [make(quiet, time, jobs=HOUR, grace=0) for _ in range(3)]
    for one in several:
        await one.round()
    time.advance(2 * HOUR)
    await asyncio.gather(*(one.round() for one in several))
    assert not any((await rows(quiet)).values())
    assert removed(quiet, "job") == 3


@pytest.mark.both_databases
async def test_an_upload_that_no_job_reads(quiet, time):
    """Also one whose job is gone: what was not sent with a job is its sender's, and goes by its own age only."""
    alone, read = await upload(quiet), await upload(quiet, PATIENTS + b"9,Z\n")
    job = await quiet.ended((await quiet.http.post("/api/v1/jobs", json={"upload_id": read})).json()["id"])
    upkeep = make(quiet, time, uploads=DAY)
    await rounds(upkeep, time, DAY + HOUR)
    assert (await quiet.http.get(f"/api/v1/uploads/{alone}")).status_code == 200, "it may have a job in a moment"
    await rounds(upkeep, time, HOUR)
    assert (await quiet.http.get(f"/api/v1/uploads/{alone}")).status_code == 404
    assert (await quiet.http.get(f"/api/v1/uploads/{read}")).status_code == 200
    assert (await quiet.http.delete(f"/api/v1/jobs/{job['id']}")).status_code == 204
    assert (await quiet.http.get(f"/api/v1/uploads/{read}")).status_code == 200
    await rounds(upkeep, time, HOUR)
    assert (await quiet.http.get(f"/api/v1/uploads/{read}")).status_code == 404
    assert await quiet.gateway.blobs.keys() == []
    assert removed(quiet, "upload") == 2


@pytest.mark.both_databases
async def test_an_upload_that_came_with_a_job_outlives_it_not(quiet, time):
    """Two jobs that are deleted at once may each leave their upload to the other; upkeep takes it."""
    job = await quiet.done()
    await quiet.gateway.db.write(Session.execute, text("delete from jobs where id = :id"), {"id": job["id"]})
    await rounds(make(quiet, time, grace=10), time, 11)
    assert not any((await rows(quiet)).values())
    assert await quiet.gateway.blobs.keys() == []
    assert (removed(quiet, "left_behind"), removed(quiet, "blob")) == (1, 6)


@pytest.mark.both_databases
async def test_an_upload_that_is_never_finished(quiet, time):
    answer = await quiet.http.post("/api/v1/uploads", json={"file_name": "p.csv", "size_bytes": 9})
    assert answer.status_code == 201
    expires = quiet.settings.upload_expire_seconds
    upkeep = make(quiet, time)
    await rounds(upkeep, time, expires - 60)
    assert (await rows(quiet))["uploads"] == 1
    await rounds(upkeep, time, 120)
    assert (await rows(quiet))["uploads"] == 0
    assert removed(quiet, "expired_upload") == 1


@pytest.mark.both_databases
async def test_keys_live_as_long_as_what_they_made(quiet, time):
    key = {"Idempotency-Key": "kept"}
    answer = await quiet.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)}, headers=key)
    await quiet.http.post("/api/v1/uploads?file_name=p.csv", content=PATIENTS, headers=key)
    loose = IdempotencyKey(scope="jobs", key="loose", fingerprint="x", resource_id=new_id(), create_time=now())
    await quiet.gateway.db.write(Session.add, loose)
    await rounds(make(quiet, time), time, 300 * DAY)
    assert (await rows(quiet))["idempotency_keys"] == 2
    again = await quiet.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)}, headers=key)
    assert again.json()["id"] == answer.json()["id"]


# --- A clock that jumps ---


@pytest.mark.parametrize("by", [DAY, -DAY, 61.0, -61.0])
def test_a_clock_that_jumps_is_not_believed_for_a_while(time, by):
    clock = Clock(time.now, time.monotonic, HOUR)
    assert clock.look() == (None, False)
    time.advance(60)
    assert clock.look() == (time.now(), False)
    time.advance(60)
    time.jump(by)
    assert clock.look() == (None, True)
    for _ in range(59):
        time.advance(60)
        assert clock.look() == (None, False)
    time.advance(60)
    assert clock.look() == (time.now(), False)


def test_a_clock_that_drifts_is_believed(time):
    clock = Clock(time.now, time.monotonic, HOUR)
    clock.look()
    for by in (30.0, -59.0, 59.0):
        time.advance(60)
        time.jump(by)
        assert clock.look() == (time.now(), False)


@pytest.mark.parametrize("by", [30 * DAY, -30 * DAY], ids=["forward", "back"])
async def test_a_jump_removes_nothing(quiet, time, by):
    await quiet.done()
    await upload(quiet)
    await quiet.http.post("/api/v1/uploads", json={"file_name": "p.csv", "size_bytes": 9})
    before = await rows(quiet)
    upkeep = make(quiet, time, jobs=DAY, uploads=DAY)
    await rounds(upkeep, time, 60)
    time.jump(by)
    await rounds(upkeep, time, *[60] * 50)
    time.jump(-by)  # Somebody has mended it.
    await rounds(upkeep, time, *[60] * 100)
    assert await rows(quiet) == before
    assert quiet.gateway.metrics.clock_jumps._value.get() == 2
    await rounds(upkeep, time, 2 * DAY, HOUR)
    assert not any((await rows(quiet)).values())


# --- Bytes that nobody names ---


@pytest.mark.both_databases
async def test_unnamed_bytes_go_at_their_second_look(quiet, time):
    await quiet.done()
    named = set(await quiet.gateway.blobs.keys())
    strange = quiet.settings.data_dir / "blobs" / "README.txt"
    strange.write_text("not ours")
    orphans = {f"u-{new_id()}", f"a-{new_id()}-1-0", "z-0"}
    for key in orphans:
        await stored(quiet, key)
    upkeep = make(quiet, time, grace=HOUR)
    await rounds(upkeep, time, HOUR / 2, HOUR / 2 - 1)
    assert set(await quiet.gateway.blobs.keys()) == named | orphans
    await rounds(upkeep, time, HOUR / 2)
    assert set(await quiet.gateway.blobs.keys()) == named
    assert strange.exists()
    assert removed(quiet, "blob") == 3


async def test_a_jump_makes_no_orphan_of_fresh_bytes(quiet, time):
    await stored(quiet, "u-0")
    upkeep = make(quiet, time)
    await upkeep.round()
    time.jump(DAY)
    await rounds(upkeep, time, HOUR / 2)
    assert await quiet.gateway.blobs.keys() == ["u-0"]


async def test_bytes_that_get_their_row_late_stay(quiet, time):
    """A commit that is in doubt, a transaction that waits: the row comes between two looks."""
    key, orphans = f"u-{new_id()}", Orphans(quiet.gateway.db, quiet.gateway.blobs, HOUR, time.monotonic)
    await stored(quiet, key)
    await orphans.look()
    time.advance(2 * HOUR)
    upload_id = await upload(quiet)
    change = text("update upload_parts set blob_key = :key where upload_id = :id")
    await quiet.gateway.db.write(Session.execute, change, {"key": key, "id": upload_id})
    assert await orphans.look() == 0
    assert key in await quiet.gateway.blobs.keys()


async def test_bytes_that_are_being_written_stay_however_long(quiet, time, monkeypatch):
    monkeypatch.setattr("gateway.blobs.writer.BATCH_BYTES", 1)
    blobs, orphans = quiet.gateway.blobs, Orphans(quiet.gateway.db, quiet.gateway.blobs, HOUR, time.monotonic)
    # Another process, for all that the store can see.
    other = open_store("", quiet.settings.data_dir, False)
    writer = other.create("u-0")
    await writer.write(b"x")
    await writer.landed()
    for _ in range(5):
        assert await orphans.look() == 0
        time.advance(2 * HOUR)
    assert await blobs.written(["u-0", "u-1"]) == {"u-0"}
    await writer.commit()
    assert await blobs.written(["u-0"]) == set()
    assert await orphans.look() == 0, "its time begins when nobody writes it"
    time.advance(HOUR)
    assert await orphans.look() == 1


@pytest.mark.both_databases
async def test_artifacts_of_an_attempt_that_runs_stay(quiet, fake, time, monkeypatch):
    monkeypatch.setattr("gateway.blobs.writer.BATCH_BYTES", 1)
    monkeypatch.setattr("gateway.blobs.writer.fcntl.flock", no_locks)
    fake.hold = asyncio.Event()
    job = await quiet.submit()
    await quiet.state(job["id"], "processing")
    orphans = Orphans(quiet.gateway.db, quiet.gateway.blobs, HOUR, time.monotonic)
    async with asyncio.timeout(10):
        while not [key for key in await quiet.gateway.blobs.keys() if key.startswith("a-")]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    stale = [f"a-{job['id']}-0-0", f"a-{job['id']}-2-0"]
    for key in stale:
        await stored(quiet, key)
    await orphans.look()
    time.advance(HOUR)
    assert await orphans.look() == len(stale), "those of other attempts alone"
    fake.hold.set()
    assert (await quiet.ended(job["id"]))["status"] == "completed"
    assert (await quiet.http.get(f"/api/v1/jobs/{job['id']}/result")).status_code == 200


def no_locks(*_: object) -> None:
    """A file system that has none: then the row of the job alone must do."""
    raise OSError(95, "not supported")


async def test_very_many_are_read_in_pages(quiet, time, monkeypatch):
    monkeypatch.setattr(directory, "PAGE_KEYS", 50)
    for n in range(230):
        (quiet.settings.data_dir / "blobs" / f"u-{n}").touch()
    await quiet.done()
    named = {key for key in await quiet.gateway.blobs.keys() if len(key) > 10}
    async with aclosing(quiet.gateway.blobs.pages()) as pages:
        sizes = [len(page) async for page in pages]
    assert (max(sizes), sum(sizes)) == (50, 230 + len(named))
    orphans = Orphans(quiet.gateway.db, quiet.gateway.blobs, HOUR, time.monotonic)
    await orphans.look()
    time.advance(HOUR)
    assert await orphans.look() == 230
    assert set(await quiet.gateway.blobs.keys()) == named


async def test_what_cannot_be_asked_removes_nothing(quiet, time, tmp_path):
    await stored(quiet, "u-0")
    gone = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'directory.db'}")
    orphans = Orphans(gone, quiet.gateway.blobs, 0, time.monotonic)
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            await orphans.look()
    await gone.close()
    assert await quiet.gateway.blobs.keys() == ["u-0"]


async def test_at_the_start_a_directory_of_our_own_is_swept(running, tmp_path):
    for _ in range(2):
        async with running() as gw:
            assert await gw.gateway.blobs.keys() == []
            await stored(gw, "u-0")
    shared = tmp_path / "shared"
    for _ in range(2):
        async with running(blob_url=f"file://{shared}") as gw:
            if not await gw.gateway.blobs.keys():
                await stored(gw, "u-0")
    assert [path.name for path in shared.iterdir()] == ["u-0"], "others may write to it"


# --- The task itself ---


async def test_the_gateway_does_it_by_itself(running):
    settings = {"upkeep_seconds": 0.1, "retention_seconds": 0.3, "orphan_grace_seconds": 0.1}
    async with running(**settings) as gw:
        job = await gw.done()
        await stored(gw, "u-0")
        async with asyncio.timeout(10):
            while await gw.gateway.blobs.keys():  # noqa: ASYNC110 - nothing tells of it.
                await asyncio.sleep(0.02)
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).status_code == 404
        told = (await gw.http.get("/metrics")).text
        assert 'gateway_upkeep_removed_total{kind="job"} 1.0' in told
        assert 'gateway_upkeep_removed_total{kind="blob"} 1.0' in told


async def test_a_store_that_is_gone_stops_no_round(running, time):
    async with running(upkeep_seconds=3600) as gw:
        await stored(gw, "u-0")
        upkeep, blobs = make(gw, time, grace=10), gw.settings.data_dir / "blobs"
        blobs.rename(blobs.with_name("away"))
        await rounds(upkeep, time, 60)
        with pytest.raises(StorageUnavailable):
            await gw.gateway.blobs.keys()
        blobs.with_name("away").rename(blobs)
        await rounds(upkeep, time, 60, 60)
        assert await gw.gateway.blobs.keys() == []


# --- Secure deletion ---

CANARY, VALUE = "Canary-Quinn-1987", "canary-station-44"


def files_with(gw: Running, word: str) -> list[str]:
    """Names of files of the data directory that hold the word."""
    paths = [path for path in gw.settings.data_dir.rglob("*") if path.is_file()]
    return [path.name for path in paths if word.encode() in path.read_bytes()]


async def noisy(gw: Running, name: str, times: int = 1) -> list[str]:
    options = f'{{"source_system": "{VALUE}"}}'
    made = [await gw.submit(name=f"{name}-{n}.csv" * 20, options=options) for n in range(times)]
    return [(await gw.ended(job["id"]))["id"] for job in made]


@pytest.mark.parametrize("secure", [True, False])
def test_the_database_is_told(tmp_path, secure):
    """Some builds of SQLite do it anyway: what is looked at is what we say."""
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("pragma secure_delete=OFF")
        sqlite._prepare(secure, connection, None)
        assert connection.execute("pragma secure_delete").fetchone() == (int(secure),)


@pytest.mark.parametrize("way", ["delete", "retention"])
async def test_of_a_deleted_job_no_word_is_left(running, time, way):
    """Among others that stay, so that pages of the database are shared, split and joined."""
    async with running(upkeep_seconds=3600, secure_delete=True, workers=4) as gw:
        gone = await noisy(gw, CANARY, 12)
        kept = [(await gw.done(name="kept.csv"))["id"] for _ in range(6)]
        assert files_with(gw, CANARY)
        assert files_with(gw, VALUE)
        if way == "delete":
            for job_id in gone[::2] + gone[1::2]:
                assert (await gw.http.delete(f"/api/v1/jobs/{job_id}")).status_code == 204
        else:
            old = datetime.now(UTC) - timedelta(days=9)
            change = text("update jobs set end_time = :old where id = :id")
            await gw.gateway.db.write(Session.execute, change, [{"id": job_id, "old": old} for job_id in gone])
            await rounds(make(gw, time, jobs=DAY), time, 60)
        assert (files_with(gw, CANARY), files_with(gw, VALUE)) == ([], [])
        for job_id in kept:
            assert (await gw.http.get(f"/api/v1/jobs/{job_id}/result")).status_code == 200
    assert (files_with(gw, CANARY), files_with(gw, VALUE)) == ([], [])


async def test_upkeep_tells_kinds_and_counts_only(quiet, time):
    logged = io.StringIO()
    handler = logging.StreamHandler(logged)
    handler.setFormatter(JsonFormatter())
    log = logging.getLogger("gateway.upkeep")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        job = (await noisy(quiet, CANARY))[0]
        await rounds(make(quiet, time, jobs=HOUR), time, 2 * HOUR)
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
    assert '"message":"upkeep removed"' in logged.getvalue()
    for word in (CANARY, VALUE, job):
        assert word not in logged.getvalue()
