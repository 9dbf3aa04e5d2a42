"""What the workers do for jobs whose worker died, and for jobs that the queue forgot. Each is safe with many workers.

All by the database's clock: workers on machines whose clocks differ must agree on who is dead.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

AT_MOST = 500
"""Rows a look."""

# Locked and asked again when locked: of two workers that look at once, one gives the row back.
_AGAIN = "select procrastinate_retry_job_v2(id, '2000-01-01Z', null, null, null) from ({rows}) as rows"
_STALLED = """
select job.id from procrastinate_jobs as job where job.status = 'doing' and not exists (
    select from procrastinate_workers as worker
    where worker.id = job.worker_id and worker.last_heartbeat > now() - make_interval(secs => :seconds)
) order by job.id limit :at_most for update of job skip locked
"""
_UNWORKED = """
select id from procrastinate_jobs where status = 'doing' and worker_id = :worker_id and id = any(:ids)
for update skip locked
"""
_MINE = "select id from procrastinate_jobs where status = 'doing' and worker_id = :worker_id"
_FORGOTTEN = """
select jobs.id from jobs where jobs.status in ('queued', 'processing', 'cancelling') and not exists (
    select from procrastinate_jobs as row where row.lock = jobs.id and row.status in ('todo', 'doing')
) order by jobs.create_time, jobs.id limit :at_most
"""
_PRUNE = "select count(*) from procrastinate_prune_stalled_workers_v1(:seconds)"
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('harmonizer_forgotten'))"


def stalled(session: Session, seconds: float) -> int:
    """Lets rows wait again whose workers gave no sign of life for so long; removes these workers. How many rows."""
    asked = {"seconds": seconds, "at_most": AT_MOST}
    rows = session.execute(text(_AGAIN.format(rows=_STALLED)), asked).all()
    session.execute(text(_PRUNE), {"seconds": seconds})
    return len(rows)


def held(session: Session, worker_id: int) -> set[int]:
    """Rows that the queue says this worker works on."""
    return set(session.scalars(text(_MINE), {"worker_id": worker_id}).all())


def unworked(session: Session, worker_id: int, ids: Sequence[int]) -> None:
    """Lets rows of this worker wait again that it does not work on: it never heard that it had been given them."""
    session.execute(text(_AGAIN.format(rows=_UNWORKED)), {"worker_id": worker_id, "ids": list(ids)})


def forgotten(session: Session) -> list[str]:
    """Jobs that have not ended and of which the queue knows nothing."""
    return list(session.scalars(text(_FORGOTTEN), {"at_most": AT_MOST}).all())


def one_at_a_time(session: Session) -> None:
    """Waits until no other worker puts forgotten jobs back; until this transaction ends, none does."""
    session.execute(text(_ONE_AT_A_TIME))
