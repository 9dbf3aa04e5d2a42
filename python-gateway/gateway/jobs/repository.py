"""Queries over jobs. `move` is the one place where a job changes its state; it writes the event too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from gateway.failpoints import hit
from gateway.idempotency import IdempotencyKey
from gateway.ids import now
from gateway.jobs.models import Artifact, Event, Job, JobUpload
from gateway.jobs.states import BEGIN, CREATED, ENDED, FAILED, LIVE, PROCESSING, QUEUED, Transition
from gateway.uploads.models import Upload
from harmonizer.v1.harmonizer_service_pb2 import HarmonizeSummary

# One statement for a job with its files: a reading that is one statement is consistent by itself (see Database).
_WITH_FILES = joinedload(Job.reads).joinedload(JobUpload.upload)


@dataclass(frozen=True)
class JobFilter:
    """Which jobs, in which order. None: any."""

    status: str | None = None
    operation: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    ascending: bool = False


async def get(session: AsyncSession, job_id: str) -> Job | None:
    """The job with its files, or None."""
    return await session.get(Job, job_id, options=[_WITH_FILES])


async def lock(session: AsyncSession, job_id: str) -> Job | None:
    """The job, held still until the transaction ends. None: it is gone."""
    return await session.get(Job, job_id, with_for_update=True)


async def add(session: AsyncSession, job: Job) -> None:
    """A new job with its first event."""
    session.add(job)
    await session.flush()
    session.add(_event(job, CREATED))


async def move(
    session: AsyncSession,
    job_id: str,
    transition: Transition,
    *conditions: ColumnElement[bool],
    fence: int | None = None,
    **values: Any,
) -> Job | None:
    """Changes state, writes the event. None: the job is gone, in another state, or another attempt has it (fencing)."""
    if transition.fenced and fence is None:
        raise ValueError("this transition is for the attempt that has the job")
    wanted = [Job.id == job_id, Job.status.in_(transition.only_from), *conditions]
    if fence is not None:
        wanted.append(Job.attempt == fence)
    to = {"status": transition.to, "last_event_id": Job.last_event_id + 1}
    change = update(Job).where(*wanted).values({**to, **values}).returning(Job)
    # No object of this session needs to be told of the change: it is read back in the same statement.
    how = {"populate_existing": True, "synchronize_session": False}
    job = (await session.scalars(change, execution_options=how)).one_or_none()
    if job is not None:
        hit("event.row")
        session.add(_event(job, transition.event))
    return job


async def begin(
    session: AsyncSession, job_id: str, fence: int | None, max_attempts: int, forgiven: bool = False
) -> Job | None:
    """Takes the job for a new attempt. None: it neither waits nor runs, or has had all its attempts.

    fence: the attempt behind which this one comes, None where it is the first of its process. forgiven: that attempt
    does not count.
    """
    values: dict[str, Any] = {"attempt": Job.attempt + 1, "start_time": now(), "progress": None, "progress_time": None}
    if forgiven:
        values["attempts_forgiven"] = Job.attempts_forgiven + 1
    left = Job.attempt - Job.attempts_forgiven - int(forgiven) < max_attempts
    return await move(session, job_id, BEGIN, left, fence=fence, **values)


def _event(job: Job, event: str) -> Event:
    return Event(
        job_id=job.id, id=job.last_event_id, type=event, time=now(), status=job.status, attempt=job.attempt,
        progress=None if event == CREATED else job.progress,
        summary=_without_names(job.summary) if event == "completed" and job.summary else None,
        error_code=job.error_code if event == FAILED else "",
        error_reason=job.error_reason if event == FAILED else "",
        error_message=job.error_message if event == FAILED else "",
    )  # fmt: skip


def _without_names(summary: HarmonizeSummary) -> HarmonizeSummary:
    """The summary as an event tells it: what senders call their files is the job's, not for every watcher."""
    told = HarmonizeSummary()
    told.CopyFrom(summary)
    for file in told.files:
        file.file_name = ""
    return told


async def page(
    session: AsyncSession, which: JobFilter, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Job]:
    """Up to limit jobs, with files, behind the given one. Keyset: a job that comes or goes meanwhile shifts nothing."""
    query = select(Job).options(_WITH_FILES)
    if which.status:
        query = query.where(Job.status == which.status)
    if which.operation:
        query = query.where(Job.operation == which.operation)
    if which.created_after:
        query = query.where(Job.create_time >= which.created_after)
    if which.created_before:
        query = query.where(Job.create_time < which.created_before)
    if after:
        query = query.where(_behind(after, which.ascending))
    order = (Job.create_time, Job.id) if which.ascending else (Job.create_time.desc(), Job.id.desc())
    return (await session.scalars(query.order_by(*order).limit(limit))).unique().all()


def _behind(after: tuple[datetime, str], ascending: bool) -> ColumnElement[bool]:
    time, job_id = after
    if ascending:
        return or_(Job.create_time > time, and_(Job.create_time == time, Job.id > job_id))
    return or_(Job.create_time < time, and_(Job.create_time == time, Job.id < job_id))


