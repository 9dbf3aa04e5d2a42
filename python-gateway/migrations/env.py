"""Alembic's entry: one connection that blocks, the URL given by gateway.db."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

from gateway import idempotency  # noqa: F401 - tables register themselves when they are imported.
from gateway.db import Base
from gateway.jobs import models as jobs  # noqa: F401
from gateway.uploads import models as uploads  # noqa: F401

# Any number, as long as everybody who migrates the same database says the same one.
LOCK = 0x6861726D

# Made and owned by the queue's own migration; no model of ours describes them.
QUEUE = "procrastinate_"


def _one_at_a_time(connection: Connection) -> None:
    """Several processes may start at once; the second finds nothing left to do. Held until the connection ends."""
    connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.commit()


def _ours(name: str | None, kind: str, parent_names: Any) -> bool:
    return not (kind == "table" and (name or "").startswith(QUEUE))


url = context.config.attributes["url"]
on_postgres = url.get_backend_name() == "postgresql"
given = {}
if on_postgres:
    from gateway.postgres import LIBPQ

    given = {name: value for name, value in LIBPQ.items() if name not in url.query}
engine = create_engine(url, poolclass=pool.NullPool, hide_parameters=True, connect_args=given)
with engine.connect() as connection:
    if on_postgres:
        _one_at_a_time(connection)
    # Batch mode: SQLite changes a table by copying it.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, include_name=_ours)
    with context.begin_transaction():
        context.run_migrations()
