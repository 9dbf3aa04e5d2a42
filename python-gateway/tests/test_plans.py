"""No question that is asked often reads the whole table of jobs: each is answered by an index, named here."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.db import Database
from gateway.jobs import repository
from gateway.jobs.repository import JobFilter

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
BEHIND = WHEN, "00000000-0000-7000-8000-000000000000"
# On tables without rows PostgreSQL would rather read all of them, and sort.
FORCED = tuple(f"set local enable_{what} = off" for what in ("seqscan", "sort", "bitmapscan"))


def a_page(after=BEHIND, **filters):
    return repository.page_query(JobFilter(**filters), after, 50)


QUESTIONS = {
    "newest": (a_page(None), "ix_jobs_create_time_id"),
    "oldest": (a_page(None, ascending=True), "ix_jobs_create_time_id"),
    "next": (a_page(), "ix_jobs_create_time_id"),
    "next, ascending": (a_page(ascending=True), "ix_jobs_create_time_id"),
    "created": (a_page(created_after=WHEN, created_before=WHEN), "ix_jobs_create_time_id"),
    "status": (a_page(status="failed"), "ix_jobs_status_create_time_id"),
    "status, ascending": (a_page(status="failed", ascending=True), "ix_jobs_status_create_time_id"),
    "operation": (a_page(operation="clean"), "ix_jobs_operation_create_time_id"),
    "both": (a_page(operation="clean", status="failed"), "ix_jobs_operation_status_create_time_id"),
    "waiting": (repository.waiting_query(1000), "ix_jobs_status_create_time_id"),
    "ended": (repository.ended_query(WHEN, 200), "ix_jobs_end_time"),
}


@pytest.fixture
async def db(backend, tables, request):
    db = Database(request.getfixturevalue("database") if backend == "postgres" else f"sqlite:///{tables}")
    yield db
    await db.close()


@pytest.mark.both_databases
async def test_a_question_has_its_index(db):
    for name, (question, index) in QUESTIONS.items():
        plan = await db.write(explained, question, db.is_postgres)
        assert index in plan, (name, plan)
        assert "B-TREE FOR ORDER BY" not in plan, (name, plan)


@pytest.mark.both_databases
async def test_those_who_live_are_found_by_their_status_and_then_sorted(db):
    plan = await db.write(explained, repository.LIVE_QUERY, db.is_postgres, FORCED[:1])
    assert "ix_jobs_status_create_time_id" in plan


def explained(session: Session, question, on_postgres: bool, forced=FORCED) -> str:
    dialect = postgresql.dialect() if on_postgres else sqlite.dialect()
    statement = question.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    for setting in forced if on_postgres else ():
        session.execute(text(setting))
    plan = session.execute(text(f"explain {'' if on_postgres else 'query plan '}{statement}".replace(":", r"\:")))
    return "\n".join(str(row[-1]) for row in plan)
