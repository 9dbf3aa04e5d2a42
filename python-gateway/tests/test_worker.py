"""Workers in processes of their own: what gateways see of them, how they stop, and a database that goes and comes."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest
from postgres import PASSWORD, Postgres
from running_gateway import PATIENTS, run_gateway, until

from gateway.settings import Settings, SettingsError
from gateway.worker import create_worker

LEFT = "select (select count(*) from procrastinate_jobs), (select count(*) from procrastinate_workers)"


@pytest.fixture
def backend() -> str:
    return "postgres"


class Process:
    """A worker's process with its probes and its log."""

    def __init__(self, settings: Settings, **changes: object) -> None:
        values = {**settings.model_dump(exclude_defaults=True), "worker_port": 0, **changes}
        ours = {f"HARMONIZER_{name.upper()}": str(value) for name, value in values.items()}
        base = {name: value for name, value in os.environ.items() if not name.startswith("HARMONIZER_")}
        self._log = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - closed with the process.
        command = [sys.executable, "-m", "gateway", "worker"]
        self.popen = subprocess.Popen(command, env=base | ours, stderr=self._log)

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    async def opened(self) -> httpx.AsyncClient:
        await until(lambda: "worker open" in self.log() or self.popen.poll() is not None, 60)
        port = re.search(r'"worker open","port":(\d+)', self.log())
        assert port, self.log()
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port[1]}")

    async def ended(self, seconds: float = 20) -> int:
        await until(lambda: self.popen.poll() is not None, seconds)
        assert self.popen.returncode is not None
        return self.popen.returncode

    def close(self) -> None:
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        self._log.close()


@asynccontextmanager
async def a_process(settings: Settings, **changes: object) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    process = Process(settings, **changes)
    try:
        async with await process.opened() as http:
            yield process, http
    finally:
        process.close()


async def test_a_job_runs_in_another_process_and_is_cancelled_there_in_a_second(make_settings, fake, database):
    settings = make_settings()
    async with run_gateway(settings, alone=True) as gw, a_process(settings) as (process, http):
        assert (await gw.done())["attempt"] == 1
        fake.hold = asyncio.Event()
        took = []
        for _ in range(3):
            job = await gw.submit()
            await gw.state(job["id"], "processing")
            began = time.monotonic()
            await gw.http.post(f"/api/v1/jobs/{job['id']}:cancel")
            assert (await gw.ended(job["id"]))["status"] == "cancelled"
            took.append(time.monotonic() - began)
        assert min(took) < 1.0
        await until(lambda: not fake.live, 5)

        ready = (await http.get("/readyz")).json()
        assert (ready["status"], ready["checks"]["workers"]) == ("ok", "ok")
        assert (await http.get("/healthz")).status_code == 200
        assert "gateway_job_attempts_total 4.0" in (await http.get("/metrics")).text
        assert (await http.get("/api/v1/jobs")).status_code == 404

        running = await gw.submit()
        await gw.state(running["id"], "processing")
        process.popen.send_signal(signal.SIGTERM)
        assert await process.ended() == 0, process.log()
        assert (await gw.http.get(f"/api/v1/jobs/{running['id']}")).json()["status"] == "queued"
        events = [event.type for event in await gw.gateway.jobs.events(running["id"], 0)]
        assert [kind for kind in events if kind != "progress"] == ["created", "started", "requeued"]
        said = process.log()
    assert "worker closed" in said
    assert PASSWORD not in said
    with psycopg.connect(database) as connection:
        assert connection.execute(LEFT).fetchall() == [(1, 0)], "the job that waits, and nobody to take it"


async def test_a_drain_is_told_first_and_a_second_signal_does_not_wait(make_settings, fake):
    settings = make_settings(drain_seconds=60.0)
    async with run_gateway(settings, alone=True) as gw, a_process(settings) as (process, http):
        fake.hold = asyncio.Event()
        job = await gw.submit()
        await gw.state(job["id"], "processing")
        process.popen.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            while (await http.get("/readyz")).status_code == 200:  # noqa: ASYNC110 - nothing tells of it.
                await asyncio.sleep(0.05)
        assert (await http.get("/readyz")).json()["reason"] == "DRAINING"
        assert (await http.get("/healthz")).status_code == 200
        assert (await gw.http.get(f"/api/v1/jobs/{job['id']}")).json()["status"] == "processing"
        process.popen.send_signal(signal.SIGTERM)
        assert await process.ended(5) == 130
        fake.hold.set()
        async with a_process(settings):  # What was given up is taken up.
            assert (await gw.ended(job["id"], 30))["status"] == "completed"


