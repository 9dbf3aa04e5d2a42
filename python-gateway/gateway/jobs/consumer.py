"""Works on what stands in the queue: Procrastinate's worker with what it leaves to us - waiting for the database,
telling runs that the process stops, rescue of what dead workers held, looks for jobs that the queue forgot.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from procrastinate import JobContext, RetryDecision
from procrastinate.retry import BaseRetryStrategy
from procrastinate.worker import Worker
from sqlalchemy.orm import Session

from gateway.db import Database
from gateway.errors import DatabaseUnavailable
from gateway.jobs import rescue
from gateway.jobs.dispatcher import HAND_BACK_SECONDS, Run
from gateway.jobs.queue import AT_ONCE, LONGEST_PAUSE_SECONDS, QUEUE, TASK, Queue
from gateway.metrics import Metrics

log = logging.getLogger("gateway.jobs")

# The queue tells of new rows; of a row that was given back, a look finds out.
LONGEST_POLL_SECONDS = 2.0
# What runs when the library's worker ends by itself, before its successor takes it up again.
ABORT_SECONDS = 2.0


@dataclass(frozen=True)
class Pulse:
    """How often a worker gives a sign of life, when others take it for dead, and when it takes itself for stuck."""

    heartbeat_seconds: float
    stalled_seconds: float
    look_seconds: float
    stuck_seconds: float


class _Later(Exception):
    """The row shall wait again: this process stops."""


class _Always(BaseRetryStrategy):
    """Whatever ends a run but its own end, the row waits again: how often a job is tried is not the queue's to say."""

    def get_retry_decision(self, *, exception: BaseException, job: Any) -> RetryDecision:
        return RetryDecision(retry_at=AT_ONCE)


@dataclass
class _Running:
    """One run: how it is told to stop, and its task."""

    task: "asyncio.Task[Any] | None"
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


