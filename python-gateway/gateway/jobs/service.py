"""Jobs as callers see them: accepting, finding, stopping, retrying and removing them.

A change is one transaction that writes the job and its event together; watchers are woken after it.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway import idempotency, paging
from gateway.blobs import BlobStore
from gateway.db import Database
from gateway.errors import (
    Conflict,
    DatabaseUnavailable,
    FileTooLarge,
    GatewayError,
    JobNotFound,
    QueueFull,
    Unavailable,
    UploadNotComplete,
    UploadNotFound,
)
from gateway.failpoints import hit
from gateway.ids import is_id, new_id, now
from gateway.jobs import repository
from gateway.jobs.attempts import Attempts
from gateway.jobs.bell import Bell
from gateway.jobs.dispatcher import Dispatcher
from gateway.jobs.models import Artifact, Event, Job, JobUpload
from gateway.jobs.repository import JobFilter
from gateway.jobs.states import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    FAILED,
    LIVE,
    QUEUED,
    RETRY,
    STOP,
    WITHDRAW,
)
from gateway.jobs.watch import Watcher
from gateway.metrics import Metrics
from gateway.uploads import repository as uploads_repository
from gateway.uploads import service as uploads
from gateway.uploads.models import Upload
from gateway.uploads.service import Received
from harmonizer.v1.options_pb2 import Options

SCOPE = "jobs"
EVENTS_A_READ = 500
RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True)
class Request:
    """What is asked of a job."""

    operation: str = "harmonize"
    options: Options = field(default_factory=Options)
    output_format: str = "csv"
    key: str = ""
    """Idempotency key. Empty: none."""

    def fingerprint(self, *more: str) -> str:
        """What must be the same for a repetition."""
        return idempotency.fingerprint(
            self.operation, self.options.SerializeToString(deterministic=True), self.output_format, *more
        )


class JobService:
    """The one way to a job, for REST and gRPC and for the runner."""

    def __init__(
        self,
        db: Database,
        blobs: BlobStore,
        bell: Bell,
        metrics: Metrics,
        attempts: Attempts,
        dispatcher: Dispatcher,
        max_bytes: int,
    ) -> None:
        self._db, self._blobs, self._bell, self._metrics, self._max_bytes = db, blobs, bell, metrics, max_bytes
        self._attempts, self._dispatcher = attempts, dispatcher
        self._watcher = Watcher(db, bell)

    # --- What callers ask ---

    async def check_room(self) -> None:
        """Raises QueueFull. Called before a body is read, so that a full queue costs no upload."""
        self._check_open()
        if not await self._dispatcher.has_room():
            raise _full()

    async def create(self, request: Request, received: Sequence[Received]) -> Job:
        """A job over the files that came with it, or the job that the key made before."""
        job = _new_job(request, [uploads.row(file, new_id(), with_job=True) for file in received])
        parts = [part for file in received for part in (file.file_name, file.digest.sha256)]
        keys = [file.blob_key for file in received]
        hit("accept.bytes")
        try:
            made = await self._create(job, request, request.fingerprint("body", *parts))
        except DatabaseUnavailable:  # It may have been committed. Bytes that no row names are upkeep's to find.
            raise
        except GatewayError:
            await self._blobs.delete(keys)
            raise
        if made.id != job.id:
            await self._blobs.delete(keys)
        return made

    async def create_from(self, request: Request, upload_ids: Sequence[str]) -> Job:
        """A job over uploads, in this order. Raises UploadNotFound, UploadNotComplete, FileTooLarge, QueueFull."""
        read = [await self._complete_upload(upload_id) for upload_id in upload_ids]
        if sum(upload.size_bytes for upload in read) > self._max_bytes:
            raise FileTooLarge(
                f"the files of a job together are larger than {self._max_bytes} bytes (HARMONIZER_MAX_UPLOAD_BYTES)",
                "MAX_UPLOAD_BYTES",
            )
        try:
            return await self._create(_new_job(request, read), request, request.fingerprint("upload", *upload_ids))
        except IntegrityError:  # It was removed since it was looked up.
            raise _no_upload() from None

    async def get(self, job_id: str) -> Job:
        """The job. Raises JobNotFound."""
        if is_id(job_id) and (job := await self._db.read(repository.get, job_id)):
            return job
        raise _unknown()

    async def artifacts(self, job_id: str) -> Sequence[Artifact]:
        """The artifacts of the job; none until it is completed."""
        return await self._db.read(repository.artifacts, job_id)

    async def page(self, which: JobFilter, page_size: int, page_token: str) -> tuple[Sequence[Job], str]:
        """A page of jobs and the token of the next. Raises ValidationFailed for a token that is not of this query."""
        query = repr(which)
        after = paging.decode(page_token, query, datetime.fromisoformat, str)
        key = (after[0], after[1]) if after else None
        jobs = await self._db.read(repository.page, which, key, page_size + 1)
        if len(jobs) <= page_size:
            return jobs, ""
        last = jobs[page_size - 1]
        return jobs[:page_size], paging.encode([last.create_time.isoformat(), last.id], query)

    async def cancel(self, job_id: str) -> Job:
        """Stops a live job; one that has ended stays as it is. Raises JobNotFound."""
        await self.get(job_id)
        job = await self._db.write(_stop, job_id)
        hit("cancel.committed")
        self._bell.ring(job_id)
        idle = self._dispatcher.withdraw(job_id)
        if job is not None and job.status == CANCELLED:
            self._metrics.ended(CANCELLED, "", job.start_time, job.end_time, None)
        elif idle and job is not None:
            await self._attempts.cancelled(job_id)
        return await self.get(job_id)

    async def retry(self, job_id: str) -> Job:
        """Lets a failed or cancelled job wait again; one that waits or runs stays as it is.

        Raises JobNotFound, Conflict, QueueFull.
        """
        if (await self.get(job_id)).status in (FAILED, CANCELLED):
            await self.check_room()
        job = await self._db.write(self._wait_again, job_id)
        hit("retry.committed")
        if job is not None:
            self._dispatcher.submitted(job_id)
            self._bell.ring(job_id)
        job = await self.get(job_id)
        if job.status in (COMPLETED, CANCELLING):
            raise Conflict(_NO_RETRY[job.status], f"JOB_{job.status.upper()}")
        return job

    async def delete(self, job_id: str) -> None:
        """Removes an ended job, its artifacts, and the uploads that came with it. Raises JobNotFound, Conflict."""
        await self.get(job_id)
        if not await self._remove(job_id):
            raise _unknown()
        await self._db.scrub()

    async def expire(self, job_id: str, before: datetime) -> bool:
        """Removes the job as delete does where it ended before. False: it is gone, or it did not."""
        return await self._remove(job_id, before)

    async def events(self, job_id: str, after: int, limit: int = EVENTS_A_READ) -> Sequence[Event]:
        """Events behind the given one, in order."""
        return await self._db.read(repository.events, job_id, after, limit)

    def watch(self, job_id: str, after: int, heartbeat_seconds: float) -> AsyncGenerator[Event | None, None]:
        """Events behind `after` to the end of the log; see Watcher.watch."""
        return self._watcher.watch(job_id, after, heartbeat_seconds)

    async def check_watch(self, job_id: str, after: int) -> None:
        """Raises what keeps a watch from beginning; see Watcher.check."""
        await self._watcher.check(job_id, after)

    # --- Inside ---

    async def _complete_upload(self, upload_id: str) -> Upload:
        upload = await self._db.read(uploads_repository.get, upload_id) if is_id(upload_id) else None
        if upload is None:
            raise _no_upload()
        if not upload.complete:
            raise UploadNotComplete("the upload has not all its bytes yet")
        return upload

    async def _create(self, job: Job, request: Request, print_: str) -> Job:
        try:
            made = await self._db.write(self._make, job, request, print_)
        except BaseException:
            self._dispatcher.withdraw(job.id)
            raise
        if made.id != job.id:
            return made
        hit("accept.committed")
        self._dispatcher.submitted(job.id)
        hit("accept.dispatched")
        return job

    def _make(self, session: Session, job: Job, request: Request, print_: str) -> Job:
        """The job, written, or the one that the key made before."""
        if found := idempotency.claim(session, SCOPE, request.key, print_, job.id):
            if made := repository.get(session, found):
                return made
            raise _unknown()
        self._check_open()
        if not self._dispatcher.takes(session, job.id):
            raise _full()
        repository.add(session, job)
        self._dispatcher.enqueue(session, job.id)
        hit("accept.row")
        return job

    def _check_open(self) -> None:
        if self._bell.closed:
            raise Unavailable("the gateway is stopping", "DRAINING", headers={"Retry-After": "5"})

    def _wait_again(self, session: Session, job_id: str) -> Job | None:
        fresh: dict[str, Any] = {"start_time": None, "end_time": None, "progress": None, "progress_time": None}
        fresh |= {"error_code": "", "error_reason": "", "error_message": "", "attempts_forgiven": Job.attempt}
        job = repository.move(session, job_id, RETRY, **fresh)
        if job is not None:
            self._dispatcher.enqueue(session, job_id)
        hit("retry.row")
        return job

    async def _remove(self, job_id: str, before: datetime | None = None) -> bool:
        """Rows first, then bytes. False: the job is gone, or did not end before."""
        keys = await self._db.write(_remove_rows, job_id, before)
        if keys is None:
            return False
        self._bell.ring(job_id)
        hit("delete.committed")
        half = len(keys) // 2
        await self._blobs.delete(keys[:half])
        hit("delete.blobs")
        await self._blobs.delete(keys[half:])
        hit("delete.done")
        return True


def _stop(session: Session, job_id: str) -> Job | None:
    job = repository.move(session, job_id, WITHDRAW, end_time=now()) or repository.move(session, job_id, STOP)
    hit("cancel.row")
    return job


def _remove_rows(session: Session, job_id: str, before: datetime | None) -> list[str] | None:
    """Keys of the blobs that no row names any longer. None: the job is gone, or did not end before."""
    job = repository.lock(session, job_id)
    if job is None or (before and (job.end_time is None or job.end_time >= before)):
        return None
    if job.status in LIVE:
        raise Conflict("the job is still live; cancel it first", "JOB_LIVE")
    idempotency.forget(session, job_id)
    read = repository.uploads(session, job_id)
    keys = repository.remove(session, job_id)
    for upload in read:
        keys += _remove_upload(session, upload)
    hit("delete.row")
    return keys


def _full() -> QueueFull:
    wait = str(RETRY_AFTER_SECONDS)
    return QueueFull("the queue is full; try again later", "QUEUE_FULL", headers={"Retry-After": wait})


def _unknown() -> JobNotFound:
    return JobNotFound("no job has this id")


def _no_upload() -> UploadNotFound:
    return UploadNotFound("no upload has this id")


def _new_job(request: Request, read: Sequence[Upload]) -> Job:
    return Job(
        id=new_id(), status=QUEUED, operation=request.operation, options=request.options,
        output_format=request.output_format, reads=[JobUpload(position=n, upload=u) for n, u in enumerate(read)],
        file_name=read[0].file_name, input_bytes=sum(upload.size_bytes for upload in read),
        input_sha256=read[0].sha256, create_time=now(), attempt=0, last_event_id=1,
        start_time=None, end_time=None, progress=None, progress_time=None, summary=None,
        error_code="", error_reason="", error_message="", attempts_forgiven=0,
    )  # fmt: skip


def _remove_upload(session: Session, upload: Upload) -> list[str]:
    if not upload.with_job or repository.reads_upload(session, upload.id):
        return []
    return uploads_repository.remove(session, upload.id)


_NO_RETRY = {
    COMPLETED: "the job is completed; create a new one over its upload",
    CANCELLING: "the job is still being cancelled; retry it when that is done",
}