async def test_jobs_outlive_their_database(make_settings, fake, tmp_path):
    """SIGKILL of the server and all its processes with a job under way, one waiting; then it comes back."""
    with Postgres(tmp_path / "server", durable=True) as server:
        url = server.url(server.create())
        settings = make_settings(database_url=url, workers=1, patience_seconds=60.0, look_seconds=0.5)
        async with run_gateway(settings) as gw:
            fake.hold = asyncio.Event()
            running, waiting = await gw.submit(), await gw.submit()
            await gw.state(running["id"], "processing")
            server.kill()
            answer = await gw.http.post("/api/v1/jobs", files={"file": ("a.csv", PATIENTS)})
            assert (answer.status_code, answer.json()["reason"]) == (503, "DATABASE_UNAVAILABLE")
            assert "retry-after" in answer.headers
            assert (await gw.http.get("/readyz")).json()["reason"] == "DATABASE"
            fake.hold.set()  # It comes to its end with nobody to tell.
            await asyncio.sleep(1.0)
            server.start()
            for job in (running, waiting):
                assert (await gw.ended(job["id"], 30))["status"] == "completed"
            assert await gw.works.consumer.stuck() == ""
            done = await gw.done()
            names = [await gw.gateway.jobs.artifacts(job["id"]) for job in (running, waiting, done)]
            assert [len(artifacts) for artifacts in names] == [len(names[0])] * 3
        with psycopg.connect(url) as connection:
            assert connection.execute(LEFT).fetchall() == [(0, 0)]


async def test_watchers_hear_of_other_processes(make_settings, fake):
    """Two gateways, one worker: an event of one process reaches the watcher of another without its asking."""
    settings = make_settings(heartbeat_seconds=60.0)
    async with run_gateway(settings, alone=True) as one, run_gateway(settings) as other:
        fake.hold = asyncio.Event()
        job = await one.submit()
        kinds: list[str] = []

        async def watch() -> None:
            async for event in one.gateway.jobs.watch(job["id"], 0, 60.0):
                kinds.append(event.type if event else "silence")

        watching = asyncio.create_task(watch())
        await until(lambda: "started" in kinds, 10)
        await other.http.post(f"/api/v1/jobs/{job['id']}:cancel")
        await asyncio.wait_for(watching, 10)
        assert [kind for kind in kinds if kind != "progress"] == ["created", "started", "cancelling", "cancelled"]


async def test_sixty_four_creates_through_two_gateways_make_one_job(make_settings):
    settings = make_settings()
    async with run_gateway(settings, alone=True) as one, run_gateway(settings, alone=True) as other:
        files, headers = {"file": ("a.csv", PATIENTS)}, {"Idempotency-Key": "one"}
        answers = await asyncio.gather(
            *(
                gw.http.post("/api/v1/jobs", files=files, headers=headers, timeout=60)
                for _ in range(32)
                for gw in (one, other)
            )
        )
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len((await other.http.get("/api/v1/jobs")).json()["jobs"]) == 1
        assert len([key for key in await one.gateway.blobs.keys() if key.startswith("u-")]) == 1


async def test_a_gateway_without_workers_says_so(make_settings):
    settings = make_settings(stuck_seconds=1.0)
    async with run_gateway(settings, alone=True) as gw:
        assert (await gw.http.get("/readyz")).status_code == 200
        await gw.submit()
        async with asyncio.timeout(20):
            while (answer := await gw.http.get("/readyz")).status_code == 200:  # noqa: ASYNC110 - nor of this.
                await asyncio.sleep(0.1)
        assert answer.json()["reason"] == "WORKERS_STUCK"


@pytest.mark.parametrize("url", ["", "sqlite:////tmp/x.db"])
def test_sqlite_has_no_workers(tmp_path, url):
    with pytest.raises(SettingsError, match="HARMONIZER_DATABASE_URL: workers need postgresql://"):
        create_worker(Settings(data_dir=tmp_path, database_url=url))
