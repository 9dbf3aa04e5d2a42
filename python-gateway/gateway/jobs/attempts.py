"""Attempts: every change of a job's state that its own execution makes, from taking it to its end.

A change is one transaction that writes the job and its event together; watchers are woken after it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from gateway.db import Database
from gateway.errors import GatewayError
from gateway.failpoints import hit
from gateway.ids import now
from gateway.jobs import repository
from gateway.jobs.bell import Bell
from gateway.jobs.dispatcher import Dispatcher
from gateway.jobs.models import Artifact, Job
from gateway.jobs.states import COMPLETE, COMPLETED, EXHAUST, FAIL, HAND_BACK, PROCESSING, PROGRESS, STOPPED
from gateway.metrics import Metrics
from gateway.uploads.models import Upload, UploadPart
from harmonizer.v1.harmonizer_service_pb2 import HarmonizeSummary
from harmonizer.v1.record_pb2 import Progress

Read = tuple[Upload, Sequence[UploadPart]]
"""A file that a job reads: the upload and its parts in order."""


class Attempts:
    """What a runner asks. Each method is one transaction; False or None: the attempt has lost the job."""

    def __init__(self, db: Database, bell: Bell, metrics: Metrics, dispatcher: Dispatcher, max_attempts: int) -> None:
        self._db, self._bell, self._metrics = db, bell, metrics
        self._dispatcher, self._max_attempts = dispatcher, max_attempts

    async def begin(
        self, job_id: str, fence: int | None = None, forgiven: bool = False
    ) -> tuple[Job, Sequence[Read]] | None:
        """Takes the job for a new attempt: the job and what it reads, in order. None: nothing is to be done.

        fence: the attempt of this process behind which this one comes; another process may have the job by now.
        forgiven: that one ended of what says nothing about the job.
        """
        begun = await self._db.write(_begin, job_id, fence, self._max_attempts, forgiven)
        if begun is None:
            if not await self.cancelled(job_id):
                await self._exhaust(job_id, fence)
            return None
        hit("claim.committed")
        self._metrics.attempts.inc()
        self._bell.ring(job_id)
        return begun

    async def holds(self, job_id: str, attempt: int) -> bool:
        """Whether the attempt still has the job."""
        return await self._db.read(repository.state, job_id) == (PROCESSING, attempt)

    async def published(self, job_id: str, attempt: int) -> bool:
        """Whether the attempt's artifacts are the job's. Asked where the answer to a commit may have been lost."""
        return await self._db.read(repository.state, job_id) == (COMPLETED, attempt)

    async def progress(self, job_id: str, attempt: int, progress: Progress) -> bool:
        """Writes how far the attempt is."""
        values = {"progress": progress, "progress_time": now()}
        job = await self._db.write(repository.move, job_id, PROGRESS, fence=attempt, **values)
        self._bell.ring(job_id)
        return job is not None

    async def complete(
        self, job_id: str, attempt: int, progress: Progress, summary: HarmonizeSummary, artifacts: Sequence[Artifact]
    ) -> bool:
        """Publishes the artifacts and ends the job, in one transaction."""
        values: dict[str, Any] = {"progress": progress, "progress_time": now(), "summary": summary, "end_time": now()}
        job = await self._db.write(_complete, job_id, attempt, artifacts, values)
        hit("publish.committed")
        return self._told(job, job_id)

    async def fail(self, job_id: str, attempt: int, error: GatewayError) -> bool:
        """Ends the job with a reason."""
        job = await self._db.write(repository.move, job_id, FAIL, fence=attempt, end_time=now(), **_why(error))
        return self._told(job, job_id)

    async def cancelled(self, job_id: str) -> bool:
        """Ends a job that was asked to stop. False: it was not."""
        job = await self._db.write(repository.move, job_id, STOPPED, end_time=now())
        hit("cancel.ended")
        return self._told(job, job_id)

    async def hand_back(self, job_id: str, attempt: int) -> bool:
        """Lets the job wait again, for a process that does not stop; the attempt is forgiven."""
        job = await self._db.write(self._wait_again, job_id, attempt)
        if job is not None:
            self._dispatcher.submitted(job_id)
        self._bell.ring(job_id)
        return job is not None

    async def live(self) -> Mapping[str, str]:
        """Jobs that have not ended, oldest first: id to status."""
        return await self._db.read(repository.live)

    def _wait_again(self, session: Session, job_id: str, attempt: int) -> Job | None:
        forgiven = repository.ONE_MORE_FORGIVEN
        job = repository.move(session, job_id, HAND_BACK, fence=attempt, attempts_forgiven=forgiven)
        if job is not None:
            self._dispatcher.enqueue(session, job_id)
        return job

    async def _exhaust(self, job_id: str, fence: int | None) -> None:
        why: dict[str, Any] = _why(
            GatewayError(f"the job did not come to an end in {self._max_attempts} attempts", "ATTEMPTS_EXHAUSTED")
        )
        spent = repository.is_spent(self._max_attempts)
        job = await self._db.write(repository.move, job_id, EXHAUST, spent, fence=fence, end_time=now(), **why)
        if job is not None:
            self._told(job, job_id)

    def _told(self, job: Job | None, job_id: str) -> bool:
        if job is not None:
            self._metrics.ended(job.status, job.error_code, job.start_time, job.end_time, job.summary)
        self._bell.ring(job_id)
        return job is not None


def _begin(
    session: Session, job_id: str, fence: int | None, max_attempts: int, forgiven: bool
) -> tuple[Job, Sequence[Read]] | None:
    job = repository.begin(session, job_id, fence, max_attempts, forgiven)
    read = repository.files(session, job_id) if job else ()
    hit("claim.row")
    return (job, read) if job else None


def _complete(
    session: Session, job_id: str, attempt: int, artifacts: Sequence[Artifact], values: Mapping[str, Any]
) -> Job | None:
    job = repository.move(session, job_id, COMPLETE, fence=attempt, **values)
    if job is not None:
        repository.add_artifacts(session, artifacts)
    hit("publish.row")
    return job


def _why(error: GatewayError) -> dict[str, Any]:
    return {"error_code": error.code, "error_reason": error.reason[:128], "error_message": error.detail}
