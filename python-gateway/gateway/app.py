"""create_app: the only place that knows every part and ties them together."""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from gateway import errors, version
from gateway.catalogue import endpoints as catalogue
from gateway.core import FILE_THREADS, Core, migrated, open_core
from gateway.datadir import DataDir
from gateway.http import RequestScope
from gateway.jobs import endpoints as jobs_endpoints
from gateway.jobs.service import JobService
from gateway.jobs.watch import Pace
from gateway.metrics import Metrics
from gateway.orphans import Orphans
from gateway.pipe import endpoints as pipe
from gateway.results import endpoints as results_endpoints
from gateway.results.service import ResultService
from gateway.rpc.server import RpcServer
from gateway.rpc.servicer import Jobs
from gateway.settings import Settings
from gateway.status import endpoints as status
from gateway.upkeep import Keeping, Upkeep
from gateway.uploads import endpoints as uploads_endpoints
from gateway.uploads import tus
from gateway.uploads.limits import Limits
from gateway.uploads.service import UploadService

log = logging.getLogger("gateway")


@dataclass
class Gateway(Core):
    """The parts of one running gateway."""

    uploads: UploadService
    jobs: JobService
    results: ResultService
    upkeep: Upkeep
    rpc: RpcServer

    @property
    def pace(self) -> Pace:
        """Of those who watch."""
        return _pace(self.settings)

    async def drain(self) -> None:
        """Says that no more requests should come, and ends the streams of those who watch."""
        if not self.draining:
            self.draining = True
            await self.rpc.drain()

    def end_watches(self) -> None:
        """Ends event streams; their readers come back with the last event's id."""
        self.bell.close()

    async def finish(self) -> None:
        """What the command asks for before it takes no more requests."""
        self.end_watches()


def create_app(settings: Settings) -> FastAPI:
    """The gateway as an ASGI application. Its lifespan opens and closes everything, JobService's server included."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        shared = settings.has_workers
        with DataDir(settings.data_dir, shared) as data_dir, ThreadPoolExecutor(FILE_THREADS, "files") as threads:
            asyncio.get_running_loop().set_default_executor(threads)
            await migrated(settings)
            gateway = app.state.gateway = _open(settings, metrics, data_dir.path)
            try:
                await _start(gateway)
                yield
            finally:
                await _close(gateway)

    app = FastAPI(title="Harmonizer", version=version(), summary=_SUMMARY, lifespan=lifespan, redirect_slashes=False)
    app.add_middleware(RequestScope, metrics=metrics, loopback_only=settings.is_loopback)
    errors.install(app)
    for part in (jobs_endpoints, results_endpoints, uploads_endpoints, tus, pipe, catalogue, status):
        app.include_router(part.router)
    return app


_SUMMARY = "Messy health data in, clean standard records and an account of every row out."


def _pace(settings: Settings) -> Pace:
    return Pace(settings.heartbeat_seconds, settings.watch_stall_seconds)


def _open(settings: Settings, metrics: Metrics, data_dir: Path) -> Gateway:
    core = open_core(settings, metrics, data_dir, works=not settings.has_workers)
    db, blobs = core.db, core.blobs
    limits = Limits(settings.max_upload_bytes, settings.upload_part_bytes, settings.upload_expire_seconds)
    uploads = UploadService(db, blobs, metrics, limits)
    jobs = JobService(db, blobs, core.bell, metrics, core.attempts, core.dispatcher, settings.max_upload_bytes)
    results = ResultService(db, blobs)
    upkeep = Upkeep(db, jobs, uploads, Orphans(db, blobs, settings.orphan_grace_seconds), metrics, _keeping(settings))
    rpc = RpcServer(Jobs(jobs, uploads, results, _pace(settings)))
    return Gateway(**core.parts(), uploads=uploads, jobs=jobs, results=results, upkeep=upkeep, rpc=rpc)


def _keeping(settings: Settings) -> Keeping:
    return Keeping(
        settings.upkeep_seconds,
        settings.retention_seconds,
        settings.upload_retention_seconds,
        settings.orphan_grace_seconds,
    )


async def _start(gateway: Gateway) -> None:
    # Nobody else has the directory; another store may be written to by processes that this one knows nothing of.
    if not gateway.settings.has_workers and not gateway.settings.blob_url:
        await gateway.upkeep.sweep()
    gateway.upkeep.start()
    await gateway.rpc.start(gateway.settings.host, gateway.settings.grpc_port)
    await gateway.start_work()
    log.info("gateway open", extra={"grpc_port": gateway.rpc.port})


async def _close(gateway: Gateway) -> None:
    await gateway.drain()
    gateway.end_watches()
    await gateway.consumer.drain(gateway.settings.drain_seconds)
    await gateway.upkeep.stop()
    await gateway.rpc.stop(1.0)
    await gateway.close_core()
    log.info("gateway closed")
