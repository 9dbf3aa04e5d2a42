"""Alembic's entry: one connection with a blocking driver, the URL given by gateway.db."""

from alembic import context
from sqlalchemy import create_engine, pool

from gateway import idempotency  # noqa: F401 - tables register themselves when they are imported.
from gateway.db import Base
from gateway.jobs import models as jobs  # noqa: F401
from gateway.uploads import models as uploads  # noqa: F401

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool, hide_parameters=True)
with engine.connect() as connection:
    # Batch mode: SQLite changes a table by copying it.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
