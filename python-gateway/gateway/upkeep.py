"""Upkeep: what is removed without being asked, by age or because nothing needs it. One task in each gateway.

Several gateways may do it side by side: each removal is a transaction that looks again before it removes.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from gateway import ids
from gateway.db import Database
from gateway.errors import Conflict, GatewayError, NotFound
from gateway.jobs import repository as jobs_repository
from gateway.jobs.service import JobService
from gateway.metrics import Metrics
from gateway.orphans import Orphans
from gateway.uploads.service import UploadService

log = logging.getLogger("gateway.upkeep")

BATCH = 200
UNREAD = 10_000
# What the clock may be set by without anybody asking why.
JUMP_SECONDS = 60.0


@dataclass(frozen=True)
class Keeping:
    """What an operator has set, in seconds. 0 for an age: for ever."""

    every: float
    """Time between two rounds."""
    jobs: float
    """Age, since its end, at which a job goes."""
    uploads: float
    """Age, since its creation, at which a complete upload goes that no job reads."""
    grace: float
    """Time for which something must be nobody's; and for which a clock must not jump, before it is believed again."""


class Clock:
    """The time of day, where it can be believed: it has gone on as the clock that nobody sets has."""

    def __init__(self, now: Callable[[], datetime], monotonic: Callable[[], float], trust_seconds: float) -> None:
        self._now, self._monotonic, self._trust = now, monotonic, trust_seconds
        self._last: tuple[datetime, float] | None = None
        self._doubted: float | None = None

    def look(self) -> tuple[datetime | None, bool]:
        """The time, and whether it has jumped since the last look. None: it is not believed yet."""
        last, (now, at) = self._last, (self._now(), self._monotonic())
        self._last = now, at
        if last is None:
            return None, False
        drift = (now - last[0]).total_seconds() - (at - last[1])
        jumped = abs(drift) > JUMP_SECONDS
        if jumped:
            self._doubted = at
        if self._doubted is not None and (jumped or at - self._doubted < self._trust):
            return None, jumped
        self._doubted = None
        return now, jumped


class Upkeep:
    """Rounds of removal, one after the other."""

    def __init__(
        self,
        db: Database,
        jobs: JobService,
        uploads: UploadService,
        orphans: Orphans,
        metrics: Metrics,
        keeping: Keeping,
        now: Callable[[], datetime] = ids.now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._jobs, self._uploads, self._orphans = db, jobs, uploads, orphans
        self._metrics, self._keeping, self._monotonic = metrics, keeping, monotonic
        self._clock = Clock(now, monotonic, keeping.grace)
        self._unread: dict[str, float] = {}
        self._looked: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins the rounds."""
        self._task = asyncio.create_task(self._rounds(), name="upkeep")

    async def stop(self) -> None:
        """Ends them; a removal that is under way is finished by the next process."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def sweep(self) -> None:
        """Removes at once all bytes that no row names. Only where nobody else can be writing any."""
        self._count("blob", await self._orphans.sweep())

    async def round(self) -> None:
        """One round. What cannot be done now is done in a later one."""
        now, jumped = self._clock.look()
        if jumped:
            self._metrics.clock_jumps.inc()
            log.warning("the clock was set: nothing is removed by its age for a while")
        if now is not None:
            await self._tried("expired_upload", self._expire_uploads(now))
            await self._tried("job", self._expire_jobs(now))
            await self._tried("upload", self._expire_unread(now))
        if self._is_due():
            await self._tried("left_behind", self._take_left_behind())
            await self._tried("key", self._forget_keys())
            await self._tried("blob", self._orphans.look())
        await self._tried("", self._scrub())

    async def _rounds(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(self._keeping.every)

    async def _tried(self, kind: str, removal: Awaitable[int]) -> None:
        try:
            self._count(kind, await removal)
        except GatewayError as error:  # The database or the store is gone for a while.
            log.info("upkeep waits", extra={"kind": kind, "reason": error.reason})
        except Exception:
            log.exception("upkeep broke", extra={"kind": kind})

    def _count(self, kind: str, removed: int) -> None:
        if removed:
            self._metrics.removed.labels(kind).inc(removed)
            log.info("upkeep removed", extra={"kind": kind, "count": removed})

    def _is_due(self) -> bool:
        """Whether to look for what is nobody's: that reads every key, so it is done no oftener than it can matter."""
        now = self._monotonic()
        if self._looked is not None and now - self._looked < self._keeping.grace / 2:
            return False
        self._looked = now
        return True

    async def _expire_uploads(self, now: datetime) -> int:
        removed = more = await self._uploads.expire(now, BATCH)
        while more == BATCH:
            removed += (more := await self._uploads.expire(now, BATCH))
        return removed

    async def _expire_jobs(self, now: datetime) -> int:
        if not self._keeping.jobs:
            return 0
        before = now - timedelta(seconds=self._keeping.jobs)
        return await self._each(
            partial(jobs_repository.ended, before=before, limit=BATCH),
            lambda job_id: self._jobs.expire(job_id, before),
        )

    async def _expire_unread(self, now: datetime) -> int:
        """Uploads go at their second look: one that has just got its last byte may have a job in a moment."""
        if not self._keeping.uploads:
            return 0
        before, at = now - timedelta(seconds=self._keeping.uploads), self._monotonic()
        found = await self._db.read(jobs_repository.unread, before, UNREAD)
        due = [u for u in found if u in self._unread and at - self._unread[u] >= self._keeping.grace]
        self._unread = {u: self._unread.get(u, at) for u in found}
        return sum([await self._delete_upload(upload_id) for upload_id in due])

    async def _take_left_behind(self) -> int:
        return await self._each(partial(jobs_repository.left_behind, limit=BATCH), self._delete_upload)

    async def _forget_keys(self) -> int:
        # Looked for first, beside whoever writes: it takes a look at every key, and mostly there is none.
        if not await self._db.read(jobs_repository.has_loose_keys):
            return 0
        return await self._db.write(jobs_repository.forget_loose_keys)

    async def _scrub(self) -> int:
        await self._db.scrub()
        return 0

    async def _delete_upload(self, upload_id: str) -> bool:
        """False: somebody was quicker, or a job reads it now."""
        with suppress(NotFound, Conflict):
            await self._uploads.delete(upload_id)
            return True
        return False

    async def _each(self, find: Callable[[Session], Sequence[str]], remove: Callable[[str], Awaitable[bool]]) -> int:
        """Removes what is found, batch by batch, until a batch is not full or nothing of it could be removed."""
        removed = 0
        async for batch in self._batches(find):
            done = [await remove(one) for one in batch]
            removed += sum(done)
            if not any(done):
                break
        return removed

    async def _batches(self, find: Callable[[Session], Sequence[str]]) -> AsyncIterator[Sequence[str]]:
        while True:
            batch = await self._db.read(find)
            yield batch
            if len(batch) < BATCH:
                return