async def events(session: AsyncSession, job_id: str, after: int, limit: int) -> Sequence[Event]:
    """Up to limit events behind the given one, in order."""
    query = select(Event).where(Event.job_id == job_id, Event.id > after).order_by(Event.id).limit(limit)
    return (await session.scalars(query)).all()


async def live(session: AsyncSession) -> Mapping[str, str]:
    """Jobs that have not ended, oldest first: id to status."""
    query = select(Job.id, Job.status).where(Job.status.in_(LIVE)).order_by(Job.create_time, Job.id)
    return {row.id: row.status for row in await session.execute(query)}


async def waiting(session: AsyncSession, at_most: int) -> int:
    """How many jobs wait for their turn; no more than at_most are counted."""
    query = select(Job.id).where(Job.status == QUEUED).limit(at_most).subquery()
    return (await session.scalar(select(func.count()).select_from(query))) or 0


async def state(session: AsyncSession, job_id: str) -> tuple[str, int] | None:
    """Status and attempt of the job. None: it is gone."""
    row = (await session.execute(select(Job.status, Job.attempt).where(Job.id == job_id))).one_or_none()
    return (row.status, row.attempt) if row else None


async def artifacts(session: AsyncSession, job_id: str) -> Sequence[Artifact]:
    """The job's artifacts in the harmonizer's order."""
    return (await session.scalars(select(Artifact).where(Artifact.job_id == job_id).order_by(Artifact.position))).all()


async def artifact(session: AsyncSession, job_id: str, name: str) -> Artifact | None:
    """One artifact, or None."""
    return await session.get(Artifact, (job_id, name))


async def artifact_keys(session: AsyncSession, job_ids: Iterable[str]) -> set[str]:
    """Keys of all blobs that artifacts of the jobs name."""
    return set((await session.scalars(select(Artifact.blob_key).where(Artifact.job_id.in_(job_ids)))).all())


async def worked_on(session: AsyncSession, job_ids: Iterable[str]) -> set[tuple[str, int]]:
    """Those of the jobs that an attempt works on, with its number."""
    query = select(Job.id, Job.attempt).where(Job.id.in_(job_ids), Job.status == PROCESSING)
    return {(row.id, row.attempt) for row in await session.execute(query)}


async def ended(session: AsyncSession, before: datetime, limit: int) -> Sequence[str]:
    """Ids of up to limit jobs that ended before, the oldest end first."""
    query = select(Job.id).where(Job.end_time < before, Job.status.in_(ENDED))
    return (await session.scalars(query.order_by(Job.end_time, Job.id).limit(limit))).all()


async def unread(session: AsyncSession, before: datetime, limit: int) -> Sequence[str]:
    """Ids of up to limit complete uploads made before that no job reads, the oldest first."""
    read = select(JobUpload.job_id).where(JobUpload.upload_id == Upload.id).exists()
    query = select(Upload.id).where(Upload.create_time < before, Upload.complete, ~read)
    return (await session.scalars(query.order_by(Upload.create_time, Upload.id).limit(limit))).all()


async def left_behind(session: AsyncSession, limit: int) -> Sequence[str]:
    """Ids of up to limit uploads that came with a job and whose last job is gone.

    Two jobs of one upload that are deleted at once may each leave it to the other.
    """
    read = select(JobUpload.job_id).where(JobUpload.upload_id == Upload.id).exists()
    return (await session.scalars(select(Upload.id).where(Upload.with_job, ~read).limit(limit))).all()


async def forget_loose_keys(session: AsyncSession) -> int:
    """Frees idempotency keys of which neither job nor upload is left; returns how many."""
    job = select(Job.id).where(Job.id == IdempotencyKey.resource_id).exists()
    upload = select(Upload.id).where(Upload.id == IdempotencyKey.resource_id).exists()
    loose = delete(IdempotencyKey).where(~job, ~upload).returning(IdempotencyKey.key)
    return len((await session.scalars(loose)).all())


async def remove(session: AsyncSession, job_id: str) -> list[str]:
    """Removes the job with events and artifacts; returns the keys of their blobs."""
    keys = list((await session.scalars(select(Artifact.blob_key).where(Artifact.job_id == job_id))).all())
    await session.execute(delete(Job).where(Job.id == job_id))
    return keys


async def uploads(session: AsyncSession, job_id: str) -> Sequence[Upload]:
    """The uploads that the job reads, in their order."""
    query = select(Upload).join(JobUpload).where(JobUpload.job_id == job_id).order_by(JobUpload.position)
    return (await session.scalars(query)).all()


async def reads_upload(session: AsyncSession, upload_id: str) -> bool:
    """Whether any job reads the upload."""
    query = select(JobUpload.job_id).where(JobUpload.upload_id == upload_id).limit(1)
    return await session.scalar(query) is not None
