"""Who runs which job when. A port; the adapter here is bounded workers in this process and loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from gateway.metrics import Metrics

log = logging.getLogger("gateway.jobs")

Run = Callable[[str, asyncio.Event], Awaitable[None]]
"""Runs a job to its end; the event is set when somebody asks it to stop."""


class Dispatcher(Protocol):
    """Gives accepted jobs to workers."""

    def has_room(self) -> bool:
        """Whether one more job may wait."""

    def submit(self, job_id: str) -> None:
        """Takes a job whose row is committed. Never refuses: acceptance was decided before."""

    def cancel(self, job_id: str) -> bool:
        """Asks the job's worker to stop; one that waits gives up its place. False: no worker of this process has it."""

    async def drain(self, seconds: float) -> None:
        """Starts nothing more; waits for what runs, then lets go of it."""


class LocalDispatcher:
    """Some asyncio tasks and a queue. What waits here stands in the database too: nothing is lost with the process."""

    def __init__(self, run: Run, workers: int, queue_limit: int, metrics: Metrics) -> None:
        self._run, self._limit = run, queue_limit
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        # What stands in the queue and still wants to be run: a cancelled job takes nobody's place.
        self._waiting: set[str] = set()
        self._running: dict[str, asyncio.Event] = {}
        metrics.queued.set_function(lambda: len(self._waiting))
        metrics.running.set_function(lambda: len(self._running))
        self._workers = [asyncio.create_task(self._work(), name=f"worker-{n}") for n in range(workers)]
        self._idle = asyncio.Event()
        self._draining = False

    def has_room(self) -> bool:
        return not self._draining and len(self._waiting) < self._limit

    def submit(self, job_id: str) -> None:
        self._waiting.add(job_id)
        self._queue.put_nowait(job_id)

    def cancel(self, job_id: str) -> bool:
        self._waiting.discard(job_id)
        wish = self._running.get(job_id)
        if wish is not None:
            wish.set()
        return wish is not None

    async def drain(self, seconds: float) -> None:
        self._draining = True
        deadline = asyncio.get_running_loop().time() + seconds
        while self._running and asyncio.get_running_loop().time() < deadline:
            self._idle.clear()
            try:
                await asyncio.wait_for(self._idle.wait(), max(0.0, deadline - asyncio.get_running_loop().time()))
            except TimeoutError:
                break
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    async def _work(self) -> None:
        while not self._draining:
            job_id = await self._queue.get()
            self._waiting.discard(job_id)
            if self._draining or job_id in self._running:
                continue
            self._running[job_id] = asyncio.Event()
            try:
                await self._run(job_id, self._running[job_id])
            except Exception:  # One job must not take a worker with it.
                log.exception("job run broke", extra={"job_id": job_id})
            finally:
                del self._running[job_id]
                self._idle.set()
