"""The queue in PostgreSQL: Procrastinate's tables and SQL, a dispatcher that puts jobs there, what gateways ask of it.

A row of the queue is a reminder that somebody should run a job, never the truth about the job: that stands in jobs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import procrastinate
import psycopg
from procrastinate import jobs as queued
from procrastinate import manager
from procrastinate.exceptions import ConnectorException
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.util.concurrency import await_

from gateway.db import Database
from gateway.errors import DatabaseUnavailable
from gateway.jobs import repository
from gateway.metrics import Metrics
from gateway.postgres import Connection

log = logging.getLogger("gateway.jobs")

T = TypeVar("T")

QUEUE, TASK = "jobs", "run"
LONGEST_PAUSE_SECONDS = 5.0
COUNTED_SECONDS = 1.0
"""Time for which a count of waiting jobs is believed that says there is room."""
FULL_SECONDS = 0.05
"""And one that says there is none: workers take jobs any moment."""
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
"""In the past of every clock: when a row may be taken again is not for the clock of one machine to say."""


class Queue:
    """Procrastinate's App over connections of ours. connect: only workers have connections for it of their own."""

    def __init__(self, conninfo: str, seconds: float) -> None:
        self._conninfo, self._seconds = conninfo, seconds
        self.connector = _Connector()
        self.app = procrastinate.App(connector=self.connector)
        self.app.job_manager = _Fenced(self.connector)
        self._pool: AsyncConnectionPool[Connection] | None = None

    def enqueue(self, session: Session, job_id: str) -> None:
        """Adds a row in the session's transaction. Two rows of one job are never worked on side by side (lock)."""
        raw = session.connection().connection
        options = {"queue": QUEUE, "lock": job_id, "connection": raw.driver_connection}
        await_(self.app.configure_task(TASK, allow_unknown=True, **options).defer_async(job_id=job_id))

    async def open(self) -> None:
        """Makes connections, or goes on trying in the background."""
        pool = AsyncConnectionPool(
            self._conninfo, connection_class=Connection, configure=self._configure, check=_alive,
            min_size=1, max_size=4, timeout=self._seconds, reconnect_timeout=self._seconds, open=False, name="queue",
        )  # fmt: skip
        self._pool = pool
        await pool.open(wait=False)
        await self.app.open_async(pool)

    def watch(self, answered: Callable[[str], None]) -> None:
        """Has every query of the worker told that the database has answered."""
        self.connector.answered = answered

    async def close(self) -> None:
        """Ends them. What is still asked fails at once."""
        self.connector.patient = False
        if self._pool is not None:
            await self._pool.close(timeout=1.0)

    async def _configure(self, connection: Connection) -> None:
        connection.seconds = self._seconds


async def _alive(connection: Connection) -> None:
    await AsyncConnectionPool.check_connection(connection)


class _Connector(procrastinate.PsycopgConnector):
    """Waits for a database that is gone, where the library would end its worker."""

    def __init__(self) -> None:
        super().__init__()
        self.patient = True
        self.answered: Callable[[str], None] = lambda query: None

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        await self._asked(lambda: super(_Connector, self).execute_query_async(query, **arguments))
        self.answered(query)

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        row: dict[str, Any] = await self._asked(
            lambda: super(_Connector, self).execute_query_one_async(query, **arguments)
        )
        self.answered(query)
        return row

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        return await self._asked(lambda: super(_Connector, self).execute_query_all_async(query, **arguments))

    async def listen_notify(self, on_notification: Any, channels: Any) -> None:
        await self._asked(lambda: super(_Connector, self).listen_notify(on_notification, channels))

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        pause = 0.1
        while True:
            try:
                return await ask()
            except ConnectorException as error:
                if not self.patient or not isinstance(error.__cause__, psycopg.OperationalError):
                    raise
                log.warning("the queue waits for the database", extra={"pause_seconds": pause})
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)


class _Fenced(manager.JobManager):
    """Ends or gives back a row only for the worker that has it: a zombie's row is another worker's by now.

    Nothing is done where the row is gone, or was asked for before and the answer was lost.
    """

    async def finish_job(self, job: queued.Job, status: queued.Status, delete_job: bool) -> None:
        await self._mine("procrastinate_finish_job_v1(id, 'succeeded', true)", job)

    async def retry_job(self, job: queued.Job, *_: Any, **__: Any) -> None:
        await self._mine("procrastinate_retry_job_v2(id, '2000-01-01Z', null, null, null)", job)

    async def _mine(self, what: str, job: queued.Job) -> None:
        mine = "id = %(id)s and status = 'doing' and worker_id = %(worker_id)s"
        query: Any = f"select {what} from (select id from procrastinate_jobs where {mine} for update) as mine"
        await self.connector.execute_query_async(query, id=job.id, worker_id=job.worker_id)


class ProcrastinateDispatcher:
    """Puts jobs into the queue, for workers in whatever process."""

    def __init__(self, queue: Queue, db: Database, limit: int, metrics: Metrics) -> None:
        self._queue, self._db, self._limit, self._metrics = queue, db, limit, metrics
        self._waiting, self._counted, self._counting = 0, float("-inf"), asyncio.Lock()

    async def has_room(self) -> bool:
        async with self._counting:
            if self._is_stale():
                self._count(await self._db.read(repository.waiting, self._limit))
        return self._waiting < self._limit

    def takes(self, session: Session, job_id: str) -> bool:
        if self._is_stale():
            self._count(repository.waiting(session, self._limit))
        return self._waiting < self._limit

    def _is_stale(self) -> bool:
        believed = COUNTED_SECONDS if self._waiting < self._limit else FULL_SECONDS
        return asyncio.get_running_loop().time() - self._counted > believed

    def _count(self, waiting: int) -> None:
        self._waiting, self._counted = waiting, asyncio.get_running_loop().time()
        self._metrics.queued.set(waiting)

    def enqueue(self, session: Session, job_id: str) -> None:
        self._queue.enqueue(session, job_id)
        self._waiting += 1

    def submitted(self, job_id: str) -> None:
        """Nothing: the commit has told the workers."""

    def withdraw(self, job_id: str) -> bool:
        """False: nobody here knows what workers do. They hear of it by the bell."""
        return False


class Workers:
    """A consumer for gateways: the work is done in other processes, and this one sees whether anybody is there."""

    def __init__(self, db: Database, stuck_seconds: float, stalled_seconds: float) -> None:
        self._db, self._bounds = db, {"stuck": stuck_seconds, "stalled": stalled_seconds}

    async def start(self) -> None:
        """Nothing."""

    async def stuck(self) -> str:
        try:
            forsaken = await self._db.read(_forsaken, self._bounds)
        except DatabaseUnavailable:
            return "the database does not answer"
        return "jobs wait and no worker is there: start `harmonizer worker`" if forsaken else ""

    async def drain(self, seconds: float) -> None:
        """Nothing."""


def _forsaken(session: Session, bounds: Mapping[str, float]) -> bool:
    return bool(session.scalar(text(_FORSAKEN), bounds))


# The oldest row that waits has done so for long, and no worker has given a sign of life. All by the database's clock.
_FORSAKEN = """
select not exists (
    select from procrastinate_workers where last_heartbeat > now() - make_interval(secs => :stalled)
) and exists (
    select from (
        select id from procrastinate_jobs where status = 'todo' order by priority desc, id limit 1
    ) as oldest where (
        select max(at) from procrastinate_events where job_id = oldest.id and type <> 'scheduled'
    ) < now() - make_interval(secs => :stuck)
)
"""
