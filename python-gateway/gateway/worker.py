"""A worker: runs the jobs that gateways accept, out of the queue in PostgreSQL. Any number, on any machine.

Over HTTP it answers probes and metrics alone, and only that it is there: /healthz, /readyz, /metrics.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from gateway import errors, version
from gateway.core import FILE_THREADS, Core, migrated, open_core
from gateway.datadir import DataDir
from gateway.http import RequestScope
from gateway.metrics import Metrics
from gateway.settings import PREFIX, Settings, SettingsError
from gateway.status import endpoints as status

log = logging.getLogger("gateway.worker")


@dataclass
class Worker(Core):
    """The parts of one running worker."""

    async def drain(self) -> None:
        """Says that it takes nothing more."""
        self.draining = True

    async def finish(self) -> None:
        """Lets what runs end, or hands it back. Probes are answered meanwhile."""
        await self.consumer.drain(self.settings.drain_seconds)


def create_worker(settings: Settings) -> FastAPI:
    """The worker with its probes as an ASGI application; its lifespan opens and closes everything.

    Raises SettingsError where the gateway itself runs the jobs.
    """
    if not settings.has_workers:
        raise SettingsError(f"{PREFIX}DATABASE_URL: workers need postgresql://…; with SQLite the gateway runs the jobs")
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with DataDir(settings.data_dir, shared=True) as data_dir, ThreadPoolExecutor(FILE_THREADS, "files") as threads:
            asyncio.get_running_loop().set_default_executor(threads)
            await migrated(settings)
            worker = app.state.gateway = Worker(**open_core(settings, metrics, data_dir.path, works=True).parts())
            try:
                await worker.start_work()
                yield
            finally:
                await worker.drain()
                await worker.finish()
                await worker.close_core()
                log.info("worker closed")

    app = FastAPI(title="Harmonizer worker", version=version(), lifespan=lifespan, openapi_url=None)
    app.add_middleware(RequestScope, metrics=metrics, loopback_only=settings.is_loopback)
    errors.install(app)
    app.include_router(status.router)
    return app
