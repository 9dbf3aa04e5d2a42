"""Watching: the events of a job in order, each once, from any position to the end of its log.

Nothing is kept for a watcher but its position: it reads from the log, the table, what it then hands on.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass

from gateway.db import Database
from gateway.errors import JobNotFound, SlowReader, Unavailable, ValidationFailed
from gateway.jobs import repository
from gateway.jobs.bell import Bell
from gateway.jobs.models import Event, Job
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


def check_position(job: Job, after: int) -> None:
    """Raises ValidationFailed where the job's log has no such event: the reader has it from elsewhere."""
    if after > job.last_event_id:
        error = {"field": "after_event_id", "message": "must be the id of an event of this job, or 0"}
        raise ValidationFailed("the log of this job has no event of this id yet", "EVENT_ID_AHEAD", [error])


class Watcher:
    """Reads logs for those who watch. A job can be tried again, so that its end is its end only as long as nothing
    follows it."""

    def __init__(self, db: Database, bell: Bell) -> None:
        self._db, self._bell = db, bell

    async def watch(self, job_id: str, after: int, heartbeat_seconds: float) -> AsyncGenerator[Event | None, None]:
        """Events behind `after`, up to a terminal one that nothing follows; None where a heartbeat passed without any.

        Raises Unavailable when the gateway stops before that, JobNotFound when the job is removed before.
        """
        with self._bell.listen(job_id) as heard:
            ended = False
            while True:
                heard.clear()
                events = await self._read(job_id, after)
                for event in events:
                    yield event
                    after, ended = event.id, event.status in ENDED
                if not events and await self._is_over(job_id, after, ended):
                    return
                if events and ended:  # Something may have followed it since.
                    continue
                if self._bell.closed:
                    raise Unavailable("the gateway is stopping", "DRAINING", headers={"Retry-After": "5"})
                if len(events) == EVENTS_A_READ:
                    continue
                try:
                    await asyncio.wait_for(heard.wait(), heartbeat_seconds)
                except TimeoutError:
                    yield None

    async def _read(self, job_id: str, after: int) -> Sequence[Event]:
        async with self._db.read() as session:
            return await repository.events(session, job_id, after, EVENTS_A_READ)

    async def _is_over(self, job_id: str, after: int, ended: bool) -> bool:
        """Whether the event of this id is the last of the log, and terminal."""
        async with self._db.read() as session:
            job = await repository.get(session, job_id)
        if job is None and not ended:
            raise JobNotFound("the job was removed")
        return job is None or (job.status in ENDED and job.last_event_id <= after)