class ProcrastinateConsumer:
    """So many jobs at once, out of the queue in the database."""

    def __init__(self, queue: Queue, db: Database, run: Run, workers: int, pulse: Pulse, metrics: Metrics) -> None:
        self._queue, self._db, self._run, self._count, self._pulse = queue, db, run, workers, pulse
        self._running: dict[int, _Running] = {}
        """By row of the queue."""
        self._turns: dict[str, asyncio.Lock] = {}
        """By job: a row that came back to this process while its first run goes on waits for that."""
        self._worker: Worker | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._supervisor: asyncio.Task[None] | None = None
        self._draining = False
        self._beaten = self._asked = 0.0
        self._silent = 0
        """Looks in a row that found the database there and the library's worker stuck."""
        self._unworked: set[int] = set()
        self._forgotten: set[str] = set()
        queue.app.task(name=TASK, queue=QUEUE, pass_context=True, retry=_Always())(self._work)
        queue.watch(self._answered)
        metrics.running.set_function(lambda: len(self._running))

    async def start(self) -> None:
        await self._queue.open()
        self._beaten = self._asked = asyncio.get_running_loop().time()
        self._supervisor = asyncio.create_task(self._supervise(), name="queue-worker")
        self._tasks = [
            asyncio.create_task(_every(self._pulse.heartbeat_seconds, self._rescue), name="rescue"),
            asyncio.create_task(_every(self._pulse.look_seconds, self._look), name="look-again"),
        ]

    async def stuck(self) -> str:
        if self._draining:
            return ""
        now, bound = asyncio.get_running_loop().time(), self._pulse.stuck_seconds
        if now - self._beaten > bound + self._pulse.heartbeat_seconds:
            return "the worker cannot give a sign of life to the database"
        if len(self._running) < self._count and now - self._asked > bound + LONGEST_POLL_SECONDS:
            return "the worker has room for jobs and does not ask for any"
        return ""

    async def drain(self, seconds: float) -> None:
        if self._supervisor is None or self._draining:  # Not begun, or asked already.
            return
        self._draining, self._queue.connector.patient = True, False
        beat = asyncio.create_task(_every(self._pulse.heartbeat_seconds, self._beat(self._worker)), name="beat")
        self._tasks.append(beat)
        if self._worker is not None:
            self._worker.shutdown_graceful_timeout = None  # We wait, and for how long.
        self._stop_worker()
        await asyncio.wait({self._supervisor}, timeout=seconds)
        for run in self._running.values():
            run.stopping.set()
        await asyncio.wait({self._supervisor}, timeout=HAND_BACK_SECONDS)
        await self._end()

    async def _end(self) -> None:
        """What did not hand its job back stays in the queue as this worker's, until others take it for dead."""
        runs = [run.task for run in self._running.values() if run.task is not None]
        assert self._supervisor is not None
        for task in (*runs, *self._tasks, self._supervisor):
            task.cancel()
        await asyncio.wait({*runs, *self._tasks, self._supervisor}, timeout=ABORT_SECONDS)
        await self._queue.close()

    # --- The library's worker ---

    async def _supervise(self) -> None:
        """A worker of the library, and the next one where it ends by itself."""
        pause = 0.1
        while not self._draining:
            self._worker = Worker(
                self._queue.app, queues=[QUEUE], concurrency=self._count, delete_jobs="always",
                fetch_job_polling_interval=min(LONGEST_POLL_SECONDS, self._pulse.look_seconds),
                install_signal_handlers=False, shutdown_graceful_timeout=ABORT_SECONDS,
                update_heartbeat_interval=self._pulse.heartbeat_seconds,
                stalled_worker_timeout=self._pulse.stalled_seconds,
            )  # fmt: skip
            run: Callable[[], Awaitable[None]] = self._worker.run
            try:
                await run()
            except Exception:
                if not self._draining:
                    log.exception("the queue's worker ended; the next one begins")
            if not self._draining:
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    def _stop_worker(self) -> None:
        stop: Callable[[], None] = getattr(self._worker, "stop", lambda: None)
        stop()

    def _answered(self, query: str) -> None:
        """The database has answered one of the worker's own questions."""
        now = asyncio.get_running_loop().time()
        if "fetch_job" in query:
            self._asked = now
        elif "heartbeat" in query or "register" in query:
            self._beaten = now

    # --- A run ---

    async def _work(self, context: JobContext, job_id: str) -> None:
        row = context.job.id
        assert row is not None
        if self._draining:
            raise _Later
        run = self._running[row] = _Running(asyncio.current_task())
        try:
            async with self._turns.setdefault(job_id, asyncio.Lock()):
                await self._until_ended(job_id, row, run)
        finally:
            if self._running.get(row) is run:
                del self._running[row]
            if not self._turns[job_id].locked():
                del self._turns[job_id]

    async def _until_ended(self, job_id: str, row: int, run: _Running) -> None:
        """Runs the job; again where the database or a bug was in the way. How often is bounded with the attempts."""
        pause = 0.2
        while True:
            try:
                return await self._run(job_id, run.stopping)
            except DatabaseUnavailable:
                log.warning("job run waits for the database", extra={"job_id": job_id})
            except Exception:  # One job must not take a worker with it.
                log.exception("job run broke", extra={"job_id": job_id})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(run.stopping.wait(), pause)
            if run.stopping.is_set() or not await self._holds(row):
                raise _Later
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    async def _holds(self, row: int) -> bool:
        """Whether the queue still says that this worker works on it. Yes, as long as it does not answer."""
        worker_id = self._worker.worker_id if self._worker is not None else None
        try:
            return worker_id is not None and row in await self._db.read(rescue.held, worker_id)
        except DatabaseUnavailable:
            return True

    # --- What the workers do for each other ---

    async def _rescue(self) -> float:
        """Seconds to wait beyond the usual: a database that comes back knows no fresh sign of life of anybody."""
        try:
            rows = await self._db.write(rescue.stalled, self._pulse.stalled_seconds)
        except DatabaseUnavailable:
            return self._pulse.heartbeat_seconds + LONGEST_PAUSE_SECONDS
        if rows:
            log.warning("jobs of workers that gave no sign of life wait again", extra={"jobs": rows})
        return 0.0

    async def _look(self) -> float:
        """Finds what only a lost answer explains. Once could be between two steps; twice is a look apart."""
        try:
            await self._look_for_unworked()
            await self._look_for_forgotten()
        except DatabaseUnavailable:
            self._silent = 0
            return 0.0
        # The database answers, and has done so for long enough that the library's worker should have noticed.
        self._silent = self._silent + 1 if await self.stuck() else 0
        if self._silent * self._pulse.look_seconds > 2 * LONGEST_PAUSE_SECONDS:
            self._silent = 0
            log.error("the queue's worker is stuck; the next one begins")
            self._stop_worker()
        return 0.0

    async def _look_for_unworked(self) -> None:
        worker_id = self._worker.worker_id if self._worker is not None else None
        if worker_id is None:
            return
        self._unworked = await self._db.write(self._give_back, worker_id)

    def _give_back(self, session: Session, worker_id: int) -> set[int]:
        """Rows that nobody here works on; those that were so at the last look too are given back."""
        found = rescue.held(session, worker_id) - set(self._running)
        if again := found & self._unworked:
            rescue.unworked(session, worker_id, sorted(again))
        return found

    async def _look_for_forgotten(self) -> None:
        found = set(await self._db.read(rescue.forgotten))
        if found & self._forgotten:
            again = await self._db.write(self._remind)
            log.warning("jobs found that the queue knew nothing of", extra={"jobs": again})
        self._forgotten = found

    def _remind(self, session: Session) -> int:
        """Enqueues the jobs that were forgotten at the last look and still are."""
        rescue.one_at_a_time(session)
        again = [job_id for job_id in rescue.forgotten(session) if job_id in self._forgotten]
        for job_id in again:
            self._queue.enqueue(session, job_id)
        return len(again)

    def _beat(self, worker: Worker | None) -> Callable[[], Awaitable[float]]:
        """While it drains, the library's worker gives no signs of life; what it still runs must not look dead."""
        worker_id = worker.worker_id if worker is not None else None

        async def beat() -> float:
            if worker_id is not None:
                await self._queue.app.job_manager.update_heartbeat(worker_id)
            return 0.0

        return beat


def _every(seconds: float, do: Callable[[], Awaitable[float]]) -> Coroutine[Any, Any, None]:
    async def again() -> None:
        while True:
            more = 0.0
            try:
                more = await do()
            except Exception:
                log.exception("a worker's look broke")
            await asyncio.sleep(seconds + more)

    return again()
