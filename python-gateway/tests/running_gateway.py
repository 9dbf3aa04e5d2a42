"""A running gateway: the whole application behind a real HTTP server, a real JobService, a fake harmonizer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
import uvicorn

from gateway.app import Gateway, create_app
from gateway.core import Core, open_core
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.wire import server_options
from gateway.worker import Worker

PATIENTS = b"patient_id,name\n1, Ann\n2,Bob\n2,Bob\n3\n4,Cy \n"
"""Read 5 = written 3 + duplicates 1 + quarantined 1; two issues."""


async def until(condition: Callable[[], Any], seconds: float = 5) -> None:
    """Waits for what no event tells: the other side of a connection, a file."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - there is nothing to wait for but the thing itself.
            await asyncio.sleep(0.01)


class QuietServer(uvicorn.Server):
    """Leaves the test runner's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self):
        yield


@dataclass
class Running:
    """A gateway that answers."""

    http: httpx.AsyncClient
    gateway: Gateway
    settings: Settings
    server: uvicorn.Server
    works: Core
    """What runs the jobs: the gateway itself, or the worker beside it."""

    async def submit(self, data: bytes = PATIENTS, name: str = "patients.csv", **fields: str) -> dict[str, Any]:
        """A job over these bytes."""
        answer = await self.http.post("/api/v1/jobs", files={"file": (name, data)}, data=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def ended(self, job_id: str, seconds: float = 10) -> dict[str, Any]:
        """The job once it has ended."""
        async with asyncio.timeout(seconds):
            async for _ in self.gateway.jobs.watch(job_id, 0, 1.0):
                pass
        return (await self.http.get(f"/api/v1/jobs/{job_id}")).json()

    async def done(self, data: bytes = PATIENTS, name: str = "patients.csv", **fields: str) -> dict[str, Any]:
        """A completed job over these bytes."""
        job = await self.ended((await self.submit(data, name, **fields))["id"])
        assert job["status"] == "completed", job["error"]
        return job

    async def state(self, job_id: str, *wanted: str) -> dict[str, Any]:
        """The job once it is in one of these states."""
        async with asyncio.timeout(10):
            while (job := (await self.http.get(f"/api/v1/jobs/{job_id}")).json())["status"] not in wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return job

    @asynccontextmanager
    async def rpc(self) -> AsyncIterator[grpc.aio.Channel]:
        """A channel to JobService."""
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self.gateway.rpc.port}") as channel:
            yield channel


@asynccontextmanager
async def run_gateway(settings: Settings, alone: bool = False) -> AsyncIterator[Running]:
    """alone: over PostgreSQL without a worker beside it."""
    app = create_app(settings)
    options = {"log_config": None, "access_log": False, "lifespan": "on", **server_options()}
    server = QuietServer(uvicorn.Config(app, host="127.0.0.1", port=0, **options))
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started or task.done(), 30)
        assert server.started, "the gateway did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=base, timeout=20) as http, _worker(settings, alone) as worker:
            yield Running(http, app.state.gateway, settings, server, worker or app.state.gateway)
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def run_worker(settings: Settings) -> AsyncIterator[Worker]:
    """A worker in this loop."""
    worker = Worker(**open_core(settings, Metrics(), settings.data_dir, works=True).parts())
    await worker.start_work()
    try:
        yield worker
    finally:
        await worker.drain()
        await worker.finish()
        await worker.close_core()


def _worker(settings: Settings, alone: bool) -> contextlib.AbstractAsyncContextManager[Worker | None]:
    """One where the gateway does not run jobs itself."""
    return run_worker(settings) if settings.has_workers and not alone else contextlib.nullcontext()
