"""The queue that gateways and workers share, tied together: over PostgreSQL."""

from dataclasses import dataclass

from gateway import dsn
from gateway.db import Database
from gateway.jobs.bell import Bell
from gateway.jobs.consumer import ProcrastinateConsumer, Pulse
from gateway.jobs.dispatcher import Consumer, Run
from gateway.jobs.notices import Notices
from gateway.jobs.queue import ProcrastinateDispatcher, Queue, Workers
from gateway.metrics import Metrics
from gateway.postgres import LIBPQ
from gateway.settings import Settings


@dataclass(frozen=True)
class SharedQueue:
    """Its parts, for one process."""

    settings: Settings
    db: Database
    metrics: Metrics
    queue: Queue
    notices: Notices
    dispatcher: ProcrastinateDispatcher

    def consumer(self, run: Run | None) -> Consumer:
        """What works on the queue with this; None: the work is done in other processes."""
        settings = self.settings
        if run is None:
            return Workers(self.db, settings.stuck_seconds, settings.worker_stalled_seconds)
        pulse = Pulse(
            settings.worker_heartbeat_seconds,
            settings.worker_stalled_seconds,
            settings.look_seconds,
            settings.stuck_seconds,
        )
        return ProcrastinateConsumer(self.queue, self.db, run, settings.workers, pulse, self.metrics)


def open_queue(settings: Settings, db: Database, bell: Bell, metrics: Metrics) -> SharedQueue:
    """The parts of the queue in the database of the settings."""
    conninfo = dsn.conninfo(settings.effective_database_url, **LIBPQ)
    queue = Queue(conninfo, settings.database_seconds)
    dispatcher = ProcrastinateDispatcher(queue, db, settings.queue_limit, metrics)
    return SharedQueue(settings, db, metrics, queue, Notices(conninfo, bell), dispatcher)
