"""What a gateway and a worker have in common: the database, the bytes, the harmonizers, and the work on jobs."""

import asyncio
import logging
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.blobs import BlobStore, open_store
from gateway.db import Database, migrate
from gateway.engine import Engine
from gateway.errors import DatabaseUnavailable
from gateway.jobs.attempts import Attempts
from gateway.jobs.bell import Bell
from gateway.jobs.dispatcher import Consumer, Dispatcher, LocalConsumer, LocalDispatcher
from gateway.jobs.patience import Patience
from gateway.jobs.runner import Runner
from gateway.metrics import Metrics
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.jobs.notices import Notices

log = logging.getLogger("gateway")

# Files are flushed in threads; more of them than cores, because flushing is waiting.
FILE_THREADS = 16


@dataclass
class Core:
    """The parts that run jobs, or have them run."""

    settings: Settings
    metrics: Metrics
    db: Database
    blobs: BlobStore
    engine: Engine
    bell: Bell
    notices: "Notices | None"
    """None: this process alone writes events."""
    dispatcher: Dispatcher
    attempts: Attempts
    consumer: Consumer
    draining: bool = field(default=False, init=False)

    def parts(self) -> dict[str, Any]:
        """For what is made of this and more."""
        return {part.name: getattr(self, part.name) for part in fields(self) if part.init}

    async def start_work(self) -> None:
        """Begins to hear of other processes, and to take jobs."""
        if self.notices is not None:
            self.notices.start()
        await self.consumer.start()

    async def close_core(self) -> None:
        """Ends what has ended its work."""
        if self.notices is not None:
            await self.notices.close()
        await self.engine.close()
        await self.db.close()


def open_core(settings: Settings, metrics: Metrics, data_dir: Path, works: bool) -> Core:
    """The parts, tied together. works: jobs are run in this process, wherever they come from."""
    url = settings.effective_database_url
    db = Database(url, settings.database_pool, settings.database_seconds, settings.secure_delete)
    blobs = open_store(settings.blob_url, data_dir, settings.secure_delete)
    bell, engine = Bell(), Engine(settings.engine_address)
    if not settings.has_workers:
        local = LocalDispatcher(settings.queue_limit, metrics)
        attempts = Attempts(db, bell, metrics, local, settings.max_attempts)
        runner = Runner(attempts, engine, blobs, bell, _patience(settings))
        looks = settings.workers, settings.look_seconds, settings.stuck_seconds
        consumer = LocalConsumer(local, runner.run, attempts.live, *looks)
        return Core(settings, metrics, db, blobs, engine, bell, None, local, attempts, consumer)
    from gateway.jobs import shared  # What it loads takes longer than all else, and SQLite needs none of it.

    queue = shared.open_queue(settings, db, bell, metrics)
    attempts = Attempts(db, bell, metrics, queue.dispatcher, settings.max_attempts)
    run = Runner(attempts, engine, blobs, bell, _patience(settings)).run if works else None
    works_on = queue.consumer(run)
    return Core(settings, metrics, db, blobs, engine, bell, queue.notices, queue.dispatcher, attempts, works_on)


def _patience(settings: Settings) -> Patience:
    return Patience(
        settings.patience_seconds,
        settings.backoff_seconds,
        settings.progress_interval_seconds,
        settings.engine_stall_seconds,
    )


async def migrated(settings: Settings) -> None:
    """Brings the tables up to date. A database that is not there yet is waited for, for as long as a transaction.

    Raises DatabaseUnavailable.
    """
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + settings.database_seconds, 0.2
    while True:
        try:
            return await asyncio.to_thread(migrate, settings.effective_database_url)
        except DatabaseUnavailable:
            if not settings.has_workers or loop.time() > until:
                raise
            log.warning("the database does not answer, or refuses the account", extra={"pause_seconds": pause})
        await asyncio.sleep(pause)
        pause = min(5.0, pause * 2)
