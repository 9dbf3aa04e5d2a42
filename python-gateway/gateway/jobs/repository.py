"""Queries over jobs. `move` is the one place where a job changes its state; it writes the event too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.dml import Insert, ReturningUpdate
from sqlalchemy.sql.elements import SQLCoreOperations

from gateway.db import Base
from gateway.failpoints import hit
from gateway.idempotency import IdempotencyKey
from gateway.ids import now
from gateway.jobs.models import Artifact, Event, Job, JobUpload
from gateway.jobs.states import BEGIN, CREATED, FAILED, LIVE, PROCESSING, QUEUED, Transition
from gateway.uploads.models import Upload, UploadPart
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


def get(session: Session, job_id: str) -> Job | None:
    """The job with its files, or None."""
    return session.get(Job, job_id, options=[_WITH_FILES])


def lock(session: Session, job_id: str) -> Job | None:
    """The job, held still until the transaction ends. None: it is gone."""
    return session.get(Job, job_id, with_for_update=True)


def add(session: Session, job: Job) -> None:
    """A new job with its first event, and the uploads that came with it."""
    for upload in job.uploads:
        if instance_state(upload).transient:
            _insert(session, Upload, [_row(upload)])
            _insert(session, UploadPart, [_row(part) | {"upload_id": upload.id} for part in upload.parts])
    _insert(session, Job, [_row(job)])
    reads = [{"job_id": job.id, "position": read.position, "upload_id": read.upload.id} for read in job.reads]
    _insert(session, JobUpload, reads)
    _tell(session, job, CREATED)


def add_artifacts(session: Session, artifacts: Sequence[Artifact]) -> None:
    """The artifacts of a job."""
    _insert(session, Artifact, [_row(artifact) for artifact in artifacts])


def _insert(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(_ADD[kind], rows)


# Tables and not mappers: on the way of every job the bookkeeping of a unit of work costs more than its statements.
_ADD: dict[type[Base], Insert] = {
    kind: insert(Base.metadata.tables[kind.__tablename__])
    for kind in (Upload, UploadPart, Job, JobUpload, Artifact, Event)
}


def _row(of: Base) -> dict[str, Any]:
    """What stands in the columns. One that has a default and no value is left to the default."""
    row = {column.key: getattr(of, column.key) for column in of.__table__.columns}
    return {name: value for name, value in row.items() if value is not None or of.__table__.c[name].nullable}


def move(
    session: Session,
    /,
    job_id: str,
    transition: Transition,
    *conditions: ColumnElement[bool],
    fence: int | None = None,
    **values: Any,
) -> Job | None:
    """Changes state, writes the event. None: the job is gone, in another state, or another attempt has it (fencing)."""
    if transition.fenced and fence is None:
        raise ValueError("this transition is for the attempt that has the job")
    computed = tuple((name, value) for name, value in values.items() if isinstance(value, SQLCoreOperations))
    given = {name: value for name, value in values.items() if not isinstance(value, SQLCoreOperations)}
    change = _change(transition, fence is not None, tuple(given), conditions, computed)
    given = {f"to_{name}": value for name, value in given.items()}
    row = session.execute(change, {"of": job_id, "fence": fence, **given}).one_or_none()
    if row is None:
        return None
    # Not an object of the session, whose own statements of change cost twice as much.
    job = Job(**row._mapping)
    hit("event.row")
    _tell(session, job, transition.event)
    return job


_JOBS = Job.__table__.c


@lru_cache(maxsize=64)
def _change(
    transition: Transition,
    fenced: bool,
    names: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
    computed: Sequence[tuple[str, SQLCoreOperations[Any]]],
) -> ReturningUpdate[Any]:
    """The statement, made once; its parameters: of, fence, and each name behind to_."""
    wanted = [_JOBS.id == bindparam("of"), _JOBS.status.in_(transition.only_from), *conditions]
    if fenced:
        wanted.append(_JOBS.attempt == bindparam("fence"))
    to = {"status": transition.to, "last_event_id": _JOBS.last_event_id + 1}
    to |= {name: bindparam(f"to_{name}", type_=_JOBS[name].type) for name in names}
    return update(Base.metadata.tables["jobs"]).where(*wanted).values(to | dict(computed)).returning(*_JOBS)


def begin(session: Session, job_id: str, fence: int | None, max_attempts: int, forgiven: bool = False) -> Job | None:
    """Takes the job for a new attempt. None: it neither waits nor runs, or has had all its attempts.

    fence: the attempt behind which this one comes, None where it is the first of its process. forgiven: that attempt
    does not count.
    """
    values: dict[str, Any] = {"attempt": _NEXT, "start_time": now(), "progress": None, "progress_time": None}
    if forgiven:
        values["attempts_forgiven"] = ONE_MORE_FORGIVEN
    return move(session, job_id, BEGIN, _left(max_attempts, forgiven), fence=fence, **values)


_NEXT = _JOBS.attempt + 1
ONE_MORE_FORGIVEN = _JOBS.attempts_forgiven + 1


@lru_cache(maxsize=8)
def _left(max_attempts: int, forgiven: bool) -> ColumnElement[bool]:
    return _JOBS.attempt - _JOBS.attempts_forgiven - int(forgiven) < max_attempts


@lru_cache(maxsize=8)
def is_spent(max_attempts: int) -> ColumnElement[bool]:
    """That the job has had all its attempts."""
    return _JOBS.attempt - _JOBS.attempts_forgiven >= max_attempts


def _tell(session: Session, job: Job, event: str) -> None:
    """Writes the event."""
    row = {
        "job_id": job.id, "id": job.last_event_id, "type": event, "time": now(), "status": job.status,
        "attempt": job.attempt, "progress": None if event == CREATED else job.progress,
        "summary": _without_names(job.summary) if event == "completed" and job.summary else None,
        "error_code": job.error_code if event == FAILED else "",
        "error_reason": job.error_reason if event == FAILED else "",
        "error_message": job.error_message if event == FAILED else "",
    }  # fmt: skip
    _insert(session, Event, [row])


def _without_names(summary: HarmonizeSummary) -> HarmonizeSummary:
    """The summary as an event tells it: what senders call their files is the job's, not for every watcher."""
    told = HarmonizeSummary()
    told.CopyFrom(summary)
    for file in told.files:
        file.file_name = ""
    return told


