"""PostgreSQL: the queue that workers take jobs from, and a word to whoever listens when a job has a new event.

Nothing on SQLite, where the gateway runs the jobs itself. Jobs that wait are enqueued by the workers' first look.

Revision ID: 0004
Revises: 0003
"""

import re
from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = Path(__file__).parents[1] / "queue" / "procrastinate-3.10.0.sql"

# In the transaction of the event: who is told of it can read it.
TELL = """
create function harmonizer_job_event() returns trigger language plpgsql as $$
begin
    perform pg_notify('harmonizer_jobs', new.job_id);
    return null;
end;
$$;
create trigger harmonizer_job_event after insert on job_events for each row execute function harmonizer_job_event();
"""
HUSH = "drop trigger harmonizer_job_event on job_events; drop function harmonizer_job_event();"


def upgrade() -> None:
    if _on_postgres():
        _run(SCHEMA.read_text())
        _run(TELL)


def downgrade() -> None:
    if _on_postgres():
        _run(HUSH)
        made = re.findall(r"^CREATE (TABLE|FUNCTION|TYPE) (procrastinate_\w+)", SCHEMA.read_text(), re.MULTILINE)
        tables = ", ".join(name for kind, name in made if kind == "TABLE")
        # With the tables go their triggers and the functions that speak of their rows.
        _run(f"drop table {tables} cascade;")
        _run(" ".join(f"drop {kind} if exists {name} cascade;" for kind, name in made if kind != "TABLE"))


def _on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _run(script: str) -> None:
    # Without parameters, so that a script may hold several statements, and signs that stand for parameters.
    op.get_bind().exec_driver_sql(script, execution_options={"no_parameters": True})
