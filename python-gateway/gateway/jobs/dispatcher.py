"""Who runs which job when: a dispatcher takes jobs that wait, a consumer works on them.

Ports, and the adapters of one process: a queue in memory and bounded workers in its loop. What waits here stands in the
database too: nothing is lost with the process.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from sqlalchemy.orm import Session

from gateway.errors import GatewayError
from gateway.metrics import Metrics

log = logging.getLogger("gateway.jobs")

Run = Callable[[str, asyncio.Event], Awaitable[None]]
"""Runs a job to its end; the event is set when this process stops, and the job is to be handed back."""

HAND_BACK_SECONDS = 5.0
"""Time that runs have to hand their jobs back, once they are asked to."""


class Dispatcher(Protocol):
    """Takes jobs that wait for their turn."""

    async def has_room(self) -> bool:
        """Whether one more job may wait."""

    def takes(self, session: Session, job_id: str) -> bool:
        """Whether this one may wait too, asked in the transaction that makes it wait. Behind a True comes, when that
        has ended, submitted or withdraw."""

    def enqueue(self, session: Session, job_id: str) -> None:
        """Part of the transaction that makes the job wait: with it the job is enqueued, or not at all."""

    def submitted(self, job_id: str) -> None:
        """That transaction is committed. Never refuses: acceptance was decided before."""

    def withdraw(self, job_id: str) -> bool:
        """The job shall not run. True: nobody works on it, for sure."""


class Consumer(Protocol):
    """Works on what a dispatcher has taken, so many jobs at once."""

    async def start(self) -> None:
        """Begins to take jobs."""

    async def stuck(self) -> str:
        """Why jobs that wait are not taken, in words; empty: they are."""

    async def drain(self, seconds: float) -> None:
        """Starts nothing more; waits for what runs, then has it handed back."""


class LocalDispatcher:
    """A queue in this process."""

    def __init__(self, limit: int, metrics: Metrics) -> None:
        self._limit, self._queue = limit, asyncio.Queue[str]()
        # What stands in the queue and still wants to be run: a cancelled job takes nobody's place.
        self._waiting: set[str] = set()
        self._coming: set[str] = set()
        """Taken, and their transactions not ended."""
        self.running: dict[str, asyncio.Event] = {}
        """What runs, and how it is told that this process stops."""
        self.draining = False
        metrics.queued.set_function(lambda: len(self._waiting))
        metrics.running.set_function(lambda: len(self.running))

    async def has_room(self) -> bool:
        return not self.draining and len(self._waiting) + len(self._coming) < self._limit

    def takes(self, session: Session, job_id: str) -> bool:
        # In the one thread that writes, so that no two ask at once.
        if self.draining or len(self._waiting) + len(self._coming) >= self._limit:
            return False
        self._coming.add(job_id)
        return True

    def enqueue(self, session: Session, job_id: str) -> None:
        """Nothing: the row itself is found at the next start."""

    def submitted(self, job_id: str) -> None:
        self._coming.discard(job_id)
        if job_id not in self._waiting:
            self._waiting.add(job_id)
            self._queue.put_nowait(job_id)

    def withdraw(self, job_id: str) -> bool:
        self._coming.discard(job_id)
        self._waiting.discard(job_id)
        return job_id not in self.running

    async def next(self) -> str:
        """The next job to run."""
        while True:
            job_id = await self._queue.get()
            if job_id in self._waiting and job_id not in self.running:
                self._waiting.discard(job_id)
                return job_id
            self._waiting.discard(job_id)

    def knows(self, job_id: str) -> bool:
        """Whether the job waits or runs here."""
        return job_id in self._waiting or job_id in self.running

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._waiting)


Live = Callable[[], Awaitable[Iterable[str]]]
"""Ids of the jobs that the database says have not ended, oldest first."""


class LocalConsumer:
    """Some asyncio tasks over a local dispatcher, and one that looks for jobs that the dispatcher was never told of."""

    def __init__(
        self, dispatcher: LocalDispatcher, run: Run, live: Live, workers: int, look_seconds: float, stuck_seconds: float
    ) -> None:
        self._dispatcher, self._run, self._live = dispatcher, run, live
        self._count, self._look_seconds, self._stuck_seconds = workers, look_seconds, stuck_seconds
        self._tasks: list[asyncio.Task[None]] = []
        self._idle = asyncio.Event()
        self._taken = 0.0

    async def start(self) -> None:
        self._taken = asyncio.get_running_loop().time()
        await self._look()
        self._tasks = [asyncio.create_task(self._work(), name=f"worker-{n}") for n in range(self._count)]
        self._tasks.append(asyncio.create_task(self._look_again(), name="look-again"))

    async def stuck(self) -> str:
        if not self._dispatcher.waiting or len(self._dispatcher.running) >= self._count:
            return ""
        silent = asyncio.get_running_loop().time() - self._taken
        return "jobs wait and no worker takes them" if silent > self._stuck_seconds else ""

    async def drain(self, seconds: float) -> None:
        self._dispatcher.draining = True
        await self._all_done(seconds)
        for stopping in self._dispatcher.running.values():
            stopping.set()
        await self._all_done(HAND_BACK_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _all_done(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while self._dispatcher.running:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            pass

    async def _work(self) -> None:
        while not self._dispatcher.draining:
            job_id = await self._dispatcher.next()
            if self._dispatcher.draining:
                return
            stopping = self._dispatcher.running[job_id] = asyncio.Event()
            self._taken = asyncio.get_running_loop().time()
            try:
                await self._run(job_id, stopping)
            except GatewayError as error:  # The database is gone, or full. The next look finds the job.
                log.warning("job run waits", extra={"job_id": job_id, "reason": error.reason})
            except Exception:  # One job must not take a worker with it. The next look finds it.
                log.exception("job run broke", extra={"job_id": job_id})
            finally:
                del self._dispatcher.running[job_id]
                self._taken = asyncio.get_running_loop().time()
                self._idle.set()

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            try:
                await self._look()
            except GatewayError as error:  # The database may be gone for a while.
                log.warning("cannot look for jobs", extra={"reason": error.reason})
            except Exception:
                log.exception("the look for jobs broke")

    async def _look(self) -> None:
        found = [job_id for job_id in await self._live() if not self._dispatcher.knows(job_id)]
        for job_id in found:
            self._dispatcher.submitted(job_id)
        if found:
            log.info("jobs found that nobody worked on", extra={"jobs": len(found)})
