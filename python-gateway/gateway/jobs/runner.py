"""Runs one job: its uploads' bytes to the harmonizer, artifacts and progress back, the end into the database.

Only the parent task touches the database; the stream is a child that can be cancelled at any point without harm.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.blobs import BlobStore
from gateway.engine import Engine
from gateway.errors import (
    DatabaseUnavailable,
    GatewayError,
    InternalError,
    StorageFull,
    StorageUnavailable,
    Unavailable,
)
from gateway.failpoints import hit
from gateway.jobs.artifacts import AttemptArtifacts
from gateway.jobs.attempts import Attempts, Read
from gateway.jobs.bell import Bell
from gateway.jobs.models import Job
from gateway.jobs.patience import Patience, Streak
from gateway.jobs.stream import Stream, finished
from harmonizer.v1 import harmonizer_service_pb2 as pb
from harmonizer.v1.record_pb2 import Progress

log = logging.getLogger("gateway.jobs")

# A job that ends sooner has its only progress written with its end.
FIRST_PROGRESS_SECONDS = 0.1
# A wish to cancel is told by the bell; where the bell is not heard, it is seen this much later.
LOOK_SECONDS = 0.5

# What passes by itself, or by an administrator's hand: the job waits for it.
_PASSING = (Unavailable, StorageFull)
# The bytes' place, not the job and not the harmonizer: such an attempt does not count, and its progress is no way on.
_OF_STORE = (StorageUnavailable, StorageFull)


class _Lost(Exception):
    """The attempt no longer has the job: it is being cancelled, it is gone, or another attempt has taken it."""


class _HandBack(Exception):
    """This process stops."""


class Runner:
    """What a consumer calls."""

    def __init__(self, attempts: Attempts, engine: Engine, blobs: BlobStore, bell: Bell, patience: Patience) -> None:
        self._attempts, self._engine, self._blobs, self._bell = attempts, engine, blobs, bell
        self._patience = patience

    async def run(self, job_id: str, stopping: asyncio.Event) -> None:
        """Brings the job to its end, over several attempts where something is unavailable; hands it back where this
        process stops.

        Raises DatabaseUnavailable: the job is as the database says, and is to be run again.
        """
        hit("claim.taken")
        fence, streak = None, Streak(self._patience)
        try:
            while begun := await self._attempts.begin(job_id, fence, streak.forgiven):
                job, files = begun
                fence = job.attempt
                if await self._ends(job, files, stopping, streak):
                    return
        except _Lost:
            hit("cancel.stopped")
            await self._attempts.cancelled(job_id)
        except _HandBack:
            assert fence is not None
            await self._attempts.hand_back(job_id, fence)

    async def _ends(self, job: Job, files: Sequence[Read], stopping: asyncio.Event, streak: Streak) -> bool:
        """One attempt. Whether the job has ended; if not, what the attempt failed of may have passed."""
        try:
            await self._attempt(job, files, stopping, streak)
            return True
        except DatabaseUnavailable:
            raise
        except _PASSING as error:
            streak.failed(forgiven=isinstance(error, _OF_STORE))
            if streak.spent:
                await self._fail(job, error)
                return True
            log.info("attempt waits", extra={"job_id": job.id, "attempt": job.attempt, "reason": error.reason})
        except GatewayError as error:
            await self._fail(job, error)
            return True
        except (_Lost, _HandBack):
            raise
        except Exception:
            log.exception("attempt broke", extra={"job_id": job.id, "attempt": job.attempt})
            await self._fail(job, InternalError("the gateway could not keep the result", "GATEWAY"))
            return True
        await self._pause(job, stopping, streak)
        return False

    async def _pause(self, job: Job, stopping: asyncio.Event, streak: Streak) -> None:
        """Waits a while, and on until a harmonizer serves. A try that cannot succeed would only count as an attempt."""
        while True:
            pause = asyncio.create_task(asyncio.sleep(streak.pause()))
            try:
                await self._follow(job, pause, None, stopping)
            finally:
                await _end(pause)
            if streak.spent or await self._engine.serving():
                return

    async def _fail(self, job: Job, error: GatewayError) -> None:
        if not await self._attempts.fail(job.id, job.attempt, error):
            await self._attempts.cancelled(job.id)
        extra = {"job_id": job.id, "attempt": job.attempt, "code": error.code, "reason": error.reason}
        log.info("attempt failed", extra=extra)

    async def _attempt(self, job: Job, files: Sequence[Read], stopping: asyncio.Event, streak: Streak) -> None:
        stream = Stream(AttemptArtifacts(self._blobs, job.id, job.attempt))
        work = asyncio.create_task(stream.run(self._engine, job, self._blobs, files))
        try:
            await self._follow(job, work, stream, stopping)
            await self._publish(job, stream, await work, stopping)
        except Exception as error:
            if stream.progress is not None and not isinstance(error, _OF_STORE):
                streak.end()
            raise
        finally:
            await _end(work)
            await stream.artifacts.discard()
        hit("publish.cleaned")

    async def _follow(self, job: Job, work: asyncio.Task[Any], stream: Stream | None, stopping: asyncio.Event) -> None:
        """Until the work is done: writes its progress, sees whether the job is still its own.

        Raises _Lost, _HandBack; Unavailable where the harmonizer says nothing any more.
        """
        written, due = None, time.monotonic() + FIRST_PROGRESS_SECONDS
        with self._bell.listen(job.id) as rung, _ringing(rung, work, stopping):
            while not await _done(work, rung, min(LOOK_SECONDS, max(0.01, due - time.monotonic()))):
                if stopping.is_set():
                    raise _HandBack
                self._check_silence(stream)
                rung.clear()
                fresh = None
                if time.monotonic() >= due:
                    due = time.monotonic() + self._patience.progress_seconds
                    if stream is not None and stream.progress is not written:
                        written = fresh = stream.progress
                await self._check_held(job, fresh)

    def _check_silence(self, stream: Stream | None) -> None:
        if stream is not None and stream.silent_seconds() > self._patience.stall_seconds:
            raise Unavailable("the harmonizer says nothing any more", "ENGINE_STALLED")

    async def _check_held(self, job: Job, progress: Progress | None) -> None:
        """Writes the progress, if any. Raises _Lost. A database that is gone for a while stops no stream."""
        try:
            if progress is not None:
                held = await self._attempts.progress(job.id, job.attempt, progress)
            else:
                held = await self._attempts.holds(job.id, job.attempt)
        except (DatabaseUnavailable, StorageFull):
            return
        if not held:
            raise _Lost

    async def _publish(self, job: Job, stream: Stream, summary: pb.HarmonizeSummary, stopping: asyncio.Event) -> None:
        """Ends the job with its artifacts. From the first try on, only the database knows whether it has them."""
        safe = asyncio.create_task(stream.artifacts.commit(summary))
        try:  # Flushing may take long, and a wish to cancel must not wait for it.
            await self._follow(job, safe, None, stopping)
            await safe
        finally:
            await _end(safe)
        hit("publish.synced")
        done, streak = finished(stream.progress, summary, job.input_bytes), Streak(self._patience)
        stream.artifacts.kept = True
        while not await self._completed(job, stream, summary, done):
            streak.failed()
            if streak.spent or await _set_within(stopping, streak.pause()):
                raise DatabaseUnavailable()
        log.info("attempt ended", extra={"job_id": job.id, "attempt": job.attempt})

    async def _completed(self, job: Job, stream: Stream, summary: pb.HarmonizeSummary, done: Progress) -> bool:
        """False: the database did not answer, or has no room. Raises _Lost."""
        try:
            rows = stream.artifacts.rows(summary)
            # The second question: an answer may have been lost, and this is its repetition.
            if await self._attempts.complete(
                job.id, job.attempt, done, summary, rows
            ) or await self._attempts.published(job.id, job.attempt):
                return True
        except (DatabaseUnavailable, StorageFull):
            return False
        stream.artifacts.kept = False
        raise _Lost


@contextlib.contextmanager
def _ringing(rung: asyncio.Event, work: asyncio.Task[Any], stopping: asyncio.Event) -> Iterator[None]:
    """Rings also when the work is done, and when this process stops."""
    stop = asyncio.create_task(stopping.wait())
    for task in (work, stop):
        task.add_done_callback(lambda _: rung.set())
    try:
        yield
    finally:
        stop.cancel()


async def _done(work: asyncio.Task[Any], rung: asyncio.Event, seconds: float) -> bool:
    """Waits until it rings or the time is over; whether the work is done."""
    if not work.done():
        await _set_within(rung, seconds)
    return work.done()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
