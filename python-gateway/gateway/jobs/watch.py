"""Watching: the events of a job in order, each once, from any position to the end of its log.

Nothing is kept for a watcher but its position: it reads from the log, the table, what it then hands on.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass

from gateway.db import Database
from gateway.errors import JobNotFound, SlowReader, Unavailable, ValidationFailed
from gateway.ids import is_id
from gateway.jobs import repository
from gateway.jobs.bell import Bell
from gateway.jobs.models import Event
from gateway.jobs.repository import Log
from gateway.jobs.states import ENDED

EVENTS_A_READ = 100


@dataclass(frozen=True)
class Pace:
    """How long a watch may be silent, and its reader deaf."""

    heartbeat_seconds: float
    """Silence after which the reader is told its position again."""
    stall_seconds: float
    """Time in which a reader must make room for one event."""

    async def hand(self, sent: Awaitable[object]) -> None:
        """Waits until the transport has taken an event. Raises SlowReader."""
        try:
            async with asyncio.timeout(self.stall_seconds):
                await sent
        except TimeoutError:
            raise SlowReader("the events were not read; go on after the last one that came") from None


class Watcher:
    """Reads logs for those who watch. A job can be tried again, so that its end is its end only as long as nothing
    follows it."""

    def __init__(self, db: Database, bell: Bell) -> None:
        self._db, self._bell = db, bell

    async def check(self, job_id: str, after: int) -> None:
        """Raises JobNotFound; ValidationFailed where the log has no such event: the reader has it from elsewhere."""
        found = await self._db.read(repository.end_of_log, job_id) if is_id(job_id) else None
        if found is None:
            raise JobNotFound("no job has this id")
        if after > found[1]:
            error = {"field": "after_event_id", "message": "must be the id of an event of this job, or 0"}
            raise ValidationFailed("the log of this job has no event of this id yet", "EVENT_ID_AHEAD", [error])

    async def watch(self, job_id: str, after: int, heartbeat_seconds: float) -> AsyncGenerator[Event | None, None]:
        """Events behind `after`, up to a terminal one that nothing follows; None where a heartbeat passed without any.

        Raises Unavailable when the gateway stops before that, JobNotFound when the job is removed before.
        """
        with self._bell.listen(job_id) as heard:
            ended = False
            while True:
                heard.clear()
                log = await self._read(job_id, after)
                if log is None and not ended:
                    raise JobNotFound("the job was removed")
                if log is None:
                    return
                for event in log.events:
                    yield event
                    after, ended = event.id, event.status in ENDED
                if log.status in ENDED and log.last_event_id <= after:
                    if not heard.is_set():
                        return
                    continue  # While that was handed on, something may have followed it.
                if self._bell.closed:
                    raise Unavailable("the gateway is stopping", "DRAINING", headers={"Retry-After": "5"})
                if len(log.events) == EVENTS_A_READ:
                    continue
                try:
                    await asyncio.wait_for(heard.wait(), heartbeat_seconds)
                except TimeoutError:
                    yield None

    async def _read(self, job_id: str, after: int) -> Log | None:
        return await self._db.read(repository.log, job_id, after, EVENTS_A_READ)