def page(session: Session, which: JobFilter, after: tuple[datetime, str] | None, limit: int) -> Sequence[Job]:
    """Up to limit jobs, with files, behind the given one. Keyset: a job that comes or goes meanwhile shifts nothing."""
    return session.scalars(page_query(which, after, limit).options(_WITH_FILES)).unique().all()


def page_query(which: JobFilter, after: tuple[datetime, str] | None, limit: int) -> Select[Job]:
    """Each filter has an index in the order of the list: what is not told is not read."""
    query = select(Job)
    if which.status:
        query = query.where(Job.status == which.status)
    if which.operation:
        query = query.where(Job.operation == which.operation)
    if which.created_after:
        query = query.where(Job.create_time >= which.created_after)
    if which.created_before:
        query = query.where(Job.create_time < which.created_before)
    if after:
        place, here = tuple_(Job.create_time, Job.id), tuple_(*after)
        query = query.where(place > here if which.ascending else place < here)
    order = (Job.create_time, Job.id) if which.ascending else (Job.create_time.desc(), Job.id.desc())
    return query.order_by(*order).limit(limit)


def events(session: Session, job_id: str, after: int, limit: int) -> Sequence[Event]:
    """Up to limit events behind the given one, in order."""
    return session.scalars(_EVENTS, {"of": job_id, "after": after, "most": limit}).all()


_BEHIND = Event.job_id == bindparam("of"), Event.id > bindparam("after")
_EVENTS = select(Event).where(*_BEHIND).order_by(Event.id).limit(bindparam("most", type_=Integer))


@dataclass(frozen=True)
class Log:
    """A piece of a job's log, with the job's status and the end of its log at the same moment."""

    events: Sequence[Event]
    status: str
    last_event_id: int


def log(session: Session, job_id: str, after: int, limit: int) -> Log | None:
    """Up to limit events behind the given one, in order. None: the job is gone."""
    rows = session.execute(_LOG, {"of": job_id, "after": after, "most": limit}).all()
    if not rows:
        return None
    events = cast("Sequence[Event]", [row for row in rows if row.id is not None])
    return Log(events, rows[0].of_job, rows[0].last_event_id)


# One statement, and columns rather than objects: whoever watches asks this at each turn of each job.
_OF_LOG = Event.__table__
_LOG = (
    select(Job.__table__.c.status.label("of_job"), Job.__table__.c.last_event_id, *_OF_LOG.c)
    .select_from(Job.__table__)
    .outerjoin(_OF_LOG, and_(_OF_LOG.c.job_id == Job.__table__.c.id, _OF_LOG.c.id > bindparam("after")))
    .where(Job.__table__.c.id == bindparam("of"))
    .order_by(_OF_LOG.c.id)
    .limit(bindparam("most", type_=Integer))
)


LIVE_QUERY = select(Job.id, Job.status).where(Job.status.in_(LIVE)).order_by(Job.create_time, Job.id)


def live(session: Session) -> Mapping[str, str]:
    """Jobs that have not ended, oldest first: id to status."""
    return {row.id: row.status for row in session.execute(LIVE_QUERY)}


def waiting(session: Session, at_most: int) -> int:
    """How many jobs wait for their turn; no more than at_most are counted."""
    return session.scalar(waiting_query(at_most)) or 0


def waiting_query(at_most: int) -> Select[int]:
    """Stops counting there."""
    return select(func.count()).select_from(select(Job.id).where(Job.status == QUEUED).limit(at_most).subquery())


def state(session: Session, job_id: str) -> tuple[str, int] | None:
    """Status and attempt of the job. None: it is gone."""
    row = session.execute(_STATE, {"of": job_id}).one_or_none()
    return (row.status, row.attempt) if row else None


def end_of_log(session: Session, job_id: str) -> tuple[str, int] | None:
    """Status of the job and id of its last event. None: it is gone."""
    row = session.execute(_STATE, {"of": job_id}).one_or_none()
    return (row.status, row.last_event_id) if row else None


_STATE = select(Job.status, Job.attempt, Job.last_event_id).where(Job.id == bindparam("of"))


def artifacts(session: Session, job_id: str) -> Sequence[Artifact]:
    """The job's artifacts in the harmonizer's order."""
    return session.scalars(_ARTIFACTS, {"of": job_id}).all()


_ARTIFACTS = select(Artifact).where(Artifact.job_id == bindparam("of")).order_by(Artifact.position)


def written(session: Session, job_id: str) -> tuple[Job, Sequence[Artifact]] | None:
    """The job without its files, and the artifacts that it has. None: it is gone."""
    rows = session.execute(_WRITTEN, {"of": job_id}).all()
    return (rows[0][0], [artifact for _, artifact in rows if artifact]) if rows else None


_WRITTEN = (
    select(Job, Artifact)
    .outerjoin(Artifact, Artifact.job_id == Job.id)
    .where(Job.id == bindparam("of"))
    .order_by(Artifact.position)
)


def artifact_keys(session: Session, job_ids: Iterable[str]) -> set[str]:
    """Keys of all blobs that artifacts of the jobs name."""
    return set(session.scalars(select(Artifact.blob_key).where(Artifact.job_id.in_(job_ids))).all())


def worked_on(session: Session, job_ids: Iterable[str]) -> set[tuple[str, int]]:
    """Those of the jobs that an attempt works on, with its number."""
    query = select(Job.id, Job.attempt).where(Job.id.in_(job_ids), Job.status == PROCESSING)
    return {(row.id, row.attempt) for row in session.execute(query)}


def ended(session: Session, before: datetime, limit: int) -> Sequence[str]:
    """Ids of up to limit jobs that ended before, the oldest end first."""
    return session.scalars(ended_query(before, limit)).all()


def ended_query(before: datetime, limit: int) -> Select[str]:
    """By the end alone, which no other job has: asked for the status too, SQLite would read every job."""
    return select(Job.id).where(Job.end_time < before).order_by(Job.end_time, Job.id).limit(limit)


def unread(session: Session, before: datetime, limit: int) -> Sequence[str]:
    """Ids of up to limit complete uploads made before that no job reads, the oldest first."""
    read = select(JobUpload.job_id).where(JobUpload.upload_id == Upload.id).exists()
    query = select(Upload.id).where(Upload.create_time < before, Upload.complete, ~read)
    return session.scalars(query.order_by(Upload.create_time, Upload.id).limit(limit)).all()


def left_behind(session: Session, limit: int) -> Sequence[str]:
    """Ids of up to limit uploads that came with a job and whose last job is gone.

    Two jobs of one upload that are deleted at once may each leave it to the other.
    """
    read = select(JobUpload.job_id).where(JobUpload.upload_id == Upload.id).exists()
    return session.scalars(select(Upload.id).where(Upload.with_job, ~read).limit(limit)).all()


def has_loose_keys(session: Session) -> bool:
    """Whether there are idempotency keys of which neither job nor upload is left."""
    return session.scalar(select(IdempotencyKey.key).where(*_loose()).limit(1)) is not None


def forget_loose_keys(session: Session) -> int:
    """Frees them; returns how many."""
    return len(session.scalars(delete(IdempotencyKey).where(*_loose()).returning(IdempotencyKey.key)).all())


def _loose() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    job = select(Job.id).where(Job.id == IdempotencyKey.resource_id).exists()
    upload = select(Upload.id).where(Upload.id == IdempotencyKey.resource_id).exists()
    return ~job, ~upload


def remove(session: Session, job_id: str) -> list[str]:
    """Removes the job with events and artifacts; returns the keys of their blobs."""
    keys = list(session.scalars(select(Artifact.blob_key).where(Artifact.job_id == job_id)).all())
    session.execute(delete(Job).where(Job.id == job_id))
    return keys


def files(session: Session, job_id: str) -> Sequence[tuple[Upload, Sequence[UploadPart]]]:
    """What the job reads: uploads in their order, each with its parts in theirs."""
    found: dict[str, tuple[Upload, list[UploadPart]]] = {}
    for upload, part in session.execute(_FILES, {"of": job_id}):
        found.setdefault(upload.id, (upload, []))[1].extend([part] if part else [])
    return list(found.values())


_FILES = (
    select(Upload, UploadPart)
    .select_from(JobUpload)
    .join(Upload, Upload.id == JobUpload.upload_id)
    .outerjoin(UploadPart, UploadPart.upload_id == Upload.id)
    .where(JobUpload.job_id == bindparam("of"))
    .order_by(JobUpload.position, UploadPart.start)
)


def uploads(session: Session, job_id: str) -> Sequence[Upload]:
    """The uploads that the job reads, in their order."""
    query = select(Upload).join(JobUpload).where(JobUpload.job_id == job_id).order_by(JobUpload.position)
    return session.scalars(query).all()


def reads_upload(session: Session, upload_id: str) -> bool:
    """Whether any job reads the upload."""
    query = select(JobUpload.job_id).where(JobUpload.upload_id == upload_id).limit(1)
    return session.scalar(query) is not None
